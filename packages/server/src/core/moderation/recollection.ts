import type { Clock } from '../../ports/clock.ts'
import type { Question, Remembered } from './acts.ts'
import { MAX_MARKS } from './marks.ts'

/** People with a name who have left, and messages without a name, that a node remembers at most: the newest, and half as many at least. Some 500 and 150 bytes each. */
export const MAX_LEFT = 1_000
export const MAX_NAMELESS = 10_000

/** A guest is remembered by person and by name. */
const WORDS_OF_PERSON = 2

/** Milliseconds within which the other nodes have to say what they remember. */
const ANSWER_MS = 3_000

/**
 * By which marks those are known again who were here of late, or said something without a name: each node remembers its own. What this one does not, it asks of
 * the others through the log that all of them follow, so a question stands behind everything that was done before it.
 */
export class Recollection {
  readonly #deps: Deps
  readonly #people = new Newest(MAX_LEFT * WORDS_OF_PERSON)
  readonly #messages = new Newest(MAX_NAMELESS)
  readonly #asked = new Map<string, Asked>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Somebody is gone. Of the same one as before, by the first word, what was known stays known. */
  left(words: readonly string[], marks: readonly string[]): void {
    const former = this.#people.of(words[0] ?? '') ?? []
    const all = [...new Set([...marks, ...former])].slice(0, MAX_MARKS)
    for (const word of words) this.#people.set(word, all)
  }

  /** Something was said without a name. */
  said(word: string, marks: readonly string[]): void {
    this.#messages.set(word, marks)
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
      const marks = this.#people.of(word) ?? this.#messages.of(word)
      return marks === undefined ? [] : [[word, marks] as const]
    })
  }
}

/** The newest words, between half of so many and all of them. */
class Newest {
  readonly #most: number
  #young = new Map<string, readonly string[]>()
  #old: ReadonlyMap<string, readonly string[]> = new Map()

  constructor(most: number) {
    this.#most = most
  }

  of(word: string): readonly string[] | undefined {
    return this.#young.get(word) ?? this.#old.get(word)
  }

  set(word: string, marks: readonly string[]): void {
    this.#young.set(word, marks)
    if (this.#young.size < this.#most / 2) return
    this.#old = this.#young
    this.#young = new Map()
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
