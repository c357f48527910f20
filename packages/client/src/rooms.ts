import type { ServerMessageOf } from '@roomful/protocol'
import { ClientError } from './client-error.ts'
import type { Clock } from './environment.ts'

/** Least milliseconds between two tries to enter a room again. */
const REENTER_MS = 1_000

type Welcome = ServerMessageOf<'system'>

/** The rooms that were joined beside the one of the connection; they are entered again after a reconnect. */
export class Rooms {
  readonly #ask: (room: string) => Promise<Welcome>
  readonly #clock: Pick<Clock, 'after'>
  readonly #joined = new Set<string>()
  /** Asked for on this connection and not left since, whether or not that was answered in time. */
  readonly #wanted = new Set<string>()
  readonly #inside = new Set<string>()
  readonly #entering = new Map<string, Promise<void>>()
  readonly #returning = new Set<string>()

  /** `ask` sends a join and waits for the welcome. `clock`: that of tries on this connection. */
  constructor(clock: Pick<Clock, 'after'>, ask: (room: string) => Promise<Welcome>) {
    this.#clock = clock
    this.#ask = ask
  }

  join(room: string): Promise<Welcome> {
    this.#wanted.add(room)
    const asked = this.#ask(room)
    asked.catch((error: unknown) => {
      // An answer that comes too late is one all the same.
      if (error instanceof ClientError && error.code !== 'timeout') this.#wanted.delete(room)
    })
    const done = asked.then(noop, noop).then(() => {
      if (this.#entering.get(room) === done) this.#entering.delete(room)
    })
    this.#entering.set(room, done)
    return asked
  }

  /** The server has let us in. */
  entered(room: string): void {
    this.#joined.add(room)
    this.#inside.add(room)
  }

  /** We leave it. */
  leave(room: string): void {
    this.#wanted.delete(room)
    this.left(room)
  }

  /** The server has let us out; what was asked for since then holds. */
  left(room: string): void {
    this.#inside.delete(room)
    if (!this.#wanted.has(room)) this.#joined.delete(room)
  }

  /** Whether what the server says of it concerns us. */
  isWanted(room: string): boolean {
    return this.#wanted.has(room)
  }

  /** Whether the present connection is in it. */
  isInside(room: string): boolean {
    return this.#inside.has(room)
  }

  /** Settles when a join that is under way has its answer: what is said earlier would be refused. */
  whenEntered(room = ''): Promise<void> | undefined {
    return this.#entering.get(room)
  }

  /** Whether a join of this room is our own, which nobody asked for just now. */
  isReturning(room = ''): boolean {
    return this.#returning.has(room)
  }

  /** Enters all of them again. */
  rejoin(): void {
    for (const room of this.#joined) this.#return(room)
  }

  /** No longer online. */
  suspend(): void {
    this.#inside.clear()
    this.#wanted.clear()
  }

  /** Forgets all of them. */
  clear(): void {
    this.#joined.clear()
  }

  #return(room: string): void {
    this.#returning.add(room)
    this.join(room)
      .finally(() => this.#returning.delete(room))
      .catch((error: unknown) => {
        if (error instanceof ClientError) this.#refused(room, error)
      })
  }

  #refused(room: string, error: ClientError): void {
    // The next welcome enters it anyway.
    if (error.code === 'offline' || error.code === 'closed') return
    if (!error.retryable) return this.leave(room)
    this.#clock.after(Math.max(REENTER_MS, error.retryAfterMs ?? 0), () => {
      if (this.#joined.has(room) && !this.#returning.has(room)) this.#return(room)
    })
  }
}

function noop(): void {}
