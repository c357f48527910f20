import { randomBytes } from 'node:crypto'

/** Longest hint; what a node says is shorter than half of it. */
const MAX_HINT_CHARACTERS = 33_554_432

/** Hints of which a part is still missing, of all nodes together, and their characters; beyond it the oldest is lost. */
const MAX_UNFINISHED = 100
const MAX_UNFINISHED_CHARACTERS = MAX_HINT_CHARACTERS

/** `ID PART PARTS CONTENT`: the id of a hint, the number of the part, how many there are, and what it carries, which is never nothing. */
const PART = /^([\w-]{1,40}) (0|[1-9]\d{0,8}) ([1-9]\d{0,8}) ([^ ]+)$/

/** A hint of which a part is still missing. */
interface Unfinished {
  readonly contents: string[]
  readonly count: number
  characters: number
}

/** Takes hints apart for a broker that carries short texts only, and puts those of others together again. */
export class Parts {
  readonly #partCharacters: number
  readonly #maxParts: number
  readonly #name = randomBytes(6).toString('base64url')
  readonly #unfinished = new Map<string, Unfinished>()
  #characters = 0
  #sent = 0

  /** `partCharacters`: of a hint that one part carries; what goes before it is shorter than 100 characters. */
  constructor(partCharacters: number) {
    this.#partCharacters = partCharacters
    this.#maxParts = Math.ceil(MAX_HINT_CHARACTERS / partCharacters)
  }

  /** The parts of a hint, which has no spaces. One that is empty goes as it is. */
  apart(hint: string): string[] {
    if (hint === '') return [hint]
    const id = `${this.#name}-${++this.#sent}`
    const count = Math.ceil(hint.length / this.#partCharacters)
    return Array.from({ length: count }, (_, i) => {
      const content = hint.slice(i * this.#partCharacters, (i + 1) * this.#partCharacters)
      return `${id} ${i} ${count} ${content}`
    })
  }

  /**
   * The hint that this part completes, `null` while others are missing. Parts of one come in the order in which they were sent. What is no part, or one of a
   * hint that is too long, is answered as it is: nobody has signed it, so whoever reads it refuses and counts it.
   */
  add(text: string): string | null {
    const [, id = '', digits = '', total = '', content = ''] = PART.exec(text) ?? []
    const [part, count] = [Number(digits), Number(total)]
    if (id === '' || count > this.#maxParts || part >= count) return text
    const known = this.#taken(id) ?? { contents: [], count, characters: 0 }
    // A part that does not follow the one before belongs to nothing.
    if (part !== known.contents.length || count !== known.count) return null
    known.contents.push(content)
    known.characters += content.length
    if (known.characters > MAX_HINT_CHARACTERS) return text
    if (known.contents.length === count) return known.contents.join('')
    this.#unfinished.set(id, known)
    this.#characters += known.characters
    while (this.#unfinished.size > MAX_UNFINISHED || this.#characters > MAX_UNFINISHED_CHARACTERS)
      this.#taken(this.#unfinished.keys().next().value ?? '')
    return null
  }

  #taken(id: string): Unfinished | null {
    const known = this.#unfinished.get(id)
    if (known === undefined) return null
    this.#unfinished.delete(id)
    this.#characters -= known.characters
    return known
  }
}
