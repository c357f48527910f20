import type { Clock } from '../src/environment.ts'

interface Task {
  readonly due: number
  readonly run: () => void
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #monotonic = 0
  #tasks: Task[] = []
  /** Wall clock at start: 2024-01-01T00:00:00Z. */
  #wallOffset = 1_704_067_200_000

  now(): number {
    return this.#wallOffset + this.#monotonic
  }

  monotonic(): number {
    return this.#monotonic
  }

  after(ms: number, run: () => void): () => void {
    const task: Task = { due: this.#monotonic + ms, run }
    this.#tasks.push(task)
    return () => {
      this.#tasks = this.#tasks.filter((each) => each !== task)
    }
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#tasks.length
  }

  /** Goes on by `ms`; every timer runs at its time. */
  advance(ms: number): void {
    const end = this.#monotonic + ms
    for (let task = this.#next(end); task !== undefined; task = this.#next(end)) {
      this.#monotonic = Math.max(this.#monotonic, task.due)
      this.#take(task)
    }
    this.#monotonic = end
  }

  /** Jumps by `ms` as a sleeping device does: timers that fell due run late, all at the end. */
  sleep(ms: number): void {
    this.#monotonic += ms
    const late = this.#tasks.filter((task) => task.due <= this.#monotonic)
    for (const task of late) if (this.#tasks.includes(task)) this.#take(task)
  }

  /** Sets the wall clock by `ms`, as a time server does; nothing else moves. */
  stepWall(ms: number): void {
    this.#wallOffset += ms
  }

  #next(end: number): Task | undefined {
    const [first] = this.#tasks.filter((task) => task.due <= end).sort((a, b) => a.due - b.due)
    return first
  }

  #take(task: Task): void {
    this.#tasks = this.#tasks.filter((each) => each !== task)
    task.run()
  }
}
