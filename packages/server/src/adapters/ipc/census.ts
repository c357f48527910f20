import type { Census } from '../../ports/census.ts'

/** Milliseconds between two tellings: so long, and the way, may a limit be exceeded by those who come meanwhile. */
export const TELL_EVERY_MS = 100

/** Calls `tell` at most every `TELL_EVERY_MS` milliseconds, however often it is asked to, the last time behind all of them. */
function paced(tell: () => void): () => void {
  let isAsked = false
  let isResting = false
  const rested = (): void => {
    isResting = false
    if (isAsked) now()
  }
  const now = (): void => {
    isAsked = false
    isResting = true
    setTimeout(rested, TELL_EVERY_MS).unref()
    tell()
  }
  return () => {
    isAsked = true
    if (!isResting) now()
  }
}

/** A worker's: `send` takes the number here to the parent. */
export class WorkerCensus implements Census {
  elsewhere = 0
  #here = 0
  readonly #tell: () => void

  constructor(send: (here: number) => void) {
    this.#tell = paced(() => send(this.#here))
  }

  tell(here: number): void {
    this.#here = here
    this.#tell()
  }
}

/** The parent's: what each worker has told, and for each the sum of the others. */
export class Tally<Worker> {
  readonly #counts = new Map<Worker, number>()
  readonly #tellAll: () => void

  constructor(send: (worker: Worker, elsewhere: number) => void) {
    this.#tellAll = paced(() => {
      const all = [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
      for (const [worker, count] of this.#counts) send(worker, all - count)
    })
  }

  set(worker: Worker, count: number): void {
    this.#counts.set(worker, count)
    this.#tellAll()
  }

  delete(worker: Worker): void {
    if (this.#counts.delete(worker)) this.#tellAll()
  }
}
