import type { PageLang } from './dictionary.ts'

/** Sentences of the dialog that invites, fetched with it. */
export interface SharingTexts {
  readonly title: (room: string) => string
  readonly hint: string
  readonly link: string
  readonly local: string
  readonly copy: string
  readonly qrLabel: string
}

export const SHARING: Readonly<Record<PageLang, SharingTexts>> = {
  en: {
    title: (room) => `Invite to ${room}`,
    hint: 'Whoever opens this link chooses a name and is in the room.',
    link: 'Link to this room',
    local:
      'This address works on this computer only. To share it on the network, start the server with --host 0.0.0.0 and open the page by the address it prints.',
    copy: 'Copy',
    qrLabel: 'The link as a QR code',
  },
  'zh-Hant': {
    title: (room) => `邀請加入 ${room}`,
    hint: '打開這個連結、取個名字，就能進入聊天室。',
    link: '聊天室連結',
    local:
      '這個網址只能在這部電腦上使用。要分享到區域網路，請以 --host 0.0.0.0 啟動伺服器，再用啟動時印出的網址開啟本頁。',
    copy: '複製',
    qrLabel: '連結的 QR 碼',
  },
}
