import type { ServerMessageOf } from '@roomful/protocol'
import { ClientError, unanswered } from './client-error.ts'
import type { Clock } from './environment.ts'

/** Milliseconds until a request without an answer fails with `timeout`. */
export const REQUEST_TIMEOUT_MS = 15_000

/** Most requests under way. One more fails with `rate_limited`. */
export const MAX_PENDING = 1_000

/** What answers a request, and by what it is found: an ack by `client_id`, history by `request_id`, the others by room in NFC. */
export type AnswerType = 'ack' | 'history' | 'system' | 'confirmation' | 'status'
type Answer = ServerMessageOf<AnswerType>

interface Waiting {
  readonly type: AnswerType
  readonly key: string
  /** Type of the frame that asks. */
  readonly asked: string | undefined
  readonly settle: (outcome: Answer | ClientError) => void
}

/** All requests under way. Several may wait for one answer; it is for all of them. */
export class Requests {
  readonly #clock: Clock
  readonly #waiting = new Set<Waiting>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits for an answer. Throws when too many wait. */
  add<T extends AnswerType>(type: T, key: string, asked: string | undefined): Promise<ServerMessageOf<T>> {
    if (this.#waiting.size >= MAX_PENDING) throw unanswered('rate_limited')
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        type,
        key,
        asked,
        settle: (outcome) => {
          cancelTimeout()
          this.#waiting.delete(waiting)
          if (outcome instanceof ClientError) reject(outcome)
          else resolve(outcome as ServerMessageOf<T>)
        },
      }
      const cancelTimeout = this.#clock.after(REQUEST_TIMEOUT_MS, () => waiting.settle(unanswered('timeout')))
      this.#waiting.add(waiting)
    })
  }

  /** Returns whether anybody waited for it. */
  answer(message: Answer, key: string | undefined): boolean {
    return this.#settle(message, message.type, key)
  }

  fail(error: ClientError, type: AnswerType, key: string): boolean {
    return this.#settle(error, type, key)
  }

  /** Gives a refusal to the request that it answers. Returns false when it answers none of ours. */
  refuse(error: ClientError, clientId?: string, requestId?: string, room?: string): boolean {
    const { code } = error
    if (clientId !== undefined) return this.#settle(error, 'ack', clientId)
    if (requestId !== undefined) return this.#settle(error, 'history', requestId)
    if (room !== undefined)
      return code === 'not_in_room'
        ? this.#settle(error, 'confirmation', room) || this.#settle(error, 'status', room)
        : this.#settle(error, 'system', room)
    const all = [...this.#waiting]
    if (code === 'invalid_room')
      return this.#settle(error, 'system', all.find(({ type }) => type === 'system')?.key)
    // A server that knows no edits may not say whose it refuses. Every one knows messages.
    if (code === 'unknown_type')
      return this.#settle(
        error,
        'ack',
        all.find(({ type, asked }) => type === 'ack' && asked !== 'message')?.key,
      )
    // The rate limit refuses a frame unread, so its refusal names none. It is certain only when one request is under way.
    return code === 'rate_limited' && all.length === 1 && this.failAll(error)
  }

  /** The connection is gone, or the only request is refused. */
  failAll(error: ClientError): boolean {
    for (const { settle } of this.#waiting) settle(error)
    return true
  }

  #settle(outcome: Answer | ClientError, type: AnswerType, key: string | undefined): boolean {
    const meant = [...this.#waiting].filter((waiting) => waiting.type === type && waiting.key === key)
    for (const { settle } of meant) settle(outcome)
    return meant.length > 0
  }
}
