import type { Act } from '../state/notices.ts'
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
  /** What a moderator did, as the room is told; `time` as `durationOf` says it, `null` for good. */
  readonly did: (act: Act, time: string | null) => string | null
  readonly everywhere: (sentence: string) => string
  readonly because: (sentence: string, reason: string) => string
  readonly room: string
  readonly slowMode: string
  readonly off: string
  readonly oneEvery: (time: string) => string
  readonly lock: string
  readonly unlock: string
  readonly readOnlyOn: string
  readonly readOnlyOff: string
  /** How the room may be used now. */
  readonly holds: {
    readonly slow: (time: string) => string
    readonly locked: string
    readonly readOnly: string
  }
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
    did: ({ action, by, username: who = 'an address' }, time) => {
      const lasting = time === null ? '' : ` for ${time}`
      switch (action) {
        case 'mute':
          return `${by} muted ${who}${lasting}`
        case 'unmute':
          return `${by} lifted the mute of ${who}`
        case 'kick':
          return `${by} removed ${who} from the room`
        case 'ban':
          return `${by} banned ${who}${lasting}`
        case 'unban':
          return `${by} lifted the ban of ${who}`
        case 'slow':
          return time === null
            ? `${by} turned slow mode off`
            : `${by} turned slow mode on: one message every ${time}`
        case 'lock':
          return `${by} locked the room: nobody new is let in`
        case 'unlock':
          return `${by} unlocked the room`
        case 'read_only':
          return `${by} made the room read-only`
        case 'writable':
          return `${by} opened the room for messages again`
        default:
          return null
      }
    },
    everywhere: (sentence) => `${sentence} (on the whole server)`,
    because: (sentence, reason) => `${sentence}: ${reason}`,
    room: 'Moderate',
    slowMode: 'Slow mode',
    off: 'Off',
    oneEvery: (time) => `One message every ${time}`,
    lock: 'Lock: nobody new comes in',
    unlock: 'Unlock the room',
    readOnlyOn: 'Make it read-only',
    readOnlyOff: 'Let everybody write again',
    holds: {
      slow: (time) => `Slow mode: one message every ${time}`,
      locked: 'Locked: nobody new comes in',
      readOnly: 'Read-only: only moderators write',
    },
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
    did: ({ action, by, username: who = '一個位址' }, time) => {
      switch (action) {
        case 'mute':
          return `${by} 將 ${who} 禁言${time === null ? '' : ` ${time}`}`
        case 'unmute':
          return `${by} 解除了 ${who} 的禁言`
        case 'kick':
          return `${by} 將 ${who} 移出聊天室`
        case 'ban':
          return `${by} 封鎖了 ${who}${time === null ? '' : `（${time}）`}`
        case 'unban':
          return `${by} 解除了 ${who} 的封鎖`
        case 'slow':
          return time === null ? `${by} 關閉了慢速模式` : `${by} 開啟了慢速模式：每人每 ${time}可發言一次`
        case 'lock':
          return `${by} 鎖定了聊天室，暫不開放其他人加入`
        case 'unlock':
          return `${by} 解除了聊天室的鎖定`
        case 'read_only':
          return `${by} 將聊天室設為唯讀`
        case 'writable':
          return `${by} 重新開放發言`
        default:
          return null
      }
    },
    everywhere: (sentence) => `${sentence}（整台伺服器）`,
    because: (sentence, reason) => `${sentence}：${reason}`,
    room: '管理',
    slowMode: '慢速模式',
    off: '關閉',
    oneEvery: (time) => `每人每 ${time}一則`,
    lock: '鎖定，不再讓人加入',
    unlock: '解除鎖定',
    readOnlyOn: '設為唯讀',
    readOnlyOff: '重新開放發言',
    holds: {
      slow: (time) => `慢速模式：每人每 ${time}可發言一次`,
      locked: '已鎖定，暫不開放其他人加入',
      readOnly: '唯讀，只有管理員可以發言',
    },
  },
}

const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
] as const

/** In the largest unit that is exact, or of which there are two and more; at least one second. `tag`: BCP 47. */
export function durationOf(seconds: number, tag: string): string {
  const whole = Math.max(1, Math.ceil(seconds))
  const [size, unit] = UNITS.find(([each]) => whole % each === 0 || whole >= 2 * each) ?? [1, 'second']
  return new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.ceil(whole / size),
  )
}

/** Tells a room what a moderator did. What this page does not know is told in the words of the server. */
export function sentenceOf(act: Act, lang: PageLang): string {
  const t = MODERATING[lang]
  const { seconds = 0, reason, everywhere, message } = act
  const bare = t.did(act, seconds === 0 ? null : durationOf(seconds, lang))
  if (bare === null) return message
  const said = everywhere === true ? t.everywhere(bare) : bare
  return reason === undefined ? said : t.because(said, reason)
}
