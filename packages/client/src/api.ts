import type { ChangeFrame, Lang, ServerMessageOf } from '@roomful/protocol'
import type { FrameFault } from './codec.ts'
import type { ConnectionState } from './connection.ts'
import type { Gap, Since } from './log-order.ts'
import type { Clock, Environment } from './environment.ts'
import type { Moderation } from './moderation.ts'
import type { OutboxBlock } from './outbox.ts'
import type { Outbox } from './outbox-entry.ts'
import type { TokenStorage } from './resume-token.ts'
import type { TokenSource } from './token.ts'
import type { WebSocketLike } from './transport.ts'

export interface ClientOptions {
  /** Base URL of the server, e.g. `ws://localhost:8000` or `https://chat.example.org`; `http` becomes `ws`. */
  url: string
  /** Name to bear. Absent: anonymous. */
  username?: string
  /**
   * A JSON Web Token, where the server lets people in by these, or a function that gets one, or a ticket that one was changed for (`{ ticket }`). That is called before each try to connect, and, with
   * four fifths of the token's time over, for one that takes its place on the living connection. `username` is then the name in it. When the server refuses the token
   * of a string, or a fresh one, the client stops, and `reason.error.code` is `unauthorized`.
   */
  token?: TokenSource | undefined
  /** Room to connect to. Default: `lobby`. */
  room?: string
  /** Language of the server's sentences. Default: the server's own. */
  lang?: Lang
  /** Resume token to begin with; `null` for none. Default: what `storage` holds for this `url` and `username`. */
  resumeToken?: string | null
  /**
   * Where resume tokens outlive the page. Default: `localStorage` where it works; `null`: memory only. An outbox that outlives the
   * process needs it to: another person does not send what waits. In Node give both a file, as the README does.
   */
  storage?: TokenStorage | null
  /** Keeps one's own messages until the server has them, whatever happens to the connection or the page: `storedOutbox()`. Default: none. */
  outbox?: OutboxBlock | undefined
  /**
   * Whether what was said while the connection was away is told through `onMessage` and `onPrivate` when it is back, in order and
   * before anything newer. Default: true. A page that shows the newest first and loads the rest with `history` says `false`.
   */
  catchUp?: boolean
  /** By log (a room, or `@me`): the last entry that is known already. What came after it is told first. Default: begin at the end. */
  since?: Readonly<Record<string, Since>> | undefined
  /** Default: the runtime's own. Node before 22 has none: pass that of `ws`. */
  WebSocket?: WebSocketLike
  /** Default: the system's. */
  clock?: Clock
  /** Numbers in [0, 1) for the jitter of delays. Default: `Math.random`. */
  random?: () => number
  /** Default: the browser's `online`, `offline` and `visibilitychange` events. */
  environment?: Environment
}

/** One frame as it went over the wire. */
export interface FrameEvent {
  direction: 'in' | 'out'
  /** Empty for a binary frame. */
  text: string
  /** Milliseconds since 1970. */
  at: number
  /** The type of an inbound frame that this version does not know. Nobody else is told of it. */
  unknown?: string
  /** What is wrong with an inbound frame that was dropped. */
  fault?: FrameFault
}

/** `clientId`: a UUID; the same one again is the same message, stored once. Default: a new one. */
export interface MessageOptions {
  clientId?: string | undefined
  /** Number of the message of the same log that this one answers. */
  replyTo?: number | undefined
  /** Epoch of the log in which that number was seen; default: as in the outbox. */
  epoch?: string | undefined
}

export interface SendOptions extends MessageOptions {
  room?: string | undefined
}

export interface ChangeOptions {
  clientId?: string | undefined
  /** Epoch of the log in which the number was seen; default: as in the outbox. */
  epoch?: string | undefined
  room?: string | undefined
}

export interface ReactOptions extends ChangeOptions {
  /** Takes the reaction back. */
  remove?: boolean | undefined
}

/**
 * One person's connection to one server.
 *
 * Every request resolves with the server's answer and rejects with a `ClientError`: the server's refusal, `offline` when it was
 * not sent, `closed` when the connection ended before the answer, `timeout` after 15 s without one, `bad_frame` for an answer
 * that makes no sense. Each `on…` returns the function that ends it; a listener hears what happens after it was added.
 */
export interface Client {
  readonly state: ConnectionState
  /** Connects and stays connected: retries with back-off until the server says not to come back. From idle and stopped only. */
  connect(): void
  /** Closes with 1000, forgets the joined rooms and what it was told of each, and goes to idle. */
  disconnect(): void
  /** While waiting or stopped: tries at once. */
  retryNow(): void
  /** Says something in a room; default: the one it connected to. Resolves when it is stored and numbered. */
  send(text: string, options?: SendOptions): Promise<ServerMessageOf<'ack'>>
  /** Says something to one person. */
  whisper(to: string, text: string, options?: MessageOptions): Promise<ServerMessageOf<'ack'>>
  /** Gives one's own message number `seq` another text. This and the next two: default of `room` as above, `@me` for private ones. */
  edit(seq: number, text: string, options?: ChangeOptions): Promise<ServerMessageOf<'ack'>>
  /** Deletes one's own message: its text is gone for everybody. */
  remove(seq: number, options?: ChangeOptions): Promise<ServerMessageOf<'ack'>>
  /** Puts an emoji on a message, or takes it back with `remove`. */
  react(seq: number, emoji: string, options?: ReactOptions): Promise<ServerMessageOf<'ack'>>
  /** Does what a moderator may (`welcome.moderation.may_moderate`). Resolves when it is in the audit trail, `seq` being its number there; other servers follow within seconds. */
  moderate(moderation: Moderation): Promise<ServerMessageOf<'ack'>>
  /** Says that one is writing, in a room or to one person. This and the next two are dropped while not online. */
  typing(options?: { room?: string; to?: string }): void
  /** Says that one has read everything up to number `seq`. */
  markRead(seq: number, options?: { room?: string }): void
  /** Says that nobody looks at this connection, or that somebody does again. Said again after a reconnect. */
  setAway(away: boolean): void
  /** Enters one more room and stays in it across reconnects. Resolves with its welcome. */
  join(room: string): Promise<ServerMessageOf<'system'>>
  leave(room: string): Promise<void>
  /** A page of a log: of the newest entries, of those below `before`, or of those above `after`. `@me`: one's private log. */
  history(query: {
    room?: string
    before?: number
    after?: number
    limit?: number
  }): Promise<ServerMessageOf<'history'>>
  /** Who is in a room; default: the one it connected to. */
  status(room?: string): Promise<ServerMessageOf<'status'>>
  onState(listener: (state: ConnectionState) => void): () => void
  /** What is said in any room one is in, own messages included, each once and in the order of its room. */
  onMessage(listener: (message: ServerMessageOf<'message'>) => void): () => void
  /** Private messages, copies of one's own included. */
  onPrivate(listener: (message: ServerMessageOf<'private'>) => void): () => void
  /** What became of messages: edits, deletions and reactions. They are entries of a log like messages, so each once and in order. */
  onChange(listener: (change: ChangeFrame) => void): () => void
  /** Who is writing. */
  onTyping(listener: (typing: ServerMessageOf<'typing'>) => void): () => void
  /** Up to where people have read. */
  onRead(listener: (read: ServerMessageOf<'read'>) => void): () => void
  /** Who is away and back. Who comes and goes is told by `onSystem`. */
  onPresence(listener: (presence: ServerMessageOf<'presence'>) => void): () => void
  /** What moderators do in the rooms one is in. How a room may be used when one enters is in its welcome. */
  onModeration(listener: (notice: ServerMessageOf<'moderation'>) => void): () => void
  /** The server is about to close. The client comes back by itself in the slot that it was given. */
  onGoingAway(listener: (notice: ServerMessageOf<'going_away'>) => void): () => void
  /** Welcomes of every room, and who comes and goes. */
  onSystem(listener: (message: ServerMessageOf<'system'>) => void): () => void
  /** Errors that answer no request. The one before a close is also in the `reason` of the state. */
  onError(listener: (error: ServerMessageOf<'error'>) => void): () => void
  /** Entries that were missed and will not be told: the server no longer has them, or has another history than before. */
  onGap(listener: (gap: Gap) => void): () => void
  /** Every frame, before anything else is done with it. */
  onFrame(listener: (frame: FrameEvent) => void): () => void
}

export interface OutboxClient extends Client {
  /** Own messages that are kept until the server has them, whatever happens to the connection or the page. */
  readonly outbox: Outbox
}
