import type { Clock } from '../ports/clock.ts'
import type { Entry, Store } from '../ports/store.ts'
import type { Tracer } from '../ports/tracer.ts'
import type { FanOut } from './fan-out.ts'
import { deletedJson, entryFrame, isPrivateLog } from './frames.ts'
import { Log } from './log.ts'
import { LogNumbers } from './log-numbers.ts'
import type { HubOptions } from './options.ts'
import type { OutageLog } from './outage-log.ts'

/** Entries that one read brings when numbers are missing. */
const HEAL_PAGE = 500

/** Logs whose first or newest numbers are asked for at once. */
const LOGS_PAGE = 500

/** A log whose head is being read. `seen`: highest number that was committed meanwhile; the answer may be older. */
class Opening {
  seen = 0
  resolve: (log: Log) => void = () => {}
  reject: (reason: unknown) => void = () => {}
  readonly log = new Promise<Log>((resolve, reject) => {
    this.resolve = resolve
    this.reject = reject
  })
}

/** The logs that somebody here reads. Puts committed entries into them in the order of their numbers. */
export class LogBook {
  readonly #store: Store
  readonly #fanOut: FanOut
  readonly #clock: Clock
  readonly #logger: OutageLog
  readonly #tracer: Tracer | null
  readonly #tailBytes: number
  readonly #logs = new Map<string, Log>()
  readonly #opening = new Map<string, Opening>()
  readonly #numbers: LogNumbers
  /** Since the start, gaps that showed when a later entry arrived. */
  gaps = 0
  /** No other node appends to the store. */
  readonly #isAlone: boolean
  /** Of them, those that the store is asked for at the end of this turn. */
  #toLoad: string[] = []

  constructor(deps: {
    store: Store
    fanOut: FanOut
    clock: Clock
    logger: OutageLog
    /** Default: `null`, nobody asks for traces. */
    tracer?: Tracer | null
    options: Pick<HubOptions, 'tailBytes' | 'headWatchMs'>
  }) {
    this.#store = deps.store
    this.#fanOut = deps.fanOut
    this.#clock = deps.clock
    this.#numbers = new LogNumbers(deps.clock)
    this.#logger = deps.logger
    this.#tracer = deps.tracer ?? null
    this.#tailBytes = deps.options.tailBytes
    this.#isAlone = deps.options.headWatchMs === null
    // The last who left may have done so while it had something to say.
    deps.fanOut.onIdle = (log) => this.forgetIdle(log)
  }

  get(name: string): Log | undefined {
    return this.#logs.get(name)
  }

  /** Logs that somebody here reads, in no order. */
  all(): Iterable<Log> {
    return this.#logs.values()
  }

  /** Their names. */
  names(): string[] {
    return [...this.#logs.keys()]
  }

  /**
   * The log, with its head read from the store when nobody here read it just before. It is held for the caller, who calls
   * `release` when the cursor is open or is not wanted any more: two objects for one log would tear a room in two.
   * `upTo` is what `reach` is told. When it rejects, nothing is held.
   */
  async open(name: string, upTo = 0): Promise<Log> {
    const log = await this.#hold(name)
    if (upTo <= log.head) return log
    try {
      await this.reach(log, upTo)
    } catch (error) {
      this.release(log)
      throw error
    }
    return log
  }

  /**
   * Another node may have told its clients of entries that this one has not heard of: when the store has the entry `seq`, all up
   * to the newest are read from it.
   */
  async reach(log: Log, seq: number): Promise<void> {
    if (seq <= log.head) return
    const [head = 0] = await this.#store.heads([log.name])
    if (head < seq) return
    while (log.head < head && (await this.#readOn(log)));
  }

  /** Reads what comes next in a log, passing over what the store has let go of. Answers whether the log went on. */
  async #readOn(log: Log): Promise<boolean> {
    const before = log.head
    for (const entry of await this.#store.read(log.name, { after: before }, HEAL_PAGE))
      if (entry.seq === log.head + 1) this.#push(log, entry)
    if (log.head > before) return true
    const [first = 1] = await this.#store.firsts([log.name])
    if (first > log.head + 1) log.skipTo(first)
    return log.head > before
  }

  async #hold(name: string): Promise<Log> {
    const known = this.#logs.get(name)
    if (known) {
      known.holds++
      return known
    }
    const numbers = this.#numbers.take(name)
    const log =
      numbers === undefined
        ? await (this.#opening.get(name) ?? this.#begin(name)).log
        : this.create(name, numbers.head, numbers.first)
    log.holds++
    return log
  }

  #begin(name: string): Opening {
    const opening = new Opening()
    this.#opening.set(name, opening)
    if (this.#toLoad.push(name) === 1) this.#clock.endOfTurn(this.#loadAll)
    return opening
  }

  /** Ends what `open` began. */
  release(log: Log): void {
    log.holds--
    this.forgetIdle(log)
  }

  /** Hundreds come back in one turn, each with a private log: the store is asked once for all. */
  readonly #loadAll = (): void => {
    const names = this.#toLoad
    this.#toLoad = []
    for (let at = 0; at < names.length; at += LOGS_PAGE) void this.#load(names.slice(at, at + LOGS_PAGE))
  }

  async #load(names: readonly string[]): Promise<void> {
    try {
      const [heads, firsts] = await Promise.all([this.#store.heads(names), this.#store.firsts(names)])
      this.#logger.answered()
      names.forEach((name, i) => this.#loaded(name, heads[i] ?? 0, firsts[i] ?? 1))
    } catch (error) {
      // It may be one of them only: the others shall not suffer for it.
      if (names.length > 1) for (const name of names) void this.#load([name])
      else this.#failed(names[0] ?? '', error)
    }
  }

  #failed(name: string, error: unknown): void {
    this.#opening.get(name)?.reject(error)
    this.#opening.delete(name)
  }

  #loaded(name: string, head: number, first: number): void {
    const opening = this.#opening.get(name)
    this.#opening.delete(name)
    opening?.resolve(this.create(name, Math.max(head, opening.seen), first))
  }

  /** Asks anew what the store still has of the logs here. Rejects with `StoreUnavailable`. */
  async refreshFirsts(): Promise<void> {
    const logs = [...this.#logs.values()]
    for (let at = 0; at < logs.length; at += LOGS_PAGE) {
      const page = logs.slice(at, at + LOGS_PAGE)
      const firsts = await this.#store.firsts(page.map(({ name }) => name))
      page.forEach((log, i) => {
        const before = log.first
        log.first = firsts[i] ?? before
        log.tail.dropBelow(log.first)
        // The store has emptied the edits of what it let go of.
        if (log.first > before) log.tail.changeEditsBelow(log.first, deletedJson)
      })
    }
    this.#numbers.clear()
  }

  /** A log whose head is known: 0 for one that cannot exist yet. */
  create(name: string, head: number, first = 1): Log {
    const known = this.#logs.get(name)
    if (known) return known
    const log = new Log(name, head, this.#tailBytes)
    log.first = first
    this.#logs.set(name, log)
    return log
  }

  /** Forgets a log that nobody reads any more, of a private one all but its numbers; it is in the store. */
  forgetIdle(log: Log): void {
    if (!log.idle || log.dirty || this.#logs.get(log.name) !== log) return
    this.#logs.delete(log.name)
    if (this.#isAlone && log.waiting === null && isPrivateLog(log.name)) this.#numbers.keep(log.name, log)
  }

  /** The store may hold what nobody was told of: the numbers are asked for anew. */
  doubt(): void {
    this.#numbers.clear()
  }

  /** Takes a committed entry, ours or another node's: at its place, or after what is missing before it. */
  ingest(entry: Entry): void {
    const log = this.#logs.get(entry.log)
    if (!log) return this.#noteSeen(entry)
    if (entry.seq <= log.head) return
    if (log.waiting !== null) {
      log.waiting.set(entry.seq, entry)
    } else if (entry.seq === log.head + 1) {
      this.#push(log, entry)
    } else {
      log.waiting = new Map([[entry.seq, entry]])
      this.gaps++
      void this.#heal(log)
    }
  }

  #push(log: Log, entry: Entry): void {
    // Those who resume are served from the tail: the text that is gone from the store must go from there too.
    if (entry.kind === 'delete' && entry.about?.seq != null) log.tail.change(entry.about.seq, deletedJson)
    this.#tracer?.queued(entry)
    this.#fanOut.push(log, entryFrame(entry))
    log.follower?.(entry)
  }

  #noteSeen({ log, seq }: Entry): void {
    this.#numbers.drop(log)
    const opening = this.#opening.get(log)
    if (opening !== undefined) opening.seen = Math.max(opening.seen, seq)
  }

  /** Reads what lies between the head and the entries that wait. */
  async #heal(log: Log): Promise<void> {
    try {
      while (log.waiting !== null) {
        const known = log.waiting.get(log.head + 1)
        if (known) {
          log.waiting.delete(known.seq)
          this.#push(log, known)
        } else if (largest(log.waiting) <= log.head) {
          log.waiting = null
        } else if (!(await this.#readOn(log))) {
          log.waiting = null
        }
      }
    } catch (error) {
      // The next entry of this log starts the healing anew.
      log.waiting = null
      this.#logger.warn('heal_failed', { log_head: log.head }, error)
    }
  }
}

function largest(entries: ReadonlyMap<number, Entry>): number {
  let seq = 0
  for (const key of entries.keys()) if (key > seq) seq = key
  return seq
}
