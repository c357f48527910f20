/** What is wrong beyond what the checker of client records can see. */
export const FAULTS = [
  /** A connection was sent what it should not have been, or not what it should. */
  'wire',
  /** A message was refused for good, and is in the log. */
  'refused yet stored',
  /** A client was told of a gap although nothing is gone. */
  'false gap',
  /** Something that must come to rest did not. */
  'stuck',
  /** A timer, listener or connection was left behind. */
  'leak',
  /** More waits for one peer than may. */
  'unbounded',
  /** A rejected promise that nobody handled, or an error that the core logged as its own. */
  'error',
  /** The server did not keep to what it said of a request. */
  'answer',
  /** The outbox took something and never told its end: not sent, not failed with its text, not thrown away by who gave it. */
  'lost',
  /** What was deleted has a text, or what was not has none. */
  'deletion',
  /** The outbox did not keep the order of its entries. */
  'order',
] as const

export type FaultKind = (typeof FAULTS)[number]

export class Findings {
  readonly counts = new Map<string, number>()
  readonly examples: string[] = []

  add(kind: FaultKind, example: string): void {
    const count = this.counts.get(kind) ?? 0
    this.counts.set(kind, count + 1)
    if (count === 0) this.examples.push(`${kind}: ${example}`)
  }
}
