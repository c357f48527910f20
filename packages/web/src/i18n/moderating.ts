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
  readonly time: string
  readonly forGood: string
  readonly reason: string
  readonly reasonHint: string
  readonly withAddress: string
  readonly list: string
  readonly nobody: string
  readonly truncated: string
  /** That somebody is muted, or banned, for `left` more; `null` for good. */
  readonly is: Readonly<Record<'mute' | 'ban', (left: string | null) => string>>
  readonly addressToo: string
  readonly by: (moderator: string) => string
  readonly onServer: string
  readonly someAddress: string
  /** Whoever has no name. */
  readonly authorOf: (seq: number) => string
  readonly liftByAddress: string
  readonly lift: Readonly<Record<'mute' | 'ban', (name: string) => string>>
  readonly unban: string
  readonly byAddress: string
  readonly banAddress: string
  readonly noAddress: string
  readonly address: string
  readonly addressHint: string
  readonly banned: string
  readonly unbanned: string
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
    mute: 'Mute',
    unmute: 'Unmute',
    kick: 'Remove from the room',
    ban: 'Ban from the room',
    remove: 'Delete as a moderator',
    sure: 'Really?',
    time: 'For how long',
    forGood: 'For good',
    reason: 'Reason (optional)',
    reasonHint: 'The room sees it.',
    withAddress: 'Ban the IP address too: everybody who shares it stays out',
    list: 'Muted and banned',
    nobody: 'Nobody is muted or banned here.',
    truncated: 'Only the newest are listed.',
    is: {
      mute: (left) => (left === null ? 'Muted for good' : `Muted for ${left} more`),
      ban: (left) => (left === null ? 'Banned for good' : `Banned for ${left} more`),
    },
    addressToo: 'with the IP address',
    by: (moderator) => `by ${moderator}`,
    onServer: 'whole server',
    someAddress: 'An IP address',
    authorOf: (seq) => `Author of #${seq}`,
    liftByAddress: 'To lift this, enter the address below.',
    lift: { mute: (name) => `Unmute ${name}`, ban: (name) => `Lift the ban of ${name}` },
    unban: 'Lift the ban',
    byAddress: 'Ban or unban an IP address',
    banAddress: 'Ban',
    noAddress: 'This is not an IP address.',
    address: 'IP address',
    addressHint: 'IPv4, or IPv6, of which the first 64 bits count. It is shown to nobody.',
    banned: 'The address is banned.',
    unbanned: 'The ban is lifted.',
    did: ({ action, by, username: who = 'an IP address' }, time) => {
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
    muted: (left) => `你在這裡被禁言，還剩 ${left}。`,
    mutedForGood: '你在這裡被禁言。',
    readOnly: '這個聊天室目前唯讀，只有管理員可以發言。',
    slow: (left) => `慢速模式：${left}後可以再次發言。`,
    mute: '禁言',
    unmute: '解除禁言',
    kick: '移出聊天室',
    ban: '封鎖，不得再進入',
    remove: '以管理員身分刪除',
    sure: '確定嗎？',
    time: '期限',
    forGood: '永久',
    reason: '原因（選填）',
    reasonHint: '聊天室裡的人會看到。',
    withAddress: '連同 IP 位址一起封鎖：使用相同位址的人都無法進入',
    list: '禁言與封鎖名單',
    nobody: '目前沒有人被禁言或封鎖。',
    truncated: '這裡只列出最新的紀錄。',
    is: {
      mute: (left) => (left === null ? '永久禁言' : `禁言，還剩 ${left}`),
      ban: (left) => (left === null ? '永久封鎖' : `封鎖，還剩 ${left}`),
    },
    addressToo: '連同 IP 位址',
    by: (moderator) => `由 ${moderator} 執行`,
    onServer: '整台伺服器',
    someAddress: '某個 IP 位址',
    authorOf: (seq) => `#${seq} 的作者`,
    liftByAddress: '要解除，請在下方輸入該位址。',
    lift: { mute: (name) => `解除 ${name} 的禁言`, ban: (name) => `解除 ${name} 的封鎖` },
    unban: '解除封鎖',
    byAddress: '封鎖或解除封鎖 IP 位址',
    banAddress: '封鎖',
    noAddress: '這不是 IP 位址。',
    address: 'IP 位址',
    addressHint: 'IPv4，或 IPv6（以前 64 位元為準）。不會顯示給任何人。',
    banned: '已封鎖這個位址。',
    unbanned: '已解除封鎖。',
    did: ({ action, by, username }, time) => {
      const who = username ?? ''
      const whom = username === undefined ? '某個 IP 位址' : ` ${username} `
      switch (action) {
        case 'mute':
          return `${by} 將 ${who} 禁言${time === null ? '' : ` ${time}`}`
        case 'unmute':
          return `${by} 解除了 ${who} 的禁言`
        case 'kick':
          return `${by} 將 ${who} 移出聊天室`
        case 'ban':
          return `${by} 封鎖了${whom.trimEnd()}${time === null ? '' : `（${time}）`}`
        case 'unban':
          return `${by} 解除了${whom}的封鎖`
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
