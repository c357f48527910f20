/** Questions to another process, each answered by a message with its number. */
export class Questions<Answer> {
  readonly #pending = new Map<number, (answer: Answer | null) => void>()
  readonly #withinMs: number
  #lastNumber = 0

  /** `withinMs`: milliseconds after which a question counts as not answered. */
  constructor(withinMs: number) {
    this.#withinMs = withinMs
  }

  /** `null` when no answer came in time. */
  ask(send: (number: number) => void): Promise<Answer | null> {
    const number = ++this.#lastNumber
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#settle(number, null), this.#withinMs)
      this.#pending.set(number, (answer) => {
        clearTimeout(late)
        resolve(answer)
      })
      send(number)
    })
  }

  /** One that comes too late is dropped. */
  answered(number: number, answer: Answer): void {
    this.#settle(number, answer)
  }

  #settle(number: number, answer: Answer | null): void {
    const settle = this.#pending.get(number)
    this.#pending.delete(number)
    settle?.(answer)
  }
}
