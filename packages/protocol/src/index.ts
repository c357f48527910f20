export {
  afterClose,
  CLOSE_BANNED,
  CLOSE_INACTIVE,
  CLOSE_INVALID_NAME,
  CLOSE_NAME_TAKEN,
  CLOSE_NORMAL,
  CLOSE_REVOKED,
  CLOSE_SERVER_FULL,
  CLOSE_UNAUTHORIZED,
  CLOSES,
  type CloseName,
  ERRORS,
  type ErrorCode,
} from './codes.ts'
export { isEmoji } from './emoji.ts'
export {
  ANONYMOUS,
  DEFAULT_ROOM,
  MAX_CLOSE_REASON_BYTES,
  MAX_EMOJI_LENGTH,
  MAX_HISTORY_PAGE,
  MAX_JSON_DEPTH,
  MAX_JSON_FIELDS,
  MAX_LISTED_USERS,
  MAX_ROOM_LENGTH,
  MAX_USERNAME_LENGTH,
  PRIVATE_LOG,
  RESUME_SUBPROTOCOL_PREFIX,
  V1_SUBPROTOCOL,
} from './limits.ts'
export type {
  ChangeFrame,
  ChatFrame,
  ClientMessage,
  ClientMessageOf,
  ClientMessageType,
  Lang,
  LogFrame,
  ServerMessage,
  ServerMessageOf,
  ServerMessageType,
} from './messages.ts'
export { checkRoom, checkUsername, type NameCheck, type NameFault, nameKey } from './names.ts'
