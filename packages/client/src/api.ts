import type { Lang, ServerMessageOf } from '@roomful/protocol'
import type { FrameFault } from './codec.ts'
import type { ConnectionState } from './connection.ts'
import type { Gap } from './log-order.ts'
import type { Clock, Environment } from './environment.ts'
import type { TokenStorage } from './resume-token.ts'
import type { WebSocketLike } from './transport.ts'

export interface ClientOptions {
  /** Base URL of the server, e.g. `ws://localhost:8000` or `https://chat.example.org`; `http` becomes `ws`. */
  url: string
  /** Name to bear. Absent: anonymous. */
  username?: string
  /** Room to connect to. Default: `lobby`. */
  room?: string
  /** Language of the server's sentences. Default: the server's own. */
  lang?: Lang
  /** Resume token to begin with; `null` for none. Default: what `storage` holds for this `url` and `username`. */
  resumeToken?: string | null
  /** Where resume tokens outlive the page. Default: `sessionStorage` where it works; `null`: memory only. */
  storage?: TokenStorage | null
  /**
   * Whether what was said while the connection was away is told through `onMessage` and `onPrivate` when it is back, in order and
   * before anything newer. Default: true. A page that shows the newest first and loads the rest with `history` says `false`.
   */
  catchUp?: boolean
  /** Default: the runtime's own. Node before 22 has none: pass that of `ws`. */
  WebSocket?: WebSocketLike
  /** Default: the system's. */
  clock?: Clock
  /** Numbers in [0, 1) for the jitter of delays. Default: `Math.random`. */
  random?: () => number
  /** Default: the browser's `online` and `visibilitychange` events. */
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
  send(text: string, options?: { room?: string; clientId?: string }): Promise<ServerMessageOf<'ack'>>
  /** Says something to one person. */
  whisper(to: string, text: string, options?: { clientId?: string }): Promise<ServerMessageOf<'ack'>>
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
  /** Welcomes of every room, and who comes and goes. */
  onSystem(listener: (message: ServerMessageOf<'system'>) => void): () => void
  /** Errors that answer no request. The one before a close is also in the `reason` of the state. */
  onError(listener: (error: ServerMessageOf<'error'>) => void): () => void
  /** Entries that were missed and will not be told: the server no longer has them, or has another history than before. */
  onGap(listener: (gap: Gap) => void): () => void
  /** Every frame, before anything else is done with it. */
  onFrame(listener: (frame: FrameEvent) => void): () => void
}
