import type { Bus, Signal, Usage } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'

/** Milliseconds between two hints with signals, unless there were none for so long. */
const INTERVAL_MS = 500

/** Signals that wait for the next hint; further ones are lost. */
const MAX_WAITING = 5_000

/** Tells the other nodes what the people of this one do at this moment: of each person and log the newest, a few times a second. */
export class SignalShare {
  readonly #bus: Bus
  readonly #clock: Clock
  readonly #waiting = new Map<string, Exclude<Signal, Usage>>()
  #toldAt = -Infinity
  #endTimer: (() => void) | null = null

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus
    this.#clock = clock
  }

  tell(signal: Exclude<Signal, Usage>): void {
    const key = `${signal.kind} ${signal.person} ${signal.log}`
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(key)) return
    this.#waiting.set(key, signal)
    if (this.#endTimer !== null) return
    const inMs = Math.max(0, this.#toldAt + INTERVAL_MS - this.#clock.monotonic())
    this.#endTimer = this.#clock.after(inMs, () => this.#publish())
  }

  stop(): void {
    this.#endTimer?.()
  }

  #publish(): void {
    this.#endTimer = null
    this.#toldAt = this.#clock.monotonic()
    const signals = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#bus.publish({ signals })
  }
}
