export type {
  ChangeOptions,
  Client,
  ClientOptions,
  FrameEvent,
  MessageOptions,
  OutboxClient,
  ReactOptions,
  SendOptions,
} from './api.ts'
export { createClient } from './client.ts'
export { ClientError, type ClientErrorCode } from './client-error.ts'
export { indexedDbOutbox } from './indexed-db.ts'
export type { Moderation } from './moderation.ts'
export { type OutboxBlock, storedOutbox } from './outbox.ts'
export type { Gap, Since } from './log-order.ts'
export type { FrameFault } from './codec.ts'
export type { ConnectionState, DisconnectReason } from './connection.ts'
export type { Clock, Environment } from './environment.ts'
export type { Outbox, OutboxDraft, OutboxEntry, OutboxKeeping, OutboxState } from './outbox-entry.ts'
export type { OutboxStorage } from './outbox-storage.ts'
export type { TokenStorage } from './resume-token.ts'
export { fetchTicket } from './ticket.ts'
export type { Proof, TokenSource } from './token.ts'
export type { SocketLike, WebSocketLike } from './transport.ts'
