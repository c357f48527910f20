import { randomBytes } from 'node:crypto'

/** Hints of which a part is still missing, of all nodes together, and their characters; beyond it the oldest is lost. */
const MAX_UNFINISHED = 100
const MAX_UNFINISHED_CHARACTERS = 33_554_432

/** Takes hints apart for a broker that carries short texts only, and puts those of others together again. */
export class Parts {
  readonly #partCharacters: number
  readonly #name = randomBytes(6).toString('base64url')
  readonly #unfinished = new Map<string, string[]>()
  #characters = 0
  #sent = 0

  /** `partCharacters`: of a hint that one part carries; what goes before it is shorter than 100 characters. */
  constructor(partCharacters: number) {
    this.#partCharacters = partCharacters
  }

  /** The texts `ID PART PARTS CONTENT` of a hint. */
  apart(hint: string): string[] {
    const id = `${this.#name}-${++this.#sent}`
    const count = Math.max(1, Math.ceil(hint.length / this.#partCharacters))
    return Array.from({ length: count }, (_, i) => {
      const content = hint.slice(i * this.#partCharacters, (i + 1) * this.#partCharacters)
      return `${id} ${i} ${count} ${content}`
    })
  }

  /** The hint that this part completes. Parts of one come in the order in which they were sent. */
  add(text: string): string | null {
    const [id = '', part = '', count = '', content = ''] = text.split(' ')
    const known = this.#taken(id)
    // A part that does not follow the one before belongs to nothing.
    if (Number(part) !== known.length) return null
    known.push(content)
    if (known.length >= Number(count)) return known.join('')
    this.#unfinished.set(id, known)
    this.#characters += lengthOf(known)
    while (this.#unfinished.size > MAX_UNFINISHED || this.#characters > MAX_UNFINISHED_CHARACTERS)
      this.#taken(this.#unfinished.keys().next().value ?? '')
    return null
  }

  #taken(id: string): string[] {
    const known = this.#unfinished.get(id) ?? []
    this.#unfinished.delete(id)
    this.#characters -= lengthOf(known)
    return known
  }
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}
