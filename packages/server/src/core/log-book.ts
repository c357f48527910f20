import type { Logger } from '../ports/logger.ts'
import type { Entry, Store } from '../ports/store.ts'
import type { FanOut } from './fan-out.ts'
import { deletedJson, entryFrame } from './frames.ts'
import { Log } from './log.ts'

/** Entries that one read brings when numbers are missing. */
const HEAL_PAGE = 500

/** Logs whose first numbers are asked for at once. */
const REFRESH_PAGE = 500

/** A log whose head is being read. `seen`: highest number that was committed meanwhile; the answer may be older. */
interface Opening {
  readonly log: Promise<Log>
  seen: number
}

/** The logs that somebody here reads. Puts committed entries into them in the order of their numbers. */
export class LogBook {
  readonly #store: Store
  readonly #fanOut: FanOut
  readonly #logger: Logger
  readonly #tailBytes: number
  readonly #logs = new Map<string, Log>()
  readonly #opening = new Map<string, Opening>()

  constructor(deps: { store: Store; fanOut: FanOut; logger: Logger; tailBytes: number }) {
    this.#store = deps.store
    this.#fanOut = deps.fanOut
    this.#logger = deps.logger
    this.#tailBytes = deps.tailBytes
    // The last who left may have done so while it had something to say.
    deps.fanOut.onIdle = (log) => this.forgetIdle(log)
  }

  get(name: string): Log | undefined {
    return this.#logs.get(name)
  }

  /** Of all logs that somebody here reads. */
  names(): string[] {
    return [...this.#logs.keys()]
  }

  /**
   * The log, with its head read from the store when nobody here read it before. It is held for the caller, who calls
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
    const opening = this.#opening.get(name) ?? this.#begin(name)
    const log = await opening.log
    log.holds++
    return log
  }

  #begin(name: string): Opening {
    const opening = { log: this.#load(name), seen: 0 }
    this.#opening.set(name, opening)
    return opening
  }

  /** Ends what `open` began. */
  release(log: Log): void {
    log.holds--
    this.forgetIdle(log)
  }

  async #load(name: string): Promise<Log> {
    try {
      const [[head], [first]] = await Promise.all([this.#store.heads([name]), this.#store.firsts([name])])
      const log = this.create(name, Math.max(head ?? 0, this.#opening.get(name)?.seen ?? 0))
      log.first = first ?? 1
      return log
    } finally {
      this.#opening.delete(name)
    }
  }

  /** Asks anew what the store still has of the logs here. Rejects with `StoreUnavailable`. */
  async refreshFirsts(): Promise<void> {
    const logs = [...this.#logs.values()]
    for (let at = 0; at < logs.length; at += REFRESH_PAGE) {
      const page = logs.slice(at, at + REFRESH_PAGE)
      const firsts = await this.#store.firsts(page.map(({ name }) => name))
      page.forEach((log, i) => {
        const before = log.first
        log.first = firsts[i] ?? before
        log.tail.dropBelow(log.first)
        // The store has emptied the edits of what it let go of.
        if (log.first > before) log.tail.changeEditsBelow(log.first, deletedJson)
      })
    }
  }

  /** A log whose head is known: 0 for one that cannot exist yet. */
  create(name: string, head: number): Log {
    const log = this.#logs.get(name) ?? new Log(name, head, this.#tailBytes)
    this.#logs.set(name, log)
    return log
  }

  /** Forgets a log that nobody reads any more; it is in the store. */
  forgetIdle(log: Log): void {
    if (log.idle && !log.dirty && this.#logs.get(log.name) === log) this.#logs.delete(log.name)
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
      void this.#heal(log)
    }
  }

  #push(log: Log, entry: Entry): void {
    // Those who resume are served from the tail: the text that is gone from the store must go from there too.
    if (entry.kind === 'delete' && entry.about?.seq != null) log.tail.change(entry.about.seq, deletedJson)
    this.#fanOut.push(log, entryFrame(entry))
  }

  #noteSeen({ log, seq }: Entry): void {
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
