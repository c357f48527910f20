/** The sentences of moderation. */
import type { Lang } from '@roomful/protocol'

/** `time`: as `duration` says it; `null` for good. */
export interface ModerationTexts {
  duration(seconds: number): string
  muted(who: string, by: string, time: string | null): string
  unmuted(who: string, by: string): string
  kicked(who: string, by: string): string
  banned(who: string, by: string, time: string | null): string
  unbanned(who: string, by: string): string
  slow(by: string, time: string): string
  slowEnded(by: string): string
  locked(by: string): string
  unlocked(by: string): string
  readOnly(by: string): string
  writable(by: string): string
  deleted(seq: number, by: string): string
  /** In the place of a name. */
  anAddress: string
  because(sentence: string, reason: string): string
  everywhere(sentence: string): string

  youAreMuted(time: string | null): string
  youAreBanned(time: string | null): string
  youWereKicked: string
  roomIsLocked: string
  roomIsReadOnly: string
  slowMode(time: string): string

  notYourself: string
  notAnAdministrator: string
  /** Nobody remembers from where it was said. */
  unknownAuthor: string
  neverHere(name: string): string
  /** The same, and how a name of several words is written. */
  neverHereAsWritten(name: string): string
  severalMeant(names: readonly string[]): string
  notMuted(who: string): string
  notBanned(who: string): string
  noAddress(who: string): string
  /** What is no single address. */
  oneAddress: string
  machinesAddress: string
  tooManySanctions: string
  whom: string
  reason(limit: number): string
  usage(usage: string): string
}

const chinese: ModerationTexts = {
  duration: (seconds) => inUnits(seconds, ['天', '小時', '分鐘', '秒'], ''),
  muted: (who, by, time) => `${by} 將 ${who} 禁言${time === null ? '' : ` ${time}`}`,
  unmuted: (who, by) => `${by} 解除了 ${who} 的禁言`,
  kicked: (who, by) => `${by} 將 ${who} 移出聊天室`,
  banned: (who, by, time) => `${by} 封鎖了 ${who}${time === null ? '' : `（${time}）`}`,
  unbanned: (who, by) => `${by} 解除了 ${who} 的封鎖`,
  slow: (by, time) => `${by} 開啟了慢速模式：每人每 ${time}可發言一次`,
  slowEnded: (by) => `${by} 關閉了慢速模式`,
  locked: (by) => `${by} 鎖定了聊天室，暫不開放其他人加入`,
  unlocked: (by) => `${by} 解除了聊天室的鎖定`,
  readOnly: (by) => `${by} 將聊天室設為唯讀`,
  writable: (by) => `${by} 重新開放發言`,
  deleted: (seq, by) => `${by} 刪除了第 ${seq} 則訊息`,
  anAddress: '一個位址',
  because: (sentence, reason) => `${sentence}：${reason}`,
  everywhere: (sentence) => `${sentence}（整台伺服器）`,
  youAreMuted: (time) => (time === null ? '你已被禁言' : `你已被禁言，還有 ${time}`),
  youAreBanned: (time) => (time === null ? '你已被封鎖' : `你已被封鎖，還有 ${time}`),
  youWereKicked: '你已被移出聊天室',
  roomIsLocked: '聊天室已鎖定，暫不開放加入',
  roomIsReadOnly: '聊天室目前唯讀，只有管理員可以發言',
  slowMode: (time) => `慢速模式：請等 ${time}再發言`,
  notYourself: '不能對自己這麼做',
  unknownAuthor: '說這則訊息的人沒有自己的名字，也已查不到來自哪個位址；訊息可以刪除',
  neverHere: (name) => `沒有名為 ${name} 的人來過這裡`,
  neverHereAsWritten: (name) => `沒有名為 ${name} 的人來過這裡；名字中有空格時請加上引號`,
  severalMeant: (names) => `可能是指 ${names.join('、')}，請在名字前後加上引號`,
  notMuted: (who) => `${who} 在這裡沒有被禁言`,
  notBanned: (who) => `${who} 在這裡沒有被封鎖`,
  noAddress: (who) => `查不到可以封鎖的 ${who} 的位址；不連同位址，就只封鎖這個人`,
  notAnAdministrator: '不能對管理者這麼做',
  oneAddress: '請填一個 IP 位址，例如 203.0.113.7 或 2001:db8::7；不能填網段或主機名稱',
  machinesAddress: '這是伺服器本機的位址，不能封鎖：經由代理伺服器連線的人，看起來都可能來自這裡',
  tooManySanctions: '伺服器保留的禁言、封鎖與聊天室設定已達上限',
  whom: '請用 target_user、seq 或 target_address 其中之一指明對象',
  reason: (limit) => `理由最多 ${limit} 個字元，而且不能換行`,
  usage: (usage) => `用法：${usage}`,
}

const english: ModerationTexts = {
  duration: (seconds) => inUnits(seconds, ['day', 'hour', 'minute', 'second'], 's'),
  muted: (who, by, time) => `${by} muted ${who}${time === null ? '' : ` for ${time}`}`,
  unmuted: (who, by) => `${by} lifted the mute of ${who}`,
  kicked: (who, by) => `${by} removed ${who} from the room`,
  banned: (who, by, time) => `${by} banned ${who}${time === null ? '' : ` for ${time}`}`,
  unbanned: (who, by) => `${by} lifted the ban of ${who}`,
  slow: (by, time) => `${by} turned slow mode on: one message every ${time}`,
  slowEnded: (by) => `${by} turned slow mode off`,
  locked: (by) => `${by} locked the room: nobody new is let in`,
  unlocked: (by) => `${by} unlocked the room`,
  readOnly: (by) => `${by} made the room read-only`,
  writable: (by) => `${by} opened the room for messages again`,
  deleted: (seq, by) => `${by} deleted message ${seq}`,
  anAddress: 'an address',
  because: (sentence, reason) => `${sentence}: ${reason}`,
  everywhere: (sentence) => `${sentence} (on the whole server)`,
  youAreMuted: (time) => (time === null ? 'You are muted' : `You are muted for ${time}`),
  youAreBanned: (time) => (time === null ? 'You are banned' : `You are banned for ${time}`),
  youWereKicked: 'You were removed from the room',
  roomIsLocked: 'The room is locked: nobody new is let in',
  roomIsReadOnly: 'The room is read-only: only moderators may write',
  slowMode: (time) => `Slow mode: please wait ${time}`,
  notYourself: 'You cannot do this to yourself',
  unknownAuthor:
    'Whoever said this has no name of their own, and it is not known any more from which address; the message can be deleted',
  neverHere: (name) => `Nobody called ${name} has been here`,
  neverHereAsWritten: (name) =>
    `Nobody called ${name} has been here; put a name of several words in quotation marks`,
  severalMeant: (names) => `This may mean ${names.join(' or ')}: put the name in quotation marks`,
  notMuted: (who) => `${who} is not muted here`,
  notBanned: (who) => `${who} is not banned here`,
  noAddress: (who) =>
    `No address of ${who} is known that could be banned; without the address the person is banned`,
  notAnAdministrator: 'This cannot be done to an administrator',
  oneAddress:
    'A single IP address is expected, such as 203.0.113.7 or 2001:db8::7, and no range and no host name',
  machinesAddress:
    'This is an address of the machine the server runs on, which cannot be banned: everybody behind a proxy may seem to come from it',
  tooManySanctions: 'The server keeps as many mutes, bans and settings of rooms as it may',
  whom: 'Say who is meant with one of target_user, seq and target_address',
  reason: (limit) => `A reason is one line of at most ${limit} characters`,
  usage: (usage) => `Usage: ${usage}`,
}

const UNIT_SECONDS = [86_400, 3_600, 60, 1] as const

/** In the largest unit that is exact, or of which there are two and more. */
function inUnits(seconds: number, names: readonly string[], plural: string): string {
  const at = UNIT_SECONDS.findIndex((unit) => seconds % unit === 0 || seconds >= 2 * unit)
  const count = Math.ceil(seconds / (UNIT_SECONDS[at] ?? 1))
  return `${count} ${names[at] ?? ''}${count === 1 ? '' : plural}`
}

export const MODERATION_TEXTS: Readonly<Record<Lang, ModerationTexts>> = {
  'zh-Hant': chinese,
  en: english,
}
