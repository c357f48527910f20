/** Most logs whose numbers are watched; beyond it the one that spoke first is forgotten. */
const MAX_LOGS = 1_000

/** Sees to it that the live entries of one connection rise in each log (MS6), so that nothing is told twice. */
export class LogOrder {
  readonly #last = new Map<string, number>()

  /** Whether this entry is a new one. */
  rises(log: string, seq: number): boolean {
    if (seq <= (this.#last.get(log) ?? 0)) return false
    this.#last.set(log, seq)
    const [oldest] = this.#last.keys()
    if (this.#last.size > MAX_LOGS && oldest !== undefined) this.#last.delete(oldest)
    return true
  }

  /** A welcome: numbers of this log may begin anew. */
  restart(log: string): void {
    this.#last.delete(log)
  }

  /** A new connection. */
  clear(): void {
    this.#last.clear()
  }
}
