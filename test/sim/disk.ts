import { createMemoryStore } from '../../packages/server/src/adapters/memory-store.ts'
import {
  type Appended,
  type Entry,
  type NewEntry,
  type Range,
  type Retention,
  type RoomHead,
  type Store,
  StoreUnavailable,
} from '../../packages/server/src/ports/store.ts'
import type { Chance } from './chance.ts'
import type { Coverage } from './coverage.ts'
import type { Process, World } from './world.ts'

/** Entries that one read brings when a log heals; no other reader asks for so many. */
const HEAL_PAGE = 500

/** Entries that the clients of the simulation ask for at a time; what asks for fewer or more is the core's own catching up. */
export const HISTORY_PAGE = 60

export interface DiskManners {
  /** Milliseconds from the asking to the doing, and from there to the answer. */
  readonly delay: () => number
  /** Whether reads stand in line with commits, as on one worker thread; otherwise they overtake and are overtaken. */
  readonly inLine: boolean
}

/** What outlives a crash: committed batches, in their order. */
export class Disk {
  readonly world: World
  readonly coverage: Coverage
  readonly manners: DiskManners
  store: Store = createMemoryStore()
  epoch = 'epoch-1'
  /** Virtual time until which nothing can be written or read. */
  failsUntil = 0
  /** Milliseconds by which everything takes longer, and until when. */
  slowMs = 0
  slowUntil = 0
  journal: (readonly NewEntry[])[] = []

  constructor(world: World, coverage: Coverage, manners: DiskManners) {
    this.world = world
    this.coverage = coverage
    this.manners = manners
  }

  get failing(): boolean {
    return this.world.now < this.failsUntil
  }

  commit(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    this.journal.push(batch)
    return this.store.append(batch)
  }

  /** Starts anew from the first `batches`, as an operator does who puts a backup back. */
  async restore(batches: number): Promise<void> {
    this.journal = this.journal.slice(0, batches)
    this.epoch = `epoch-${Number(this.epoch.slice(6)) + 1}`
    await this.replay((batch) => batch)
  }

  /** Builds the store anew from the journal. */
  async replay(changed: (batch: readonly NewEntry[]) => readonly NewEntry[]): Promise<void> {
    this.store = createMemoryStore()
    for (const batch of this.journal) await this.store.append(changed(batch))
  }

  async all(log: string): Promise<Entry[]> {
    const entries: Entry[] = []
    for (;;) {
      const page = await this.store.read(log, { after: entries.at(-1)?.seq ?? 0 }, 1_000)
      if (page.length === 0) return entries
      entries.push(...page)
    }
  }
}

/** The disk as one run of a server sees it. What that server dies with on the way is committed or not: chance decides. */
export class OpenDisk implements Store {
  readonly epoch: string
  readonly #disk: Disk
  readonly #process: Process
  readonly #chance: Chance
  #lastDone = 0
  #lastAnswer = 0
  /** Batches that wait to be committed. */
  #underWay: (readonly NewEntry[])[] = []

  constructor(disk: Disk, process: Process, chance: Chance) {
    this.#disk = disk
    this.#process = process
    this.#chance = chance
    this.epoch = disk.epoch
  }

  append(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    this.#underWay.push(batch)
    return this.#do(true, () => {
      this.#underWay.shift()
      if (!this.#disk.failing) return this.#disk.commit(batch).then(this.#count)
      this.#disk.coverage.note('commit refused')
      return null
    })
  }

  readonly #count = (results: readonly Appended[]): readonly Appended[] => {
    for (const { outcome } of results) {
      if (outcome === 'duplicate') this.#disk.coverage.note('ack of a repeat')
      if (outcome === 'conflict') this.#disk.coverage.note('conflict')
    }
    return results
  }

  read(log: string, range: Range, limit: number): Promise<readonly Entry[]> {
    return this.#do(this.#disk.manners.inLine, () => {
      if (this.#disk.failing) return null
      if (limit !== HISTORY_PAGE)
        this.#disk.coverage.note(limit === HEAL_PAGE ? 'healing' : 'catch-up from the store')
      return this.#disk.store.read(log, range, limit)
    })
  }

  heads(logs: readonly string[]): Promise<readonly number[]> {
    return this.#do(this.#disk.manners.inLine, () =>
      this.#disk.failing ? null : this.#disk.store.heads(logs),
    )
  }

  firsts(logs: readonly string[]): Promise<readonly number[]> {
    return this.#do(this.#disk.manners.inLine, () =>
      this.#disk.failing ? null : this.#disk.store.firsts(logs),
    )
  }

  trim(retention: Retention, limit: number): Promise<boolean> {
    return this.#do(true, () => (this.#disk.failing ? null : this.#disk.store.trim(retention, limit)))
  }

  rooms(after: string, limit: number): Promise<readonly RoomHead[]> {
    return this.#disk.store.rooms(after, limit)
  }

  async check(): Promise<void> {}

  async close(): Promise<void> {}

  /** The server is gone: of what was under way the first few batches were committed all the same. */
  async crash(): Promise<void> {
    const kept = this.#underWay.length === 0 ? 0 : this.#chance.between(0, this.#underWay.length)
    const { coverage } = this.#disk
    if (kept > 0) coverage.note('crash: in flight, committed', kept)
    if (kept < this.#underWay.length) coverage.note('crash: in flight, not committed')
    for (const batch of this.#underWay.slice(0, kept)) await this.#disk.commit(batch)
    this.#underWay = []
  }

  /** Does something in a while, in line or not, and answers a while later. `null` means that it cannot be done. */
  #do<T>(inLine: boolean, work: () => Promise<T> | null): Promise<T> {
    const { world, manners, slowMs, slowUntil } = this.#disk
    const delay = (): number => manners.delay() + (world.now < slowUntil ? slowMs : 0)
    let at = world.now + delay()
    if (inLine) this.#lastDone = at = Math.max(at, this.#lastDone)
    return new Promise((resolve, reject) => {
      world.plan(at, () => {
        if (this.#process.dead) return
        const result = work()
        let answerAt = world.now + delay()
        if (inLine) this.#lastAnswer = answerAt = Math.max(answerAt, this.#lastAnswer)
        this.#process.post(answerAt, () =>
          result === null ? reject(new StoreUnavailable('The disk is full.')) : resolve(result),
        )
      })
    })
  }
}
