import type { First } from './repeated.ts'

interface LetGo extends First {
  readonly log: string
  readonly clientId: string
  readonly at: number
}

/** Client ids of entries that the memory store has removed. */
export class LetGoIds {
  readonly #max: number
  /** Those of the oldest entries first. */
  readonly #ids: LetGo[] = []
  readonly #byLog = new Map<string, Map<string, LetGo>>()

  constructor(max: number) {
    this.#max = max
  }

  /** What had this client id in a log. */
  first(log: string, clientId: string): First | undefined {
    return this.#byLog.get(log)?.get(clientId)
  }

  note(gone: LetGo): void {
    let [low, high] = [0, this.#ids.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ids[middle] as LetGo).at <= gone.at) low = middle + 1
      else high = middle
    }
    this.#ids.splice(low, 0, gone)
    const ofLog = this.#byLog.get(gone.log) ?? new Map<string, LetGo>()
    this.#byLog.set(gone.log, ofLog.set(gone.clientId, gone))
  }

  /** Forgets those of entries with `at` before a time and those that are too many, at most `limit`; answers whether that was all. */
  forget(before: number | null, limit: number): boolean {
    const ids = this.#ids
    let due = Math.max(0, ids.length - this.#max)
    if (before !== null) while (due < ids.length && (ids[due] as LetGo).at < before) due++
    for (const { log, clientId } of ids.splice(0, Math.min(due, limit))) {
      const ofLog = this.#byLog.get(log)
      ofLog?.delete(clientId)
      if (ofLog?.size === 0) this.#byLog.delete(log)
    }
    return due < limit
  }
}
