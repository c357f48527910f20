import { MAX_JSON_DEPTH, MAX_JSON_FIELDS } from '@roomful/protocol'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COLON = 0x3a

export type JsonFault = 'deep' | 'duplicate' | 'fields'

/**
 * Looks over a JSON text before it is parsed: nesting beyond `MAX_JSON_DEPTH`, more than `MAX_JSON_FIELDS`
 * keys in the outermost object, or one of them twice.
 * `JSON.parse` accepts both (32,000 nested arrays, last key wins), and neither can be seen afterwards.
 * Anything else that is wrong is left to the parser. Strings are skipped by searching their closing quote, so the cost is that
 * of the punctuation.
 */
export function guardJson(text: string): JsonFault | null {
  let depth = 0
  let lastString = ''
  let keys: string[] | null = null
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = closingQuote(text, i)
        if (end < 0) return null
        if (depth === 1) lastString = text.slice(i + 1, end)
        i = end
        break
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++depth > MAX_JSON_DEPTH) return 'deep'
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        // Behind the outermost value only the parser has something to say.
        if (--depth === 0) return null
        break
      case COLON: {
        if (depth !== 1) break
        const key = lastString.includes('\\') ? unescaped(lastString) : lastString
        if (keys === null) keys = [key]
        else if (keys.includes(key)) return 'duplicate'
        else if (keys.push(key) > MAX_JSON_FIELDS) return 'fields'
      }
    }
  }
  return null
}

function closingQuote(text: string, open: number): number {
  let end = text.indexOf('"', open + 1)
  while (end > 0) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return -1
}

function unescaped(raw: string): string {
  try {
    const value: unknown = JSON.parse(`"${raw}"`)
    return typeof value === 'string' ? value : raw
  } catch {
    return raw
  }
}
