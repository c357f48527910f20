/**
 * Reads TypeScript just far enough to tell code from comments and texts: what is left can be searched with plain
 * patterns. TypeScript 7 has no compiler interface to ask.
 */

/**
 * @typedef {object} Skeleton
 * @property {string} code the source with comments blanked and every string literal replaced by its number in quotes
 * @property {string[]} strings contents of the literals by number; a template is kept up to its first `${`
 */

const WORD = /[\p{ID_Continue}$]/u

// After one of these a slash begins a regular expression; after a value it divides.
const BEFORE_REGEX =
  /(?:^|[=([{,;:!&|?+\-*%^~>]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield))\s*$/

const isWord = (/** @type {string | undefined} */ char) => char !== undefined && WORD.test(char)

/** @param {string} source @param {number} start of the quote @returns {number} behind the closing quote, or -1 on an open line */
function endOfString(source, start) {
  for (let i = start + 1; i < source.length; i += 1) {
    const char = source[i]
    if (char === '\\') i += 1
    else if (char === '\n') return -1
    else if (char === source[start]) return i + 1
  }
  return -1
}

/** @param {string} source @param {number} start of the slash @returns {number} behind the flags, or -1 when it is none */
function endOfRegex(source, start) {
  let inClass = false
  for (let i = start + 1; i < source.length; i += 1) {
    const char = source[i]
    if (char === '\n') return -1
    if (char === '\\') i += 1
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) {
      i += 1
      while (isWord(source[i])) i += 1
      return i
    }
  }
  return -1
}

class Reader {
  /** @type {string} */ #source
  #at = 0
  #code = ''
  /** @type {string[]} */ #strings = []

  /** @param {string} source */
  constructor(source) {
    this.#source = source
  }

  /** @returns {Skeleton} */
  read() {
    this.#readCode(false)
    return { code: this.#code, strings: this.#strings }
  }

  /** Reads code; inside `${…}` up to and including the brace that closes it. @param {boolean} untilBrace */
  #readCode(untilBrace) {
    let depth = 0
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]
      if (char === '{') depth += 1
      if (char === '}') depth -= 1
      if (untilBrace && depth < 0) return
      if (char === '/') this.#readSlash()
      else if (char === "'" || char === '"') this.#readString()
      else if (char === '`') this.#readTemplate()
      else this.#keep(1)
    }
  }

  /** @param {number} length */
  #keep(length) {
    this.#code += this.#source.slice(this.#at, this.#at + length)
    this.#at += length
  }

  /** Skips to `end` and keeps the line breaks, so that line numbers stay right. @param {number} end */
  #blank(end) {
    this.#code += ` ${this.#source.slice(this.#at, end).replace(/[^\n]/g, '')}`
    this.#at = end
  }

  /** @param {string} text */
  #literal(text) {
    this.#code += `"${this.#strings.length}"`
    this.#strings.push(text)
  }

  #readSlash() {
    const source = this.#source
    const next = source[this.#at + 1]
    const end = (/** @type {string} */ mark) => {
      const found = source.indexOf(mark, this.#at + 2)
      return found === -1 ? source.length : found
    }
    if (next === '/') return this.#blank(end('\n'))
    if (next === '*') return this.#blank(Math.min(source.length, end('*/') + 2))
    const before = this.#code.slice(-80)
    const regexEnd = next !== '>' && BEFORE_REGEX.test(before) ? endOfRegex(source, this.#at) : -1
    if (regexEnd === -1) return this.#keep(1)
    this.#literal('')
    this.#at = regexEnd
  }

  #readString() {
    const end = endOfString(this.#source, this.#at)
    // An apostrophe in JSX text opens nothing.
    if (end === -1) return this.#keep(1)
    this.#literal(this.#source.slice(this.#at + 1, end - 1))
    this.#at = end
  }

  #readTemplate() {
    const source = this.#source
    const start = this.#at + 1
    /** @type {string | undefined} */ let head
    this.#at = start
    while (this.#at < source.length && source[this.#at] !== '`') {
      if (source[this.#at] === '\\') this.#at += 2
      else if (source.startsWith('${', this.#at)) {
        if (head === undefined) this.#literal((head = source.slice(start, this.#at)))
        this.#at += 2
        this.#code += '('
        this.#readCode(true)
        this.#code += ')'
        this.#at += 1
      } else {
        if (source[this.#at] === '\n') this.#code += '\n'
        this.#at += 1
      }
    }
    if (head === undefined) this.#literal(source.slice(start, this.#at))
    this.#at += 1
  }
}

/** @param {string} source @returns {Skeleton} */
export const skeletonOf = (source) => new Reader(source).read()

/** @param {string} code @param {number} offset @returns {number} line, counted from 1 */
export const lineAt = (code, offset) => code.slice(0, offset).split('\n').length
