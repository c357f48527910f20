/** The server's sentences. Chinese ones are literal on the classic wire (PROTOCOL.md); English ones mirror them. */
import type { Lang, NameFault } from '@roomful/protocol'
import type { Action } from '../ports/grants.ts'

export interface Texts {
  welcome: string
  welcomeNamed(name: string): string
  welcomeHeartbeat(name: string): string
  joined: string
  joinedNamed(name: string): string
  left: string
  leftNamed(name: string): string
  /** `names` holds at least one and at most two; `count` is larger than their number or equal to it. */
  joinedMany(names: readonly string[], count: number): string
  leftMany(names: readonly string[], count: number): string
  privateSent(name: string): string
  roomLeft(room: string): string
  inboxReady: string
  nested(depth: number): string
  duplicateKey: string
  manyFields(limit: number): string
  field(field: string): string
  noMessage(maxBytes: number): string
  tooLarge(maxBytes: number): string
  illFormed: string
  unknownType(type: string): string
  invalidName: Record<NameFault, string>
  invalidRoom: string
  nameTaken(name: string): string
  nameRequired: string
  notInRoom(room: string): string
  notAllowed: Record<Action, string>
  permissionsUnknown: string
  tooManyRooms(limit: number): string
  tooManyRoomsOfUser(limit: number): string
  tooManyConnections(limit: number): string
  userNotFound(name: string): string
  markersNeedName: string
  presenceNeedsName: string
  noSuchMessage: string
  logBeganAnew: string
  notTheAuthor: string
  notAnEmoji(limit: number): string
  tooManyReactions(limit: number): string
  readonly tooManyLogs: string
  rateLimited: string
  tooOften: string
  conflict: string
  unavailable: string
  serverFull: string
  inactive(seconds: number): string
  tooManyErrors: string
  textOnly: string
  internal: string
  v1Only: string
  goingAway: string
  unauthorized: string
  tokenExpired: string
  keyGone: string
  revoked: string
  adminsOnly: string
  revokeWhat: string
  authTimedOut: string
  notThisName(name: string): string
  otherSubject: string
  authenticated: string
  noTokens: string
  longToken: string
}

/** Literal in every language: classic clients compare it. */
export const INVALID_FORMAT = 'Invalid message format'

const chinese: Texts = {
  welcome: '歡迎加入聊天室！',
  welcomeNamed: (name) => `歡迎 ${name} 加入聊天室！`,
  welcomeHeartbeat: (name) => `歡迎 ${name} 加入聊天室（已啟用心跳檢測）！`,
  joined: '有新用戶加入聊天室',
  joinedNamed: (name) => `${name} 加入了聊天室`,
  left: '有用戶離開聊天室',
  leftNamed: (name) => `${name} 離開了聊天室`,
  joinedMany: (names, count) => `${crowd(names, count)}加入了聊天室`,
  leftMany: (names, count) => `${crowd(names, count)}離開了聊天室`,
  privateSent: (name) => `私訊已發送給 ${name}`,
  roomLeft: (room) => `已離開聊天室 ${room}`,
  inboxReady: '你的私訊已就緒',
  nested: (depth) => `訊息的巢狀層數最多 ${depth} 層`,
  duplicateKey: '同一個欄位出現了兩次',
  manyFields: (limit) => `訊息最多 ${limit} 個欄位`,
  field: (field) => `欄位 ${field} 的內容不正確`,
  noMessage: (max) => `欄位 message 必須是 1 到 ${max} 位元組的文字`,
  tooLarge: (max) => `訊息太長，最多 ${max} 位元組`,
  illFormed: '文字必須是有效的 Unicode',
  unknownType: (type) => `不接受的訊息類型：${type}`,
  invalidName: {
    empty: '名稱不可以是空的',
    too_long: '名稱最多 32 個字',
    characters: '名稱含有不允許的字元',
    spaces: '名稱的開頭和結尾不可以是空白',
    reserved: '這個名稱是保留的，請換一個',
    ill_formed: '名稱必須是有效的 Unicode',
  },
  invalidRoom: '聊天室名稱必須是 1 到 64 個文字、數字、-、_ 或 .',
  nameTaken: (name) => `名稱 ${name} 已經有人使用，請換一個`,
  nameRequired: '沒有名稱的連線不能收發私訊，請改用 /ws/chat/{username}',
  notInRoom: (room) => `你不在聊天室 ${room} 裡`,
  notAllowed: {
    join: '你沒有權限進入這個聊天室',
    read: '你沒有權限讀取這個聊天室',
    write: '你沒有權限在這個聊天室發言',
    moderate: '你沒有權限管理這個聊天室',
  },
  permissionsUnknown: '目前無法確認你的權限，請稍後再試',
  tooManyRooms: (limit) => `一個連線最多加入 ${limit} 個聊天室`,
  tooManyRoomsOfUser: (limit) => `一個人最多同時在 ${limit} 個聊天室`,
  tooManyConnections: (limit) => `連線太多了，最多 ${limit} 個`,
  userNotFound: (name) => `找不到用戶 ${name}`,
  markersNeedName: '沒有名稱的連線沒有讀取位置，請改用 /ws/chat/{username}',
  presenceNeedsName: '沒有名稱的連線不能表示暫時離開，請改用 /ws/chat/{username}',
  noSuchMessage: '沒有這個編號的訊息，或是它已被刪除',
  logBeganAnew: '這份紀錄已經重新開始，這個編號現在可能是另一則訊息',
  notTheAuthor: '只有作者可以編輯或刪除訊息',
  notAnEmoji: (limit) => `欄位 emoji 必須是一個表情符號，最多 ${limit} 個 UTF-16 單位`,
  tooManyReactions: (limit) => `一則訊息最多有 ${limit} 種不同的表情符號`,
  tooManyLogs: '伺服器的記錄數量已達上限，無法再開始新的聊天室或私訊',
  rateLimited: '訊息送得太快，請稍候再試',
  tooOften: '操作太頻繁，請稍候再試',
  conflict: '這個 client_id 已經用於另一則訊息',
  unavailable: '目前無法儲存訊息，請稍後再試',
  serverFull: '伺服器已滿，請稍後再試',
  inactive: (seconds) => `超過 ${seconds} 秒沒有活動，連線已關閉`,
  tooManyErrors: '錯誤太多，連線已關閉',
  textOnly: '聊天端點只接受文字訊框',
  internal: '伺服器發生錯誤',
  v1Only: '這種訊息需要子協定 roomful.v1',
  goingAway: '伺服器即將關閉，請稍後重新連線',
  unauthorized: '需要有效的權杖',
  tokenExpired: '權杖已過期，請以新的權杖重新連線',
  keyGone: '權杖已不再有效，請以新的權杖重新連線',
  revoked: '權杖已被撤銷',
  adminsOnly: '只有管理者可以這樣做',
  revokeWhat: '請提供 subject 或 token_id 其中一個，最多 256 個字元',
  authTimedOut: '沒有及時出示權杖，連線已關閉',
  notThisName: (name) => `權杖上的名稱是 ${name}，不能使用其他名稱`,
  otherSubject: '這個權杖屬於另一個人，請另開連線',
  authenticated: '已接受新的權杖',
  noTokens: '這個連線沒有使用權杖',
  longToken: '權杖的內容太多，無法換成票券',
}

const english: Texts = {
  welcome: 'Welcome to the chat room!',
  welcomeNamed: (name) => `Welcome to the chat room, ${name}!`,
  welcomeHeartbeat: (name) => `Welcome to the chat room, ${name}! (heartbeat is on)`,
  joined: 'Someone joined',
  joinedNamed: (name) => `${name} joined`,
  left: 'Someone left',
  leftNamed: (name) => `${name} left`,
  joinedMany: (names, count) => `${crowdEnglish(names, count)} joined`,
  leftMany: (names, count) => `${crowdEnglish(names, count)} left`,
  privateSent: (name) => `Private message sent to ${name}`,
  roomLeft: (room) => `You left ${room}`,
  inboxReady: 'Your private messages are ready',
  nested: (depth) => `A message may be nested ${depth} levels deep at most`,
  duplicateKey: 'The same field appears twice',
  manyFields: (limit) => `A message has ${limit} fields at most`,
  field: (field) => `The field ${field} is not valid`,
  noMessage: (max) => `The field message must be text of 1 to ${max} bytes`,
  tooLarge: (max) => `The message is too long: at most ${max} bytes`,
  illFormed: 'Text must be well-formed Unicode',
  unknownType: (type) => `Messages of this type are not accepted: ${type}`,
  invalidName: {
    empty: 'The name is empty',
    too_long: 'A name has 32 characters at most',
    characters: 'The name holds characters that are not allowed',
    spaces: 'A name has no space at its beginning or end',
    reserved: 'This name is reserved, please choose another one',
    ill_formed: 'The name must be well-formed Unicode',
  },
  invalidRoom: 'A room name is 1 to 64 letters, digits, -, _ or .',
  nameTaken: (name) => `The name ${name} is taken, please choose another one`,
  nameRequired: 'A connection without a name has no private messages; use /ws/chat/{username}',
  notInRoom: (room) => `You are not in the room ${room}`,
  notAllowed: {
    join: 'You may not enter this room',
    read: 'You may not read this room',
    write: 'You may not write in this room',
    moderate: 'You may not moderate this room',
  },
  permissionsUnknown: 'What you may do here cannot be told now, please try again',
  tooManyRooms: (limit) => `A connection is in ${limit} rooms at most`,
  tooManyRoomsOfUser: (limit) => `A person is in ${limit} rooms at most at a time`,
  tooManyConnections: (limit) => `Too many connections: ${limit} at most`,
  userNotFound: (name) => `There is nobody called ${name} here`,
  markersNeedName: 'A connection without a name has no read marker; use /ws/chat/{username}',
  presenceNeedsName: 'A connection without a name cannot be away; use /ws/chat/{username}',
  noSuchMessage: 'There is no message of this number, or it was deleted',
  logBeganAnew: 'The log began anew; this number may be another message now',
  notTheAuthor: 'Only the author may edit or delete a message',
  notAnEmoji: (limit) => `The field emoji must be one emoji of at most ${limit} UTF-16 units`,
  tooManyReactions: (limit) => `A message bears ${limit} different emoji at most`,
  tooManyLogs: 'The server keeps as many rooms and private conversations as it may; no further one can begin',
  rateLimited: 'Too many messages, please wait a moment',
  tooOften: 'Too many requests, please wait a moment',
  conflict: 'This client_id already belongs to another message',
  unavailable: 'The message cannot be stored now, please try again',
  serverFull: 'The server is full, please try again later',
  inactive: (seconds) => `Closed after ${seconds} seconds without activity`,
  tooManyErrors: 'Closed after too many errors',
  textOnly: 'Chat endpoints take text frames only',
  internal: 'The server made a mistake',
  v1Only: 'Messages of this type need the subprotocol roomful.v1',
  goingAway: 'The server is going away, please reconnect in a moment',
  unauthorized: 'A valid token is needed',
  tokenExpired: 'The token has expired, please reconnect with a new one',
  keyGone: 'The token is no longer valid, please reconnect with a new one',
  revoked: 'The token was revoked',
  adminsOnly: 'Only an administrator may do this',
  revokeWhat: 'Name one of subject and token_id, in 256 characters at most',
  authTimedOut: 'Closed, as no token was shown in time',
  notThisName: (name) => `The token says ${name}; no other name may be used with it`,
  otherSubject: 'The token is somebody else’s; open another connection for it',
  authenticated: 'The new token holds',
  noTokens: 'This connection uses no token',
  longToken: 'The token says too much to be changed for a ticket',
}

function crowd(names: readonly string[], count: number): string {
  if (names.length === 0) return `有 ${count} 位用戶`
  const listed = names.join('、')
  return count > names.length ? `${listed} 等 ${count} 人` : `${listed} `
}

function crowdEnglish(names: readonly string[], count: number): string {
  const others = count - names.length
  if (names.length === 0) return `${count} people`
  if (others === 0) return names.join(' and ')
  return `${names.join(', ')} and ${others} ${others === 1 ? 'other' : 'others'}`
}

export const TEXTS: Readonly<Record<Lang, Texts>> = { 'zh-Hant': chinese, en: english }
