import type { ShutReason } from '../state/connection.ts'
import type { Closed } from '../state/sign-in.ts'
import type { PageLang } from './dictionary.ts'

/** Why one is not let in that no other token would change. */
type Shut = Exclude<ShutReason, 'unauthorized' | 'revoked'>

/** Sentences of what stands between somebody and a room, fetched when something does. */
export interface DoorTexts {
  readonly title: Readonly<Record<Closed, string>>
  readonly why: Readonly<Record<Closed, string>>
  readonly label: string
  readonly hint: string
  readonly enter: string
  readonly trying: string
  readonly refused: string
  readonly noToken: string
  readonly noTokenHow: string
  readonly forHosts: string
  readonly unreachable: string
  readonly again: string
  readonly asGuest: string
  readonly back: string
  readonly shutTitle: Readonly<Record<Shut, string>>
  readonly shut: Readonly<Record<Shut, string>>
  readonly bannedUntil: (moment: string) => string
  /** In front of what the moderator wrote. */
  readonly because: string
  readonly otherRoom: string
  readonly comeBack: string
  readonly ending: (left: string) => string
  readonly renew: string
}

export const DOOR: Readonly<Record<PageLang, DoorTexts>> = {
  en: {
    title: {
      none: 'Sign in first',
      bad: 'That token does not work',
      ended: 'Your sign-in has ended',
      revoked: 'Your access was taken back',
      chosen: 'Sign in',
    },
    why: {
      none: 'Only people with an invitation come in here. Open the link that you were sent, or paste your token.',
      bad: 'It has ended, was taken back, or is not for this server. Ask for a new link.',
      ended: 'Paste a new token to go on where you were. What you have written is kept.',
      revoked: 'An administrator has ended your sign-in. With a new token you can come back.',
      chosen: 'With a token you come in under the name that it gives you.',
    },
    label: 'Token or link',
    hint: 'It stays in this tab and is gone when you close it.',
    enter: 'Sign in',
    trying: 'Signing in…',
    refused: 'This token does not hold. Check that it is complete, or ask for a new one.',
    noToken: 'No token?',
    noTokenHow: 'Ask whoever invited you, or runs this chat, for a link like this:',
    forHosts: 'Whoever runs this server gets one to try with by:',
    unreachable: 'The server cannot be reached.',
    again: 'Try again',
    asGuest: 'Come in as a guest',
    back: 'Leave the room',
    shutTitle: {
      kicked: 'You were removed from the room',
      banned: 'You are banned here',
      locked: 'This room is locked',
      forbidden: 'You may not enter this room',
    },
    shut: {
      kicked: 'A moderator removed you. You can come back in.',
      banned: 'A moderator has banned you. You cannot come in until the ban is lifted.',
      locked: 'Nobody new can come in right now. Try again later.',
      forbidden: 'This room is for other people. Ask whoever runs it, or choose another room.',
    },
    bannedUntil: (moment) => `A moderator has banned you until ${moment}.`,
    because: 'Reason: ',
    otherRoom: 'Choose another room',
    comeBack: 'Come back',
    ending: (left) => `Your sign-in ends in ${left}.`,
    renew: 'Paste a new token',
  },
  'zh-Hant': {
    title: {
      none: '請先登入',
      bad: '這個權杖無法使用',
      ended: '你的登入已到期',
      revoked: '你的登入已被撤銷',
      chosen: '登入',
    },
    why: {
      none: '只有受邀的人可以進入。請開啟你收到的連結，或在這裡貼上權杖。',
      bad: '它可能已到期、已被撤銷，或不是這台伺服器的權杖。請索取新的連結。',
      ended: '貼上新的權杖，就能從剛才的地方繼續。你寫下的內容都還在。',
      revoked: '管理者結束了你的登入。取得新的權杖就能回來。',
      chosen: '用權杖登入，就會以其中的名字進入。',
    },
    label: '權杖或連結',
    hint: '只保存在這個分頁，關閉分頁就會消失。',
    enter: '登入',
    trying: '登入中…',
    refused: '這個權杖無效。請確認內容完整，或索取新的權杖。',
    noToken: '沒有權杖嗎？',
    noTokenHow: '請向邀請你的人，或架設這個聊天室的人索取連結。連結的樣子像這樣：',
    forHosts: '架設者可以用這個指令取得試用的權杖：',
    unreachable: '無法連上伺服器。',
    again: '再試一次',
    asGuest: '以訪客身分進入',
    back: '離開聊天室',
    shutTitle: {
      kicked: '你已被移出聊天室',
      banned: '你已被封鎖',
      locked: '聊天室已鎖定',
      forbidden: '你不能進入這個聊天室',
    },
    shut: {
      kicked: '管理員將你移出，你可以再次進入。',
      banned: '管理員封鎖了你，解除封鎖前無法進入。',
      locked: '目前不開放其他人加入，請稍後再試。',
      forbidden: '這個聊天室只開放給特定的人。請洽管理員，或選擇其他聊天室。',
    },
    bannedUntil: (moment) => `管理員封鎖了你，\n直到 ${moment} 為止。`,
    because: '原因：',
    otherRoom: '選擇其他聊天室',
    comeBack: '回到聊天室',
    ending: (left) => `你的登入將在 ${left} 後到期。`,
    renew: '貼上新的權杖',
  },
}
