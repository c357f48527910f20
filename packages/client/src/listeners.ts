/** Those who listen to one kind of event. */
export class Listeners<T> {
  readonly #all = new Set<{ readonly call: (event: T) => void }>()
  readonly #queue: T[] = []
  #emitting = false

  /** Listens until the returned function is called. The same function added twice is called twice. */
  readonly add = (listener: (event: T) => void): (() => void) => {
    const entry = { call: listener }
    this.#all.add(entry)
    return () => {
      this.#all.delete(entry)
    }
  }

  /**
   * Tells everybody, in order of arrival. An event emitted by a listener is told after the present one, so all hear the
   * same order. A listener that throws disturbs nobody; its error surfaces as an uncaught one.
   */
  emit(event: T): void {
    this.#queue.push(event)
    if (this.#emitting) return
    this.#emitting = true
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#tell(next)
    this.#emitting = false
  }

  #tell(event: T): void {
    for (const entry of [...this.#all]) {
      if (!this.#all.has(entry)) continue
      try {
        entry.call(event)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
