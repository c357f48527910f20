import type { ServerResponse } from 'node:http'
import type { ErrorCode } from '@roomful/protocol'
import { Refusal, type RefusalMembers } from '../../../ports/service.ts'
import type { FrameEncoder, Socket, SocketEvents } from '../../../ports/socket.ts'
import { COMMENT, isRefusal } from './event-stream.ts'

/** Bytes that may wait before a reader counts as full, as on a WebSocket. */
const FULL_BYTES = 65_536

/** Milliseconds in which a reader must take what is left when its stream ends, before it is cut off. */
const CLOSE_TIMEOUT_MS = 5_000

interface ErrorFrame extends RefusalMembers {
  readonly code: ErrorCode
  readonly message: string
  readonly field?: string
  readonly retry_after_ms?: number
}

/**
 * A response that streams events, as the core's socket. Until the first frame nothing is sent: when that is an error, it becomes the
 * answer to the request instead.
 */
export class EventSocket implements Socket {
  readonly encoder: FrameEncoder
  readonly sharedEncoder: FrameEncoder
  /** Resolves when the stream has begun or the reader has left; rejects with the `Refusal` otherwise. */
  readonly begun: Promise<void>
  readonly #response: ServerResponse
  readonly #begin: () => void
  #resolve: () => void = () => {}
  #reject: (refusal: Refusal) => void = () => {}
  #phase: 'waiting' | 'streaming' | 'ended' = 'waiting'
  #refusal: Refusal | null = null
  #events: SocketEvents | null = null

  /** `begin` sends the head of the response. */
  constructor(encoder: FrameEncoder, response: ServerResponse, begin: () => void) {
    this.encoder = encoder
    this.sharedEncoder = encoder
    this.#response = response
    this.#begin = begin
    this.begun = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    response.on('error', ignore)
    // There may be nothing to tell for long; who takes nothing of what there is, the core knows (SS6).
    response.on('timeout', ignore)
    response.on('drain', () => this.#events?.onDrain())
    response.on('close', () => this.#gone())
  }

  /** Tells what happens from now on. A reader that has left meanwhile is reported at once. */
  report(events: SocketEvents): void {
    this.#events = events
    if (this.#response.destroyed) this.#gone()
  }

  get buffered(): number {
    return this.#response.writableLength
  }

  send(frames: Uint8Array): boolean {
    if (this.#phase === 'ended') return false
    if (this.#phase === 'waiting') {
      this.#refusal = this.#refusalIn(frames)
      if (this.#refusal !== null) return true
      this.#phase = 'streaming'
      this.#begin()
      this.#resolve()
    }
    return this.#response.write(frames) || this.#response.writableLength < FULL_BYTES
  }

  cork(): void {
    this.#response.cork()
  }

  uncork(): void {
    this.#response.uncork()
  }

  /** A reader says nothing. */
  pause(): void {}
  resume(): void {}

  /** Nobody answers a comment; that the system took it is the sign of life. */
  ping(): void {
    if (this.#phase !== 'streaming') return
    this.#response.write(COMMENT, (error) => {
      if (!error) this.#events?.onActivity()
    })
  }

  close(): void {
    if (this.#phase === 'waiting') {
      this.#phase = 'ended'
      this.#reject(this.#refusal ?? new Refusal('unavailable', 'Try again later.'))
    } else if (this.#phase === 'streaming') {
      this.#phase = 'ended'
      this.#response.end()
      const cut = setTimeout(() => this.#response.destroy(), CLOSE_TIMEOUT_MS).unref()
      this.#response.on('close', () => clearTimeout(cut))
    }
  }

  terminate(): void {
    this.#phase = 'ended'
    this.#response.destroy()
  }

  #refusalIn(frame: Uint8Array): Refusal | null {
    if (!isRefusal(frame)) return null
    const { code, message, field, retry_after_ms, limit, scope, until, reason } = JSON.parse(
      this.encoder.decode(frame),
    ) as ErrorFrame
    return new Refusal(code, message, {
      limit,
      scope,
      until,
      reason,
      ...(field === undefined ? null : { field }),
      ...(retry_after_ms === undefined ? null : { retryAfterMs: retry_after_ms }),
    })
  }

  #gone(): void {
    const events = this.#events
    this.#events = null
    if (this.#phase === 'waiting') this.#resolve()
    this.#phase = 'ended'
    events?.onClosed(1006)
  }
}

function ignore(): void {}
