import type { Lang } from '@roomful/protocol'

/** What an export says itself. */
export interface Words {
  readonly title: string
  readonly exportedAt: (at: string) => string
  readonly rooms: string
  readonly edited: string
  readonly deleted: string
  readonly answers: (seq: number) => string
  readonly answersGone: string
  readonly nothing: string
}

export const WORDS: Readonly<Record<Lang, Words>> = {
  en: {
    title: 'Roomful export',
    exportedAt: (at) => `Exported ${at}`,
    rooms: 'Rooms',
    edited: 'edited',
    deleted: 'This message was deleted.',
    answers: (seq) => `in reply to ${seq}`,
    answersGone: 'in reply to a message that is gone',
    nothing: 'There are no messages.',
  },
  'zh-Hant': {
    title: 'Roomful 匯出',
    exportedAt: (at) => `匯出於 ${at}`,
    rooms: '聊天室',
    edited: '已編輯',
    deleted: '此訊息已刪除。',
    answers: (seq) => `回覆 ${seq}`,
    answersGone: '回覆一則已不存在的訊息',
    nothing: '沒有任何訊息。',
  },
}
