import type { ServerMessageOf } from '@roomful/protocol'
import { ClientError, refusedBy } from './client-error.ts'
import type { Clock } from './environment.ts'

/** Milliseconds until a request without an answer fails with `timeout`. */
export const REQUEST_TIMEOUT_MS = 15_000

/** Most requests of one kind under way. One more fails with `rate_limited`. */
export const MAX_PENDING = 1_000

interface Waiting<T> {
  readonly resolve: (answer: T) => void
  readonly reject: (error: ClientError) => void
  readonly cancelTimeout: () => void
}

/** Requests of one kind that wait for their answer, by the key that the answer will carry. */
export class Pending<T> {
  readonly #clock: Clock
  readonly #waiting = new Map<string, Waiting<T>[]>()
  #size = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#size
  }

  /** Waits. Several may wait under one key; one answer is for all of them. Throws when too many wait. */
  add(key: string): Promise<T> {
    if (this.#size >= MAX_PENDING)
      throw new ClientError('rate_limited', 'Too many requests are under way.', { retryable: true })
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.#clock.after(REQUEST_TIMEOUT_MS, () => {
        const rest = (this.#waiting.get(key) ?? []).filter((each) => each !== waiting)
        if (rest.length === 0) this.#waiting.delete(key)
        else this.#waiting.set(key, rest)
        this.#size -= 1
        reject(new ClientError('timeout', 'The server did not answer in time.', { retryable: true }))
      })
      const waiting: Waiting<T> = { resolve, reject, cancelTimeout }
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), waiting])
      this.#size += 1
    })
  }

  /** Returns whether anybody waited for it. */
  resolve(key: string, answer: T): boolean {
    return this.#settle(key, (waiting) => waiting.resolve(answer))
  }

  reject(key: string, error: ClientError): boolean {
    return this.#settle(key, (waiting) => waiting.reject(error))
  }

  rejectAll(error: ClientError): void {
    for (const key of [...this.#waiting.keys()]) this.reject(key, error)
  }

  /** Rejects those under the key that has waited longest. */
  rejectOldest(error: ClientError): boolean {
    const [oldest] = this.#waiting.keys()
    return oldest !== undefined && this.reject(oldest, error)
  }

  #settle(key: string, settle: (waiting: Waiting<T>) => void): boolean {
    const all = this.#waiting.get(key)
    if (all === undefined) return false
    this.#waiting.delete(key)
    this.#size -= all.length
    for (const waiting of all) {
      waiting.cancelTimeout()
      settle(waiting)
    }
    return true
  }
}

/** All requests under way. Rooms are named in NFC, as the server answers. */
export class Requests {
  /** By `client_id`. */
  readonly acks: Pending<ServerMessageOf<'ack'>>
  /** By `request_id`. */
  readonly histories: Pending<ServerMessageOf<'history'>>
  /** By room; so are the next two. */
  readonly joins: Pending<ServerMessageOf<'system'>>
  readonly leaves: Pending<ServerMessageOf<'confirmation'>>
  readonly statuses: Pending<ServerMessageOf<'status'>>
  readonly #all: readonly Pick<Pending<unknown>, 'size' | 'rejectAll' | 'rejectOldest'>[]

  constructor(clock: Clock) {
    this.acks = new Pending(clock)
    this.histories = new Pending(clock)
    this.joins = new Pending(clock)
    this.leaves = new Pending(clock)
    this.statuses = new Pending(clock)
    this.#all = [this.acks, this.histories, this.joins, this.leaves, this.statuses]
  }

  /** Gives a refusal to the request that it answers. Returns false when it answers none of ours. */
  refuse(frame: ServerMessageOf<'error'>): boolean {
    const error = refusedBy(frame)
    const { client_id, request_id } = frame
    if (client_id !== undefined) return this.acks.reject(client_id, error)
    if (request_id !== undefined) return this.histories.reject(request_id, error)
    if (frame.room !== undefined) return this.#refuseRoom(frame.room, frame.code, error)
    if (frame.code === 'invalid_room') return this.joins.rejectOldest(error)
    // The rate limit refuses a frame unread, so its refusal names none. It is certain only when one request is under way.
    if (frame.code === 'rate_limited' && this.#size === 1)
      return this.#all.some((pending) => pending.rejectOldest(error))
    return false
  }

  /** The answer came and could not be understood. */
  garbled(clientId: string | undefined, requestId: string | undefined): void {
    const error = new ClientError('bad_frame', 'The answer of the server makes no sense.', {
      retryable: true,
    })
    if (clientId !== undefined) this.acks.reject(clientId, error)
    if (requestId !== undefined) this.histories.reject(requestId, error)
  }

  /** The connection is gone. */
  abandon(): void {
    const error = new ClientError('closed', 'The connection ended before the answer.', { retryable: true })
    for (const pending of this.#all) pending.rejectAll(error)
  }

  get #size(): number {
    return this.#all.reduce((size, pending) => size + pending.size, 0)
  }

  #refuseRoom(room: string, code: string, error: ClientError): boolean {
    if (code === 'not_in_room') return this.leaves.reject(room, error) || this.statuses.reject(room, error)
    return this.joins.reject(room, error)
  }
}
