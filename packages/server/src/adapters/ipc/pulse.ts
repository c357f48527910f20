import type { Clock } from '../../ports/clock.ts'

/** Milliseconds between two signs of life of a worker, and between two looks of its parent. */
export const ALIVE_EVERY_MS = 2_000

/** Milliseconds without a sign of life after which a worker counts as hung. Its lease has ended by then, so nobody waits for its names. */
export const HUNG_MS = 15_000

/** Milliseconds between two looks from which on the one who looks may have stood still itself. */
const BREAK_MS = 3 * ALIVE_EVERY_MS

/** When each of several processes gave its last sign of life. */
export class Pulse<Worker> {
  readonly #clock: Clock
  /** In monotonic milliseconds. */
  readonly #heard = new Map<Worker, number>()
  #lookedAt: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#lookedAt = clock.monotonic()
  }

  /** A sign of life; the first one begins the watch. */
  hear(worker: Worker): void {
    this.#heard.set(worker, this.#clock.monotonic())
  }

  delete(worker: Worker): void {
    this.#heard.delete(worker)
  }

  /** Those that are hung. To be asked every `ALIVE_EVERY_MS`: who comes later may have heard nothing because it stood still, and waits anew. */
  hung(): Worker[] {
    const now = this.#clock.monotonic()
    const stoodStill = now - this.#lookedAt > BREAK_MS
    this.#lookedAt = now
    if (stoodStill) for (const worker of this.#heard.keys()) this.#heard.set(worker, now)
    return [...this.#heard].filter(([, at]) => now - at > HUNG_MS).map(([worker]) => worker)
  }
}
