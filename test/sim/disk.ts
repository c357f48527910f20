import { createMemoryStore } from '../../packages/server/src/adapters/memory-store.ts'
import {
  type Appended,
  type Entry,
  type NewEntry,
  NOBODY,
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

/** What was done to a disk: a batch committed, or old entries removed. */
type Step = readonly NewEntry[] | { readonly retention: Retention; readonly limit: number }

/** What outlives a crash: what was done, in its order. Of what retention has removed it keeps a copy for the judge. */
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
  journal: Step[] = []
  /** By log: what was removed from it, as it was then. */
  #removed = new Map<string, Entry[]>()

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
    return this.#append(batch)
  }

  trim(retention: Retention, limit: number): Promise<boolean> {
    this.journal.push({ retention, limit })
    return this.#trim(retention, limit)
  }

  /** Number of the oldest entry that a log still has. */
  firstOf(log: string): number {
    return (this.#removed.get(log)?.length ?? 0) + 1
  }

  /** Starts anew from a share of what was done, as an operator does who puts a backup back. Answers the ids of the entries that are lost. */
  async restore(share: number): Promise<string[]> {
    const kept = Math.floor(this.journal.length * share)
    const lost = this.journal.slice(kept).flatMap((step) => ('retention' in step ? [] : step))
    this.journal = this.journal.slice(0, kept)
    this.epoch = `epoch-${Number(this.epoch.slice(6)) + 1}`
    await this.replay((batch) => batch)
    return lost.map(({ id }) => id)
  }

  /** Builds the store anew from the journal. */
  async replay(changed: (batch: readonly NewEntry[]) => readonly NewEntry[]): Promise<void> {
    this.store = createMemoryStore()
    this.#removed = new Map()
    for (const step of this.journal)
      if ('retention' in step) await this.#trim(step.retention, step.limit)
      else await this.#append(changed(step))
  }

  #append(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    for (const { log, copy } of batch)
      for (const name of [log, copy ?? NOBODY])
        if (name !== NOBODY && !this.#removed.has(name)) this.#removed.set(name, [])
    return this.store.append(batch)
  }

  async #trim(retention: Retention, limit: number): Promise<boolean> {
    const logs = [...this.#removed]
    const oldest = await Promise.all(
      logs.map(([log, { length }]) => this.store.read(log, { after: length }, limit)),
    )
    const isDone = await this.store.trim(retention, limit)
    const firsts = await this.store.firsts(logs.map(([log]) => log))
    logs.forEach(([, removed], i) => {
      const gone = (oldest[i] ?? []).filter(({ seq }) => seq < (firsts[i] ?? 1))
      removed.push(...gone)
      if (gone.length > 0) this.coverage.note('let go', gone.length)
    })
    return isDone
  }

  /** All that a log ever had. */
  async all(log: string): Promise<Entry[]> {
    const entries = [...(this.#removed.get(log) ?? [])]
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
      if (!this.#disk.failing) return this.#disk.commit(batch).then((results) => this.#count(batch, results))
      this.#disk.coverage.note('commit refused')
      return null
    })
  }

  #count(batch: readonly NewEntry[], results: readonly Appended[]): readonly Appended[] {
    const { coverage } = this.#disk
    results.forEach((result, i) => {
      if (result.outcome === 'conflict') coverage.note('conflict')
      if (result.outcome !== 'duplicate') return
      coverage.note('ack of a repeat')
      if (result.seq < this.#disk.firstOf(batch[i]?.log ?? '')) coverage.note('ack of what was let go')
    })
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
    return this.#do(true, () => (this.#disk.failing ? null : this.#disk.trim(retention, limit)))
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
