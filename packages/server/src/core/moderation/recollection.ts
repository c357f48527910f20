import type { Clock } from '../../ports/clock.ts'
import type { Question, Remembered } from './acts.ts'
import { MAX_MARKS } from './marks.ts'

/** Words that a node remembers at most: one of a message without a name, two of somebody who had one. Some 300 bytes each. */
export const MAX_WORDS = 20_000

/** Milliseconds within which the other nodes have to say what they remember. */
const ANSWER_MS = 3_000

/**
 * By which marks those are known again who were here of late, or said something without a name: each node remembers its own. What this one does not, it asks of
 * the others through the log that all of them follow, so a question stands behind everything that was done before it.
 */
export class Recollection {
  readonly #deps: Deps
  /** Two halves, of which the older one is forgotten when the younger is full. */
  #young = new Map<string, readonly string[]>()
  #old: ReadonlyMap<string, readonly string[]> = new Map()
  readonly #asked = new Map<string, Asked>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Somebody is gone, or has said something without a name. Of the same one as before, by the first word, what was known stays known. */
  note(words: readonly string[], marks: readonly string[]): void {
    const former = this.#of(words[0] ?? '') ?? []
    const all = [...new Set([...marks, ...former])].slice(0, MAX_MARKS)
    for (const word of words) this.#young.set(word, all)
    if (this.#young.size < MAX_WORDS / 2) return
    this.#old = this.#young
    this.#young = new Map()
  }

  #of(word: string): readonly string[] | undefined {
    return this.#young.get(word) ?? this.#old.get(word)
  }

  /**
   * What is remembered of those whom these words name, here or on any other living node, within seconds. Once another node has answered, all that moderators had done
   * before it was asked holds here. Rejects with `StoreUnavailable`.
   */
  async recall(words: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const known = new Map(this.#own(words))
    const others = new Set(this.#deps.others())
    if (others.size === 0) return known
    const id = this.#deps.nextId()
    let stop = (): void => {}
    const answered = new Promise<void>((done) => {
      stop = this.#deps.clock.after(ANSWER_MS, done)
      this.#asked.set(id, { known, others, done })
    })
    try {
      await this.#deps.write({ ask: { id, words } })
      await answered
    } finally {
      stop()
      this.#asked.delete(id)
    }
    return known
  }

  /** A node asks, or answers. */
  heard(question: Question): void {
    if ('told' in question) return this.#told(question.told)
    const { id, words } = question.ask
    if (this.#asked.has(id)) return
    const told = { id, node: this.#deps.node, known: this.#own(words) }
    this.#deps.write({ told }).catch((error: unknown) => this.#deps.onUnanswered(error))
  }

  #told({ id, node, known }: { id: string; node: string; known: Remembered }): void {
    const asked = this.#asked.get(id)
    if (asked === undefined) return
    for (const [word, marks] of known)
      asked.known.set(word, [...new Set([...(asked.known.get(word) ?? []), ...marks])])
    asked.others.delete(node)
    if (asked.others.size === 0) asked.done()
  }

  #own(words: readonly string[]): Remembered {
    return words.flatMap((word) => {
      const marks = this.#of(word)
      return marks === undefined ? [] : [[word, marks] as const]
    })
  }
}

interface Asked {
  readonly known: Map<string, readonly string[]>
  /** Nodes that have not answered. */
  readonly others: Set<string>
  readonly done: () => void
}

interface Deps {
  readonly clock: Clock
  readonly node: string
  /** Other living nodes. */
  readonly others: () => readonly string[]
  readonly nextId: () => string
  readonly write: (question: Question) => Promise<unknown>
  readonly onUnanswered: (error: unknown) => void
}
