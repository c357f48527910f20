import { CLOSES, type CloseName, type ErrorCode } from '@roomful/protocol'
import type { Identity } from '../ports/auth.ts'
import type { Attach } from '../ports/service.ts'
import type { FrameEncoder, Socket } from '../ports/socket.ts'
import type { Account } from './account.ts'
import type { Audience } from './audience.ts'
import { type ErrorDetails, errorJson } from './frames.ts'
import type { Limited } from './limits.ts'
import type { Cursor, Log, Reader } from './log.ts'
import type { Person } from './person.ts'
import type { Deferrable } from './turn-queue.ts'
import type { Membership } from './rooms.ts'
import { TEXTS, type Texts } from './texts.ts'
import type { TokenBucket } from './token-bucket.ts'

/** Upgraded, and waiting for the logs it asked for. What the client says meanwhile is held back. */
export interface Opening {
  readonly phase: 'opening'
}

/** Has not shown who it is, or that is being looked at. What the client says beyond it is held back, a little of it. */
export interface Unproven {
  readonly phase: 'unproven'
  /** The next frame must show a token. */
  awaitsToken: boolean
  /** Wheel time at which it is given up. */
  readonly until: number
  readonly proceed: (identity: Identity | null) => void
}

/** On the echo endpoint: in no room, known to nobody. */
export interface Echo {
  readonly phase: 'echo'
  /** What is put in front of each text. */
  readonly prefix: string
}

/** Reads one room's log and says nothing: nobody in the room, known to nobody. */
export interface Listening {
  readonly phase: 'listening'
  readonly cursor: Cursor
}

export interface Open {
  readonly phase: 'open'
  readonly person: Person
  /** The room it connected to: where a message without `room` goes. */
  readonly home: string
  readonly memberships: Map<string, Membership>
  /** Cursor on the person's private log; `null` on the anonymous endpoint. */
  inbox: Cursor | null
  /** Of a guest's name, where a bearer of a token may come for it; `null` otherwise. */
  readonly nameLog: Log | null
  /** Nobody looks at it, as its client said. */
  away: boolean
}

/** We have closed and wait for the peer's close frame; nothing is read or written any more. */
export interface Closing {
  readonly phase: 'closing'
}

export interface Closed {
  readonly phase: 'closed'
}

export type ConnectionState = Unproven | Opening | Echo | Listening | Open | Closing | Closed

/** Why a peer is not read, as bits: its answers wait to be written, what it said waits for the store, or it said more than it may. */
const PAUSE = { replies: 1, input: 2, turn: 4 } as const

type Pause = keyof typeof PAUSE

/** Milliseconds after which whoever was refused for now may ask again. */
const RETRY_MS = 1_000

/** Frames that are held back before the peer is not read any more. */
const MAX_HELD_FRAMES = 100

/** What a connection tells the core about itself. */
export interface ConnectionOwner {
  /** We close the connection: everybody may forget it. */
  closing(connection: Connection, name: CloseName): void
  /** A request was refused. */
  refused(connection: Connection, code: ErrorCode): void
  /** The connection's socket takes nothing any more. */
  becameFull(connection: Connection): void
  /** It may be written again what it missed. */
  mayAdvance(connection: Connection): void
  /** What the connection held back can be handled. */
  inputResumed(connection: Connection): void
  /** Replies wait to be sent at the end of the turn. */
  replying(connection: Connection): void
}

/** One live connection: its state, what it may still send, and what waits to be written to it. */
export class Connection implements Reader, Limited, Deferrable {
  readonly id: string
  readonly socket: Socket
  readonly endpoint: Attach['endpoint']
  readonly address: string
  readonly audience: Audience
  /** Whether the application heartbeat was asked for. */
  readonly heartbeat: boolean
  readonly texts: Texts
  state: ConnectionState = { phase: 'opening' }
  /** As its newest token says; `null` for a guest. */
  identity: Identity | null = null
  /** By what moderation knows who it is; `[]` for somebody without a name, and until that is known. */
  marks: readonly string[] = []

  /** Wheel time of the last inbound frame. */
  lastActivity: number
  /** Wheel time of the next ping. */
  nextPing: number
  /** Slot of the heartbeat wheel, -1 outside. */
  slot = -1

  accounts: readonly Account[]
  isUnproven = false
  /** Refusals by the rate limit, and refused frames of any kind; made when the first happens. */
  refusals: TokenBucket | null = null
  errors: TokenBucket | null = null

  /** The socket takes nothing now. */
  full = false
  /** It is full, or waits for its turn. */
  deferred = false
  /** While full: bytes that waited at the last look, and since when they became no fewer (wheel time). */
  stuckBytes = 0
  stuckSince = 0
  /** Turn in which the fan-out met it last. */
  seenInTurn = 0
  #corked = false
  /** Of `PAUSE`; while there is any, the peer is not read. */
  #pauses = 0
  /** Frames that wait until something before them is done, or until the peer has read what was answered. */
  #held: string[] = []
  /** Something before them is not done: at first, that it is let in. */
  #busy = true
  #replies: Uint8Array[] = []
  #replyBytes = 0
  readonly #maxReplyBytes: number
  readonly #owner: ConnectionOwner

  constructor(init: {
    id: string
    socket: Socket
    endpoint: Attach['endpoint']
    address: string
    audience: Audience
    heartbeat: boolean
    now: number
    pingIn: number
    maxReplyBytes: number
    accounts: readonly Account[]
    owner: ConnectionOwner
  }) {
    this.id = init.id
    this.socket = init.socket
    this.endpoint = init.endpoint
    this.address = init.address
    this.audience = init.audience
    this.heartbeat = init.heartbeat
    this.texts = TEXTS[init.audience.lang]
    this.lastActivity = init.now
    this.nextPing = init.now + init.pingIn
    this.#maxReplyBytes = init.maxReplyBytes
    this.accounts = init.accounts
    this.#owner = init.owner
  }

  get encoder(): FrameEncoder {
    return this.socket.encoder
  }

  /** Sends finished frames now. The caller has looked at `full`. */
  send(frames: Uint8Array): void {
    if (!this.socket.send(frames) && !this.full) {
      this.full = true
      this.#lookWhetherDeferred()
      this.#owner.becameFull(this)
    }
  }

  /** Neither closing nor closed. */
  get live(): boolean {
    return this.state.phase !== 'closing' && this.state.phase !== 'closed'
  }

  /** Sends one frame at the end of this turn. `seq` as in `FrameEncoder`. */
  reply(json: string, seq?: number): void {
    if (!this.live) return
    this.replyBytes(this.encoder.encode(json, seq))
  }

  /** The same for a finished frame. A peer that asks on and on without reading the answers is neither heard nor read any more. */
  replyBytes(frame: Uint8Array): void {
    this.#replyBytes += frame.length
    if (this.#replies.push(frame) === 1) this.#owner.replying(this)
    if (this.#replyBytes <= this.#maxReplyBytes) return
    if (!this.full) this.sendReplies()
    else this.#pause('replies')
  }

  /** The socket has room again. */
  drained(): void {
    this.full = false
    this.#lookWhetherDeferred()
    this.sendReplies()
    if (this.full || !this.#isPaused('replies')) return
    this.#unpause('replies')
    if (!this.#busy) this.#owner.inputResumed(this)
  }

  /** From now on frames are held back, until `resumeInput`: something before them waits for the store. */
  holdInput(): void {
    this.#busy = true
  }

  /** Echoes are as long as what they answer, and never wait: theirs are no requests. */
  get #holds(): boolean {
    return this.#busy || (this.#isPaused('replies') && this.state.phase === 'open')
  }

  /** Keeps a frame when input is held back. Beyond some frames the peer is not read any more, so no more than one chunk follows. */
  hold(text: string, most = MAX_HELD_FRAMES): boolean {
    if (!this.#holds) return false
    if (this.#held.push(text) >= most) this.#pause('input')
    return true
  }

  /** Handles what was held back. */
  resumeInput(): void {
    this.#owner.inputResumed(this)
  }

  /** What was before them is done. Hands out what was kept, unless the peer has to read first. */
  takeHeld(): readonly string[] {
    this.#busy = false
    if (this.#holds) return []
    const held = this.#held
    this.#held = []
    this.#unpause('input')
    return held
  }

  /** Until its turn it is not read, and written nothing but answers. */
  waitForTurn(): void {
    this.#pause('turn')
    this.#lookWhetherDeferred()
  }

  haveTurn(): void {
    this.#unpause('turn')
    this.#lookWhetherDeferred()
    this.#owner.mayAdvance(this)
  }

  #lookWhetherDeferred(): void {
    this.deferred = this.full || this.#isPaused('turn')
  }

  #pause(why: Pause): void {
    if (this.#pauses === 0) this.socket.pause()
    this.#pauses |= PAUSE[why]
  }

  #unpause(why: Pause): void {
    if (!this.#isPaused(why)) return
    this.#pauses &= ~PAUSE[why]
    if (this.#pauses === 0) this.socket.resume()
  }

  #isPaused(why: Pause): boolean {
    return (this.#pauses & PAUSE[why]) !== 0
  }

  /** Refuses a request; the connection lives. */
  refuse(code: ErrorCode, message: string, details?: ErrorDetails): void {
    this.reply(errorJson(code, message, details))
    this.#owner.refused(this, code)
  }

  /** Refuses a request that the store, or the registry, cannot serve now. */
  refuseForNow(details: ErrorDetails): void {
    this.refuse('unavailable', this.texts.unavailable, { ...details, retry_after_ms: RETRY_MS })
  }

  sendReplies(): void {
    if (this.full || this.#replies.length === 0) return
    const replies = this.#replies
    const bytes =
      replies.length === 1 ? (replies[0] as Uint8Array) : this.encoder.join(replies, this.#replyBytes)
    this.#replies = []
    this.#replyBytes = 0
    this.send(bytes)
  }

  /** Returns false when it was corked already. */
  cork(): boolean {
    if (this.#corked) return false
    this.#corked = true
    this.socket.cork()
    return true
  }

  uncork(): void {
    this.#corked = false
    this.socket.uncork()
  }

  overload(): void {
    this.close('overload')
  }

  fallOut(): void {
    this.close('slow_consumer')
  }

  /** Ends the connection with a code of the catalogue, after an error frame when a `refusal` is given. */
  close(name: CloseName, refusal?: { code: ErrorCode; message: string; details?: ErrorDetails }): void {
    if (!this.live) return
    const { code, reason } = CLOSES[name]
    // What was said so far is its last chance to be told.
    if (this.#isPaused('turn')) this.haveTurn()
    this.sendReplies()
    if (refusal && !this.full)
      this.socket.send(this.encoder.encode(errorJson(refusal.code, refusal.message, refusal.details)))
    this.#owner.closing(this, name)
    this.state = { phase: 'closing' }
    this.#replies = []
    this.#replyBytes = 0
    this.socket.close(code, reason)
  }
}
