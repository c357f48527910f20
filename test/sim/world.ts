import { nextTick } from 'node:process'
import type { Clock as ClientClock } from '../../packages/client/src/environment.ts'
import type { Clock as ServerClock } from '../../packages/server/src/ports/clock.ts'

interface Happening {
  readonly at: number
  /** Counts happenings, so that those of the same moment happen in the order in which they were planned. */
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

/** Wall clock at virtual time 0. */
export const START = Date.UTC(2026, 0, 1)

/** Lets every promise that is settled call its followers: Node empties the microtask queue before each tick. */
const promisesSettled = (): Promise<void> => new Promise(nextTick)

/** Virtual time: what is planned happens in order, each in a turn of its own, and time leaps from one to the next. */
export class World {
  now = 0
  happened = 0
  /** Is told what happens, when somebody wants to read it. */
  trace: ((line: string) => void) | null = null
  readonly #heap: Happening[] = []
  #planned = 0

  plan(at: number, run: () => void): Happening {
    const happening = { at: Math.max(at, this.now), order: this.#planned++, run, cancelled: false }
    const heap = this.#heap
    let i = heap.push(happening) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(happening, heap[parent] as Happening)) break
      heap[i] = heap[parent] as Happening
      i = parent
    }
    heap[i] = happening
    return happening
  }

  /** Lets everything happen up to `end`, or until `done` says so. */
  async run(end: number, done: () => boolean = () => false): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end && !done(); next = this.#heap[0]) {
      this.#take()
      if (next.cancelled) continue
      // Something that took its time may have moved the clock beyond what was due.
      this.now = Math.max(this.now, next.at)
      this.happened++
      next.run()
      await promisesSettled()
    }
    if (!done()) this.now = Math.max(this.now, end)
  }

  #take(): void {
    const heap = this.#heap
    const last = heap.pop() as Happening
    if (heap.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Happening, heap[child] as Happening)) child++
      if (!before(heap[child] as Happening, last)) break
      heap[i] = heap[child] as Happening
      i = child
    }
    heap[i] = last
  }
}

function before(a: Happening, b: Happening): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at
}

/**
 * One process: a server or a client with its event loop. Frozen, nothing happens in it, and what was due happens when it goes on.
 * Dead, nothing happens in it ever again.
 */
export class Process {
  readonly world: World
  dead = false
  frozen = false
  /** Milliseconds by which its wall clock is off. */
  wallOffset = 0
  /** A hidden tab: until this time its timers run at whole minutes only. */
  throttledUntil = 0
  /** Timers that were set and have neither run nor been called off. */
  timers = 0
  #late: (() => void)[] = []

  constructor(world: World) {
    this.world = world
  }

  /** An event for this process. */
  post(at: number, run: () => void): void {
    this.world.plan(at, () => this.#happen(run))
  }

  freeze(): void {
    this.frozen = true
  }

  thaw(): void {
    this.frozen = false
    const late = this.#late
    this.#late = []
    for (const run of late) this.post(this.world.now, run)
  }

  #happen(run: () => void): void {
    if (this.dead) return
    if (this.frozen) this.#late.push(run)
    else run()
  }

  after(ms: number, task: () => void): () => void {
    let pending = true
    this.timers++
    const end = (): void => {
      if (pending) this.timers--
      pending = false
    }
    const run = (): void => {
      if (!pending) return
      const { now } = this.world
      if (now < this.throttledUntil && now % MINUTE_MS !== 0)
        return this.post(Math.min(this.throttledUntil, Math.ceil(now / MINUTE_MS) * MINUTE_MS), run)
      end()
      task()
    }
    this.post(this.world.now + ms, run)
    return end
  }

  every(ms: number, task: () => void): () => void {
    let cancel = (): void => {}
    const again = (): void => {
      cancel = this.after(ms, () => {
        again()
        task()
      })
    }
    again()
    return () => cancel()
  }

  clientClock(): ClientClock {
    const { world } = this
    return {
      now: () => START + world.now + this.wallOffset,
      monotonic: () => world.now,
      after: (ms, task) => this.after(ms, task),
    }
  }

  serverClock(): ServerClock {
    return {
      ...this.clientClock(),
      idle: () => this.world.now,
      every: (ms, task) => this.every(ms, task),
      // Everything else that is due at this moment belongs to the same turn.
      endOfTurn: (task) => this.post(this.world.now, task),
    }
  }
}

const MINUTE_MS = 60_000
