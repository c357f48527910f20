/** Most markers that are kept; beyond it the one that was raised the longest ago is forgotten. */
const MAX_MARKERS = 100_000

/** Up to which entry each person has read each log, as they said: in memory, until the server ends. */
export class ReadMarkers {
  readonly #seqs = new Map<string, number>()
  readonly #limit: number

  constructor(limit = MAX_MARKERS) {
    this.#limit = limit
  }

  /** 0 for a person who never said so. */
  of(personId: string, log: string): number {
    return this.#seqs.get(keyOf(personId, log)) ?? 0
  }

  /** Returns false when the person has read further already. */
  raise(personId: string, log: string, seq: number): boolean {
    const key = keyOf(personId, log)
    if ((this.#seqs.get(key) ?? 0) >= seq) return false
    this.#seqs.delete(key)
    this.#seqs.set(key, seq)
    if (this.#seqs.size > this.#limit)
      for (const oldest of this.#seqs.keys()) {
        this.#seqs.delete(oldest)
        break
      }
    return true
  }
}

function keyOf(personId: string, log: string): string {
  return `${personId} ${log}`
}
