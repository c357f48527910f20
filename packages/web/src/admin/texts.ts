import type { PageLang } from '../i18n/dictionary.ts'

/** What a moderator can do by a button. */
export const ACTIONS = [
  'mute',
  'unmute',
  'kick',
  'ban',
  'unban',
  'delete',
  'slow',
  'lock',
  'unlock',
  'read_only',
  'writable',
] as const
export type Action = (typeof ACTIONS)[number]

/** What holds of a room until it is lifted. */
export type Setting = Extract<Action, 'lock' | 'read_only'>

/** How it can be said who is meant. */
export const WAYS = ['person', 'number', 'address'] as const
export type Way = (typeof WAYS)[number]

/** Every sentence of `/admin`. */
export interface AdminTexts {
  readonly title: string
  readonly language: string
  readonly signOut: (name: string) => string
  readonly noToken: string
  readonly notAdmin: string
  readonly notAdminHow: string
  readonly noTokens: string
  readonly noTokensHow: string
  readonly stale: string
  readonly updated: (time: string) => string
  readonly metricsOff: string
  readonly connections: string
  readonly ofMost: (what: string, limit: string) => string
  readonly people: string
  readonly messages: string
  readonly deliveries: string
  readonly perSecond: (what: string) => string
  readonly lag: string
  readonly p50: string
  readonly p99: string
  readonly ms: (value: string) => string
  readonly slow: string
  readonly slowFull: string
  readonly slowBehind: string
  readonly rooms: string
  readonly room: string
  readonly said: string
  readonly nodes: string
  readonly node: string
  readonly onlyNode: string
  readonly thisNode: string
  readonly state: string
  readonly complete: string
  readonly incomplete: string
  readonly workers: (serving: string, wanted: string) => string
  readonly store: string
  readonly bus: string
  readonly well: string
  readonly broken: string
  readonly range: string
  readonly now: string
  readonly nothing: string
  readonly asTable: string
  readonly time: string
  readonly steer: string
  readonly moderation: string
  readonly moderate: string
  readonly everywhere: string
  readonly what: string
  readonly action: Readonly<Record<Action, string>>
  readonly anyRoom: string
  readonly noRooms: string
  readonly way: Readonly<Record<Way, string>>
  readonly address: string
  readonly person: string
  readonly saidIn: string
  readonly number: string
  readonly minutes: string
  readonly forGood: string
  readonly seconds: string
  readonly reason: string
  readonly apply: string
  /** Of a name that nobody has had. */
  readonly beforehand: (name: string) => string
  readonly done: string
  readonly trail: string
  readonly trailEmpty: string
  readonly more: string
  readonly by: string
  readonly whom: string
  readonly someAddress: string
  /** Whoever has no name. */
  readonly authorOf: (seq: number, room?: string) => string
  readonly lift: (what: string, name: string) => string
  readonly noAddress: string
  readonly holds: string
  /** What holds of a room, beside mutes and bans. */
  readonly setting: Readonly<Record<Setting, string>>
  readonly slowMode: (seconds: number) => string
  readonly endSlow: string
  readonly nothingHolds: string
}

const en: AdminTexts = {
  title: 'Administration',
  language: 'Language',
  signOut: (name) => `Sign out ${name}`,
  noToken: 'This is for administrators: show a token that bears the claim roomful_admin.',
  notAdmin: 'This is for administrators',
  notAdminHow:
    'Your token does not say that you are one. Sign in with one that bears the claim roomful_admin.',
  noTokens: 'This server takes no tokens',
  noTokensHow: 'Start it with --auth jwt or jwt+guest, then come with the token of an administrator.',
  stale: 'The server does not answer. The numbers are old.',
  updated: (time) => `As of ${time}`,
  metricsOff: 'Numbers are off: start the server without --metrics off.',
  connections: 'Connections',
  ofMost: (what, limit) => `${what} (of ${limit} at most)`,
  people: 'People',
  messages: 'Messages',
  deliveries: 'Deliveries',
  perSecond: (what) => `${what}, per second`,
  lag: 'Delivery lag',
  p50: 'half within (p50)',
  p99: '99 % within (p99)',
  ms: (value) => `${value} ms`,
  slow: 'Slow readers',
  slowFull: 'sockets that are full',
  slowBehind: 'readers that lag behind',
  rooms: 'Rooms',
  room: 'Room',
  said: 'Messages so far',
  nodes: 'Nodes',
  node: 'Node',
  onlyNode: 'this server',
  thisNode: 'answers',
  state: 'State',
  complete: 'complete',
  incomplete: 'not all told yet',
  workers: (serving, wanted) => `${serving} of ${wanted} workers running`,
  store: 'Store',
  bus: 'Bus',
  well: 'working',
  broken: 'fails',
  range: 'Last five minutes',
  now: 'now',
  nothing: '–',
  asTable: 'As a table',
  time: 'Time',
  steer: 'Arrow keys read single moments',
  moderation: 'Moderation',
  moderate: 'Moderate',
  everywhere: 'The whole server',
  what: 'What to do',
  action: {
    mute: 'Mute',
    unmute: 'Unmute',
    kick: 'Remove from the room',
    ban: 'Ban',
    unban: 'Lift a ban',
    delete: 'Delete a message',
    slow: 'Slow mode',
    lock: 'Lock the room',
    unlock: 'Unlock the room',
    read_only: 'Read-only',
    writable: 'End read-only',
  },
  anyRoom: 'Any room of the history; empty: the whole server',
  noRooms: 'Nobody is here now.',
  way: {
    person: 'By name',
    number: 'By a message of theirs',
    address: 'By IP address',
  },
  address: 'IP address (of IPv6 the first 64 bits count)',
  person: 'Name of the person',
  saidIn: 'Room in which it was said',
  number: 'Number of the message',
  minutes: 'Minutes',
  forGood: 'Empty: for good',
  seconds: 'Seconds between two messages; 0 ends it',
  reason: 'Reason, which the room is told',
  apply: 'Do it',
  beforehand: (name) => `Do it all the same, for whoever comes as ${name}`,
  done: 'Done.',
  trail: 'Audit trail',
  trailEmpty: 'Nothing was done here yet.',
  more: 'Older ones',
  by: 'By',
  whom: 'Whom',
  someAddress: 'an IP address',
  authorOf: (seq, room) => `author of #${seq}${room === undefined ? '' : ` in ${room}`}`,
  lift: (what, name) => `${what}: ${name}`,
  noAddress: 'This is not an IP address.',
  holds: 'What holds now',
  setting: { lock: 'Locked', read_only: 'Read-only' },
  slowMode: (seconds) => `Slow mode: ${seconds === 0 ? 'off' : `${seconds} s`}`,
  endSlow: 'End slow mode',
  nothingHolds: 'Nothing holds now.',
}

const zh: AdminTexts = {
  title: '管理',
  language: '語言',
  signOut: (name) => `登出 ${name}`,
  noToken: '只有管理者可以進入：請出示帶有 roomful_admin 聲明的權杖。',
  notAdmin: '只有管理者可以進入',
  notAdminHow: '你的權杖沒有管理者身分。請改用帶有 roomful_admin 聲明的權杖登入。',
  noTokens: '這台伺服器不使用權杖',
  noTokensHow: '請以 --auth jwt 或 jwt+guest 啟動伺服器，再用管理者的權杖進入。',
  stale: '伺服器沒有回應，以下是舊的數字。',
  updated: (time) => `更新時間 ${time}`,
  metricsOff: '指標已關閉：啟動伺服器時請勿使用 --metrics off。',
  connections: '連線',
  ofMost: (what, limit) => `${what}（上限 ${limit}）`,
  people: '人數',
  messages: '訊息',
  deliveries: '送達',
  perSecond: (what) => `每秒${what}`,
  lag: '送達延遲',
  p50: '半數在此時間內（p50）',
  p99: '99% 在此時間內（p99）',
  ms: (value) => `${value} 毫秒`,
  slow: '緩慢的讀者',
  slowFull: '已滿的連線',
  slowBehind: '落後的讀者',
  rooms: '聊天室',
  room: '聊天室',
  said: '累計訊息',
  nodes: '節點',
  node: '節點',
  onlyNode: '這台伺服器',
  thisNode: '目前回應',
  state: '狀態',
  complete: '資料完整',
  incomplete: '資料尚未完整',
  workers: (serving, wanted) => `${wanted} 個工作程序中有 ${serving} 個運作中`,
  store: '儲存',
  bus: '匯流排',
  well: '正常',
  broken: '異常',
  range: '最近五分鐘',
  now: '現在',
  nothing: '–',
  asTable: '以表格顯示',
  time: '時間',
  steer: '用方向鍵讀取單一時刻',
  moderation: '管理聊天室',
  moderate: '管理',
  everywhere: '整台伺服器',
  what: '要做什麼',
  action: {
    mute: '禁言',
    unmute: '解除禁言',
    kick: '移出聊天室',
    ban: '封鎖',
    unban: '解除封鎖',
    delete: '刪除訊息',
    slow: '慢速模式',
    lock: '鎖定聊天室',
    unlock: '解除鎖定',
    read_only: '設為唯讀',
    writable: '解除唯讀',
  },
  anyRoom: '可填任何有紀錄的聊天室；留空表示整台伺服器',
  noRooms: '目前沒有人在線上。',
  way: {
    person: '依名稱',
    number: '依他發的訊息',
    address: '依 IP 位址',
  },
  address: 'IP 位址（IPv6 以前 64 位元為準）',
  person: '對象的名稱',
  saidIn: '訊息所在的聊天室',
  number: '訊息編號',
  minutes: '分鐘數',
  forGood: '留空表示永久',
  seconds: '兩則訊息之間的秒數；0 表示取消',
  reason: '原因（聊天室裡的人會看到）',
  apply: '執行',
  beforehand: (name) => `仍要執行：適用於之後以 ${name} 進入的人`,
  done: '已完成。',
  trail: '操作紀錄',
  trailEmpty: '這裡還沒有任何操作。',
  more: '更早的紀錄',
  by: '執行者',
  whom: '對象',
  someAddress: '某個 IP 位址',
  authorOf: (seq, room) => `${room === undefined ? '' : `${room} `}#${seq} 的作者`,
  lift: (what, name) => `${what}：${name}`,
  noAddress: '這不是 IP 位址。',
  holds: '目前生效中',
  setting: { lock: '已鎖定', read_only: '唯讀' },
  slowMode: (seconds) => `慢速模式：${seconds === 0 ? '關閉' : `${seconds} 秒`}`,
  endSlow: '解除慢速模式',
  nothingHolds: '目前沒有任何限制。',
}

export const ADMIN: Readonly<Record<PageLang, AdminTexts>> = { en, 'zh-Hant': zh }
