import type { Clock } from '../src/ports/clock.ts'

interface Timer {
  at: number
  everyMs: number | null
  task: () => void
}

/** A clock that moves when the test moves it. Ends of turns run when the test ends the turn. */
export class ManualClock implements Clock {
  #now: number
  #busyMs = 0
  /** Whether time that passes between tasks is idle; otherwise there is always something to do. */
  rests = true
  /** What the wall clock is ahead of the monotonic one. */
  #leapt = 0
  #timers: Timer[] = []
  #turn: (() => void)[] = []

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start
  }

  now(): number {
    return this.#now + this.#leapt
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#timers.length
  }

  /** The wall clock is set forward or back; no time passes. */
  leap(ms: number): void {
    this.#leapt += ms
  }

  monotonic(): number {
    return this.#now
  }

  idle(): number {
    return this.#now - this.#busyMs
  }

  every(ms: number, task: () => void): () => void {
    return this.#add({ at: this.#now + ms, everyMs: ms, task })
  }

  after(ms: number, task: () => void): () => void {
    return this.#add({ at: this.#now + ms, everyMs: null, task })
  }

  endOfTurn(task: () => void): void {
    this.#turn.push(task)
  }

  /** Time that passes while something is being done: no timer runs. */
  pass(ms: number): void {
    this.#now += ms
    this.#busyMs += ms
  }

  #add(timer: Timer): () => void {
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Ends turns until nothing is left to do in them. Waits for promises in between. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      const tasks = this.#turn.splice(0)
      for (const task of tasks) task()
      // A promise chain of the core is a handful of microtasks long.
      for (let i = 0; i < 20; i++) await Promise.resolve()
      quiet = tasks.length === 0 && this.#turn.length === 0 ? quiet + 1 : 0
    }
  }

  /** Lets time pass, and everything happen that is due in it. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#moveTo(Math.max(this.#now, next.at))
      if (next.everyMs === null) this.#timers = this.#timers.filter((timer) => timer !== next)
      else next.at += next.everyMs
      next.task()
      await this.settle()
    }
    this.#moveTo(end)
    await this.settle()
  }

  #moveTo(at: number): void {
    if (!this.rests) this.#busyMs += at - this.#now
    this.#now = at
  }
}
