import { type Appended, type NewEntry, NOBODY } from '../ports/store.ts'
import type { Account } from './account.ts'
import type { Excess, Limits } from './limits.ts'
import type { LogBook } from './log-book.ts'

/** A log whose first entry may be on its way. */
interface Beginning {
  /** Those that pay for it, when it begins. */
  readonly accounts: readonly Account[]
  /** Entries of it that are not settled. */
  underWay: number
}

type Places = Pick<NewEntry, 'kind' | 'log' | 'copy'>

/** LI12: whoever says the first entry of a log pays for it before it is handed over, and gets that back when nothing began. */
export class NewLogs {
  readonly #logs: LogBook
  readonly #limits: Limits
  readonly #beginnings = new Map<string, Beginning>()

  constructor(deps: { logs: LogBook; limits: Limits }) {
    this.#logs = deps.logs
    this.#limits = deps.limits
  }

  /**
   * Something is to be said, paid by these accounts. Answers what was reached; with `null`, `settled` has to be called for it. A log that nobody here reads
   * counts as a new one until then.
   */
  begin(accounts: readonly Account[], entry: Places): Excess | null {
    const empty = placesOf(entry).filter((name) => !this.#hasBegun(name))
    if (empty.length === 0) return null
    const unpaid = empty.filter((name) => !this.#beginnings.has(name))
    const excess = unpaid.length === 0 ? null : this.#limits.take({ accounts }, 'logs', unpaid.length)
    if (excess !== null) return excess
    for (const name of empty) {
      const beginning = this.#beginnings.get(name)
      if (beginning === undefined) this.#beginnings.set(name, { accounts: [...accounts], underWay: 1 })
      else beginning.underWay++
    }
    return null
  }

  /** What became of it. */
  settled(entry: Places, result: Appended | null): void {
    if (this.#beginnings.size === 0) return
    const appended = result?.outcome === 'appended' ? result : null
    for (const name of placesOf(entry))
      this.#settle(name, appended && (name === entry.log ? appended.seq : appended.copySeq))
  }

  #hasBegun(name: string): boolean {
    const log = this.#logs.get(name)
    return log !== undefined && log.head > 0
  }

  /** `seq`: number of what was appended; `null` when nothing was. */
  #settle(name: string, seq: number | null): void {
    const beginning = this.#beginnings.get(name)
    if (beginning === undefined) return
    beginning.underWay--
    // The next one under way may begin it, whoever says it: that is paid.
    if (seq === null && beginning.underWay > 0) return
    this.#beginnings.delete(name)
    if (seq !== 1) this.#limits.giveBack(beginning, 'logs', 1)
  }
}

/** The logs that an entry may begin: only what is said begins one. */
function placesOf({ kind, log, copy }: Places): readonly string[] {
  if (copy === NOBODY || (kind !== 'message' && kind !== 'private')) return []
  return copy === null ? [log] : [log, copy]
}
