/** The two catalogues of failure in words, for problems over HTTP and for the page `/docs/errors`. */
import type { CloseName, ErrorCode, Lang } from '@roomful/protocol'

/** `title` is the same for every problem of a code; `meaning` says what to do. */
export interface ErrorText {
  readonly title: string
  readonly meaning: string
}

const english: Readonly<Record<ErrorCode, ErrorText>> = {
  bad_message: {
    title: 'Not understood',
    meaning: 'The request is malformed or a field is wrong; `field` names it.',
  },
  unknown_type: { title: 'Unknown type', meaning: 'A client may not send messages of this type.' },
  too_large: { title: 'Too large', meaning: 'The message, frame or body is longer than the limit.' },
  invalid_name: {
    title: 'Name not allowed',
    meaning: 'The username is empty, too long, reserved or holds characters that are not allowed.',
  },
  name_taken: { title: 'Name taken', meaning: 'Somebody who is here bears this name or a look-alike of it.' },
  name_required: { title: 'Name required', meaning: 'Private messages need a connection with a name.' },
  invalid_room: {
    title: 'Room name not allowed',
    meaning: 'A room name is 1 to 64 letters, digits, `-`, `_` or `.`.',
  },
  not_in_room: { title: 'Not in the room', meaning: 'Join the room before speaking in it.' },
  too_many_rooms: { title: 'Too many rooms', meaning: 'Leave a room before joining another one.' },
  user_not_found: {
    title: 'User not found',
    meaning: 'The addressee of a private message is not here; nobody received it.',
  },
  forbidden: {
    title: 'Not allowed',
    meaning:
      'Somebody else may, or nobody: only authors edit and delete their messages, only administrators revoke, and rules say who may do what in a room.',
  },
  too_many_reactions: {
    title: 'Too many reactions',
    meaning: 'The message bears as many different emoji as it may; use one of them.',
  },
  too_many_logs: {
    title: 'Too many rooms on this server',
    meaning:
      'The server keeps as many rooms and private logs as it may (`max-logs`); those that exist go on.',
  },
  muted: {
    title: 'Muted',
    meaning: 'A moderator has muted you. `until` says for how long; send it again then.',
  },
  slow_mode: { title: 'Slow mode', meaning: 'Wait `retry_after_ms`, then send again.' },
  read_only: { title: 'Read-only', meaning: 'Only moderators may write in this room now.' },
  locked: { title: 'Room locked', meaning: 'Nobody new is let into this room now.' },
  kicked: { title: 'Removed', meaning: 'A moderator has put you out of the room.' },
  banned: {
    title: 'Banned',
    meaning: 'A moderator has banned you, or your address. `until` says for how long; without it, for good.',
  },
  too_many_sanctions: {
    title: 'Too many sanctions',
    meaning: 'The server keeps as many mutes, bans and settings of rooms as it may. Lift some.',
  },
  rate_limited: { title: 'Too many messages', meaning: 'Wait `retry_after_ms`, then send again.' },
  conflict: {
    title: 'Conflict',
    meaning: 'This `client_id` already belongs to a message with other content.',
  },
  unavailable: {
    title: 'Unavailable',
    meaning: 'It cannot be stored or answered now; nothing happened. Send it again.',
  },
  server_full: { title: 'Server is full', meaning: 'The limit of connections is reached. Come back later.' },
  going_away: { title: 'Going away', meaning: 'The server is stopping. Connect again in a moment.' },
  unauthorized: { title: 'Unauthorized', meaning: 'The token is missing, invalid or expired.' },
  origin_refused: {
    title: 'Origin refused',
    meaning: 'This web page may not use the server; its operator can allow the origin.',
  },
  not_found: {
    title: 'Not found',
    meaning:
      'There is nothing at this address, or not with this method; or no message has this number any more, or the log began anew.',
  },
  inactive: { title: 'Inactive', meaning: 'There was no sign of life for too long.' },
  slow_consumer: {
    title: 'Too slow',
    meaning: 'The connection did not read what was sent. Connect again and catch up.',
  },
  too_many_errors: { title: 'Too many errors', meaning: 'Too many refused messages in a short time.' },
  unsupported_data: {
    title: 'Unsupported data',
    meaning: 'Chat takes text, the API takes uncompressed `application/json`.',
  },
  internal: {
    title: 'Internal error',
    meaning: 'The server made a mistake. The log of the server says more.',
  },
}

const chinese: Readonly<Record<ErrorCode, ErrorText>> = {
  bad_message: { title: '無法理解', meaning: '請求的格式或某個欄位不正確；`field` 指出是哪一個。' },
  unknown_type: { title: '未知的類型', meaning: '用戶端不可以送出這種類型的訊息。' },
  too_large: { title: '太大', meaning: '訊息、訊框或內容超過上限。' },
  invalid_name: { title: '名稱不允許', meaning: '名稱是空的、太長、屬於保留字，或含有不允許的字元。' },
  name_taken: { title: '名稱已被使用', meaning: '線上已經有人使用這個名稱，或外觀相同的名稱。' },
  name_required: { title: '需要名稱', meaning: '收發私訊的連線必須有名稱。' },
  invalid_room: {
    title: '聊天室名稱不允許',
    meaning: '聊天室名稱是 1 到 64 個文字、數字、`-`、`_` 或 `.`。',
  },
  not_in_room: { title: '不在聊天室裡', meaning: '請先加入聊天室再發言。' },
  too_many_rooms: { title: '聊天室太多', meaning: '請先離開一個聊天室，再加入另一個。' },
  user_not_found: { title: '找不到用戶', meaning: '私訊的收件人不在線上；沒有任何人收到它。' },
  forbidden: {
    title: '不允許',
    meaning:
      '你沒有這個權限：只有作者可以編輯或刪除訊息，只有管理者可以撤銷權杖，而誰能在聊天室裡做什麼由規則決定。',
  },
  too_many_reactions: {
    title: '表情種類太多',
    meaning: '這則訊息的不同表情符號已達上限；請使用其中一個。',
  },
  too_many_logs: {
    title: '伺服器上的聊天室太多',
    meaning: '伺服器保存的聊天室與私人記錄已達上限（`max-logs`）；既有的可以繼續使用。',
  },
  muted: { title: '已被禁言', meaning: '管理員已將你禁言。`until` 是結束的時間，屆時再送一次。' },
  slow_mode: { title: '慢速模式', meaning: '等待 `retry_after_ms` 毫秒後再送一次。' },
  read_only: { title: '唯讀', meaning: '這個聊天室目前只有管理員可以發言。' },
  locked: { title: '聊天室已鎖定', meaning: '這個聊天室目前不接受其他人加入。' },
  kicked: { title: '已被移出', meaning: '管理員已將你移出聊天室。' },
  banned: { title: '已被封鎖', meaning: '管理員已封鎖你或你的位址。`until` 是結束的時間；沒有時表示永久。' },
  too_many_sanctions: {
    title: '處分太多',
    meaning: '伺服器保留的禁言、封鎖與聊天室設定已達上限，請先解除一些。',
  },
  rate_limited: { title: '訊息太快', meaning: '請等待 `retry_after_ms` 毫秒後再送。' },
  conflict: { title: '衝突', meaning: '這個 `client_id` 已經屬於另一則內容不同的訊息。' },
  unavailable: { title: '暫時無法使用', meaning: '目前無法儲存或回答，什麼都沒有發生，請再送一次。' },
  server_full: { title: '伺服器已滿', meaning: '連線數已達上限，請稍後再來。' },
  going_away: { title: '即將關閉', meaning: '伺服器正在停止，請稍後重新連線。' },
  unauthorized: { title: '未授權', meaning: '權杖不存在、無效或已過期。' },
  origin_refused: { title: '來源被拒絕', meaning: '這個網頁不可以使用此伺服器；管理者可以允許它的來源。' },
  not_found: { title: '找不到', meaning: '這個位址沒有內容，或不支援這個方法。' },
  inactive: { title: '沒有活動', meaning: '太久沒有任何活動。' },
  slow_consumer: { title: '接收太慢', meaning: '連線沒有讀取送出的內容，請重新連線並補上。' },
  too_many_errors: { title: '錯誤太多', meaning: '短時間內有太多訊息被拒絕。' },
  unsupported_data: {
    title: '不支援的資料',
    meaning: '聊天只接受文字，API 只接受未壓縮的 `application/json`。',
  },
  internal: { title: '內部錯誤', meaning: '伺服器發生錯誤，詳情請見伺服器的記錄。' },
}

export const ERROR_TEXTS: Readonly<Record<Lang, Readonly<Record<ErrorCode, ErrorText>>>> = {
  en: english,
  'zh-Hant': chinese,
}

/** What each close means, in one sentence. */
export const CLOSE_TEXTS: Readonly<Record<Lang, Readonly<Record<CloseName, string>>>> = {
  en: {
    normal: 'The connection did what it was for.',
    going_away: 'The server is stopping.',
    protocol_error: 'A frame broke RFC 6455.',
    unsupported_data: 'A binary frame came on a chat endpoint.',
    invalid_utf8: 'A text frame was not UTF-8.',
    server_full: 'The limit of connections is reached.',
    unauthorized: 'The token is missing, invalid or expired.',
    too_large: 'A message was longer than the limit or came in too many pieces.',
    internal: 'The server made a mistake.',
    restart: 'The server is restarting.',
    overload: 'The server has too much to do.',
    auth_timeout: 'Authentication took too long.',
    rate_limited: 'The rate limit was ignored again and again.',
    inactive: 'There was no sign of life for too long.',
    slow_consumer: 'The client read nothing for too long.',
    too_many_errors: 'Too many messages were refused.',
    invalid_name: 'The username or the room name is not allowed.',
    revoked: 'The person was removed, or the token revoked.',
    banned: 'The person, or the address, is banned.',
    locked: 'The room is locked: nobody new is let in.',
    name_taken: 'Somebody else bears the name.',
  },
  'zh-Hant': {
    normal: '連線已正常結束。',
    going_away: '伺服器正在停止。',
    protocol_error: '訊框違反 RFC 6455。',
    unsupported_data: '聊天端點收到了二進位訊框。',
    invalid_utf8: '文字訊框不是 UTF-8。',
    server_full: '連線數已達上限。',
    unauthorized: '權杖不存在、無效或已過期。',
    too_large: '訊息超過上限，或分成太多片段。',
    internal: '伺服器發生錯誤。',
    restart: '伺服器正在重新啟動。',
    overload: '伺服器負載過高。',
    auth_timeout: '驗證花了太久。',
    rate_limited: '多次忽略速率限制。',
    inactive: '太久沒有任何活動。',
    slow_consumer: '用戶端太久沒有讀取。',
    too_many_errors: '太多訊息被拒絕。',
    invalid_name: '用戶名稱或聊天室名稱不允許。',
    revoked: '這個人已被移出，或權杖已撤銷。',
    banned: '這個人或這個位址已被封鎖。',
    locked: '聊天室已鎖定，不接受其他人加入。',
    name_taken: '名稱已有別人使用。',
  },
}

/** Sentences for what HTTP itself refuses. */
export interface HttpTexts {
  noSuchPath: string
  noSuchMethod(allowed: string): string
  upgradeRequired(path: string): string
  notJson: string
  notJsonType: string
  compressed: string
  bodyTooLarge(maxBytes: number): string
  headersTooLarge: string
  tooSlow: string
  badRequest: string
  badUrl: string
  field(field: string): string
  beforeAndAfter: string
  originRefused: string
  notReady(names: string): string
  metricsForbidden: string
  adminsOnly: string
  internal: string
}

export const HTTP_TEXTS: Readonly<Record<Lang, HttpTexts>> = {
  en: {
    noSuchPath: 'There is nothing here; GET / lists the addresses.',
    noSuchMethod: (allowed) => `This address takes ${allowed}.`,
    upgradeRequired: (path) =>
      `This is a WebSocket endpoint: connect with new WebSocket("${path}"). /docs/ws describes it.`,
    notJson: 'The body must be one JSON object in UTF-8.',
    notJsonType: 'The body must have Content-Type: application/json.',
    compressed: 'The body must not be compressed.',
    bodyTooLarge: (max) => `The body may hold ${max} bytes at most.`,
    headersTooLarge: 'The header fields are too long.',
    tooSlow: 'The request took too long to arrive.',
    badRequest: 'This is not a valid HTTP request.',
    badUrl: 'The address is not validly percent-encoded, or a part of it is too long.',
    field: (field) => `The field ${field} is missing or not valid.`,
    beforeAndAfter: 'Give either before or after, not both.',
    originRefused: 'This origin may not do that here; the setting origins lets it in.',
    notReady: (names) => `Not ready: ${names}.`,
    metricsForbidden: 'Metrics are for this machine only; the setting metrics lets others read them.',
    adminsOnly: 'This is for administrators, whose token says so.',
    internal: 'The server made a mistake.',
  },
  'zh-Hant': {
    noSuchPath: '這裡沒有內容；GET / 會列出所有位址。',
    noSuchMethod: (allowed) => `這個位址只接受 ${allowed}。`,
    upgradeRequired: (path) => `這是 WebSocket 端點：請用 new WebSocket("${path}") 連線，說明在 /docs/ws。`,
    notJson: '內容必須是一個 UTF-8 的 JSON 物件。',
    notJsonType: '內容必須標明 Content-Type: application/json。',
    compressed: '內容不可以壓縮。',
    bodyTooLarge: (max) => `內容最多 ${max} 位元組。`,
    headersTooLarge: '標頭欄位太長。',
    tooSlow: '請求傳送得太慢。',
    badRequest: '這不是有效的 HTTP 請求。',
    badUrl: '位址的百分號編碼不正確，或其中一段太長。',
    field: (field) => `欄位 ${field} 不存在或不正確。`,
    beforeAndAfter: 'before 和 after 只能擇一。',
    originRefused: '這個來源不可以在此使用；可用設定 origins 允許它。',
    notReady: (names) => `尚未就緒：${names}。`,
    metricsForbidden: '只有本機可以讀取指標；可用設定 metrics 開放給其他人。',
    adminsOnly: '只有管理者可以使用，由權杖決定。',
    internal: '伺服器發生錯誤。',
  },
}
