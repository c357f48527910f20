/** What arrived, in order, with a reading position: tests wait for facts here instead of sleeping. */

/** Longest wait for one fact, in milliseconds. It only decides how long a failing test takes. */
const PATIENCE_MS = 60_000

export class Inbox<T> {
  readonly #items: T[] = []
  readonly #waiters = new Set<() => void>()
  readonly #show: (item: T) => string
  #position = 0
  #ended: string | undefined

  constructor(show: (item: T) => string) {
    this.#show = show
  }

  /** All that arrived, read or not. */
  get all(): readonly T[] {
    return this.#items
  }

  /** All that arrived and was not read. */
  get unread(): readonly T[] {
    return this.#items.slice(this.#position)
  }

  add(item: T): void {
    this.#items.push(item)
    this.wake()
  }

  /** Nothing more will arrive: whoever waits in vain fails at once, with this reason. */
  end(why: string): void {
    this.#ended ??= why
    this.wake()
  }

  /** Reads on to the first item that fits, and past it. */
  async next<S extends T>(fits: (item: T) => item is S, wanted: string): Promise<S>
  async next(fits: (item: T) => boolean, wanted: string): Promise<T>
  async next(fits: (item: T) => boolean, wanted: string): Promise<T> {
    let at = -1
    const from = this.#position
    await this.until(() => {
      at = this.#items.findIndex((item, index) => index >= from && fits(item))
      return at !== -1
    }, wanted)
    this.#position = at + 1
    const found = this.#items[at]
    if (found === undefined) throw new Error('unreachable')
    return found
  }

  /** Reads everything that is here now. */
  take(): readonly T[] {
    const taken = this.unread
    this.#position = this.#items.length
    return taken
  }

  /** Resolves as soon as the fact holds; it is looked at whenever something arrives. */
  async until(fact: () => boolean, wanted: string, patienceMs = PATIENCE_MS): Promise<void> {
    if (fact()) return
    const failure = (why: string): Error =>
      new Error(`${why}, while waiting for ${wanted}. The last that came: ${this.#tail()}`)
    if (this.#ended !== undefined) throw failure(this.#ended)
    await new Promise<void>((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        if (error === undefined) resolve()
        else reject(error)
      }
      const waiter = (): void => {
        if (fact()) finish()
        else if (this.#ended !== undefined) finish(failure(this.#ended))
      }
      const timer = setTimeout(() => finish(failure(`${patienceMs} ms passed`)), patienceMs)
      this.#waiters.add(waiter)
    })
  }

  /** Looks at every awaited fact again, after something else than the items has changed. */
  wake(): void {
    for (const waiter of [...this.#waiters]) waiter()
  }

  #tail(): string {
    const last = this.#items.slice(-5).map((item) => this.#show(item).slice(0, 300))
    return last.length === 0 ? 'nothing' : last.join(' | ')
  }
}
