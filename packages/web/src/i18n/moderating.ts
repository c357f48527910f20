import type { PageLang } from './dictionary.ts'

/** Sentences of moderation in the page, fetched when there is any. */
export interface ModeratingTexts {
  readonly muted: (left: string) => string
  readonly mutedForGood: string
  readonly readOnly: string
  readonly slow: (left: string) => string
  readonly mute: string
  readonly unmute: string
  readonly kick: string
  readonly ban: string
  readonly remove: string
  readonly sure: string
}

export const MODERATING: Readonly<Record<PageLang, ModeratingTexts>> = {
  en: {
    muted: (left) => `You are muted here for ${left} more.`,
    mutedForGood: 'You are muted here.',
    readOnly: 'This room is read-only: only moderators say something.',
    slow: (left) => `Slow mode: you can say something again in ${left}.`,
    mute: 'Mute for 10 minutes',
    unmute: 'End a mute',
    kick: 'Put out of the room',
    ban: 'Ban from the room',
    remove: 'Delete as a moderator',
    sure: 'Really?',
  },
  'zh-Hant': {
    muted: (left) => `你在這裡被禁言，還有 ${left}。`,
    mutedForGood: '你在這裡被禁言。',
    readOnly: '這個聊天室目前唯讀，只有管理員可以發言。',
    slow: (left) => `慢速模式：${left}後可以再次發言。`,
    mute: '禁言 10 分鐘',
    unmute: '解除禁言',
    kick: '移出聊天室',
    ban: '封鎖，不得再進入',
    remove: '以管理員身分刪除',
    sure: '確定嗎？',
  },
}
