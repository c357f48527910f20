/** Where a text stops being JSON (RFC 8259), for the person who wrote it. `JSON.parse` says it in words of the engine, and often without the place. */

/** Deeper than any setting is. */
const MAX_DEPTH = 100

const BLANKS = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** Found by the reader; `at` counts UTF-16 units. */
class Fault extends Error {
  readonly at: number
  constructor(at: number, expected: string) {
    super(expected)
    this.at = at
  }
}

/**
 * Such as `line 3, column 14: expected a comma (,) here, or } at the end`. Lines and columns count from 1, columns in characters. Nothing of the text is in it, which may hold secrets.
 * `null` when it is JSON.
 */
export function jsonFault(text: string): string | null {
  try {
    new Reader(text).readAll()
    return null
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const before = text.slice(0, error.at).split('\n')
    const column = [...(before.at(-1) ?? '')].length + 1
    return `line ${before.length}, column ${column}: ${error.message}`
  }
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  readAll(): void {
    this.#value(0)
    const end = this.#at
    this.#match(BLANKS)
    if (this.#at < this.#text.length)
      throw this.#fault('expected nothing behind the end of the object', this.#isComment() ? this.#at : end)
  }

  #value(depth: number): void {
    this.#match(BLANKS)
    const first = this.#next()
    if (depth > MAX_DEPTH) throw this.#fault('nested too deeply')
    if (first === '{') this.#members('}', 'the next name', depth, () => this.#name())
    else if (first === '[') this.#members(']', 'the next value', depth, () => {})
    else if (first === '"') this.#string()
    else if (!this.#match(WORD) && !this.#match(NUMBER)) throw this.#noValue(first)
  }

  /** What stands between brackets, with commas in between. */
  #members(end: '}' | ']', following: string, depth: number, begin: () => void): void {
    const opened = this.#at++
    this.#match(BLANKS)
    if (this.#take(end)) return
    for (;;) {
      if (this.#next() === '') throw this.#unclosed(end, opened)
      begin()
      this.#value(depth + 1)
      const behind = this.#at
      this.#match(BLANKS)
      if (this.#take(end)) return
      if (this.#next() === '') throw this.#unclosed(end, opened)
      const comma = this.#at
      if (!this.#take(','))
        throw this.#fault(
          `expected a comma (,) before ${following}, or ${end} at the end`,
          this.#isComment() ? comma : behind,
        )
      this.#match(BLANKS)
      if (this.#next() === end) throw this.#fault(`expected no comma before ${end}`, comma)
    }
  }

  #unclosed(end: string, opened: number): Fault {
    return this.#fault(`expected ${end} for what begins here`, opened)
  }

  #name(): void {
    this.#match(BLANKS)
    if (this.#next() !== '"') throw this.#fault('expected a name in double quotes, such as "port"')
    this.#string()
    const behind = this.#at
    this.#match(BLANKS)
    if (!this.#take(':')) throw this.#fault('expected a colon (:) between the name and its value', behind)
  }

  #string(): void {
    const opened = this.#at++
    while (!this.#take('"')) {
      const unit = this.#next()
      if (unit === '' || unit === '\n')
        throw this.#fault('expected a closing double quote (") in this line', opened)
      if (unit === '\\') {
        if (!this.#match(ESCAPE)) throw this.#fault(String.raw`expected \\ for a backslash`)
      } else if (unit < ' ') throw this.#fault('expected no tab or other control character in a text')
      else this.#at++
    }
  }

  #noValue(first: string): Fault {
    if (first === '') return this.#fault('expected a value, and the text ends')
    if (first === "'") return this.#fault('expected double quotes (") around a text')
    if (/[,:}\]]/.test(first)) return this.#fault('expected a value')
    return this.#fault('expected a number, true, false, or a text in double quotes (")')
  }

  #fault(expected: string, at = this.#at): Fault {
    return new Fault(
      at,
      at === this.#at && this.#isComment() ? 'expected no comment: JSON has none' : expected,
    )
  }

  #isComment(): boolean {
    return /^(?:\/[/*]|#)/.test(this.#text.slice(this.#at, this.#at + 2))
  }

  /** The UTF-16 unit that comes next; empty at the end. */
  #next(): string {
    return this.#text.charAt(this.#at)
  }

  #take(unit: string): boolean {
    const isNext = this.#next() === unit
    if (isNext) this.#at++
    return isNext
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found !== ''
  }
}
