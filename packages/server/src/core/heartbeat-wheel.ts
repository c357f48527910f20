import type { Clock } from '../ports/clock.ts'

/** What the wheel turns: something that wants to be looked at again. */
export interface Beating {
  /** Slot it is in, -1 outside. Only the wheel writes it. */
  slot: number
}

/**
 * One timer for all connections. Time here is counted in ticks of the wheel: when the process was stopped or the event loop was
 * blocked, that time did not pass, so nobody is given up for a silence that was our own.
 */
export class HeartbeatWheel<T extends Beating> {
  readonly tickMs: number
  readonly #slots: Set<T>[]
  readonly #look: (item: T, now: number) => number
  readonly #stop: () => void
  #index = 0
  /** Milliseconds of wheel time since the start. */
  now = 0

  /** `look` returns in how many milliseconds it wants to see the item again, at most `horizonMs`; 0 lets go of it. */
  constructor(clock: Clock, tickMs: number, horizonMs: number, look: (item: T, now: number) => number) {
    this.tickMs = tickMs
    this.#slots = Array.from({ length: Math.ceil(horizonMs / tickMs) + 2 }, () => new Set<T>())
    this.#look = look
    this.#stop = clock.every(tickMs, this.tick)
  }

  add(item: T, inMs: number): void {
    const ticks = Math.min(Math.max(1, Math.ceil(inMs / this.tickMs)), this.#slots.length - 1)
    item.slot = (this.#index + ticks) % this.#slots.length
    this.#slot(item.slot).add(item)
  }

  remove(item: T): void {
    if (item.slot < 0) return
    this.#slot(item.slot).delete(item)
    item.slot = -1
  }

  readonly tick = (): void => {
    this.now += this.tickMs
    this.#index = (this.#index + 1) % this.#slots.length
    const due = this.#slot(this.#index)
    if (due.size === 0) return
    this.#slots[this.#index] = new Set()
    for (const item of due) {
      if (item.slot !== this.#index) continue
      item.slot = -1
      const inMs = this.#look(item, this.now)
      if (inMs > 0 && item.slot < 0) this.add(item, inMs)
    }
  }

  stop(): void {
    this.#stop()
  }

  #slot(index: number): Set<T> {
    return this.#slots[index] as Set<T>
  }
}
