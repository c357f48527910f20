/** A run of plain text, or a link whose target has been checked. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }

// What ends a link besides a space: quotes, angle brackets, and the punctuation of Chinese and Japanese, which stands
// without a space behind a link.
const END = '\\s<>"`\\u2018-\\u201f\\u2026\\u3000-\\u303f\\uff00-\\uff65'

// Hosts are ASCII: an internationalised host can imitate another one, and it is pasted as punycode anyway.
const CANDIDATE = new RegExp(
  `(?<![\\w@])(?:https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\\[[0-9a-f:.]+\\])(?::\\d{1,5})?(?:[/?#][^${END}]*)?` +
    `|mailto:[\\w.+%-]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:\\?[^${END}]*)?)`,
  'giu',
)

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/**
 * Splits a text into plain runs and links. Only `http`, `https` and `mailto` become links, and only where the text
 * spells the whole address: what one reads is where it leads. Joined, the parts give back the text.
 */
export function findLinks(text: string): readonly Segment[] {
  const segments: Segment[] = []
  let done = 0
  for (const match of text.matchAll(CANDIDATE)) {
    const address = trimPunctuation(match[0])
    const href = safeHref(address)
    if (href === null) continue
    if (match.index > done) segments.push({ kind: 'text', text: text.slice(done, match.index) })
    segments.push({ kind: 'link', text: address, href })
    done = match.index + address.length
  }
  if (done < text.length) segments.push({ kind: 'text', text: text.slice(done) })
  return segments
}

/** The address in canonical form, or null when it may not be followed. */
function safeHref(address: string): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  return SCHEMES.has(url.protocol) && url.username === '' && url.password === '' ? url.href : null
}

const OPENERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

/**
 * Takes off what ends the sentence and not the link; a closing bracket stays when its opening one is inside. Brackets are counted once, as anybody may
 * write thousands of them, and every reader's page looks through it.
 */
function trimPunctuation(address: string): string {
  /** By closing bracket, how many more of it there are than of its opening one. */
  const excess = new Map<string, number>()
  let end = address.length
  for (; end > 0; end--) {
    const last = address.charAt(end - 1)
    const opener = OPENERS[last]
    if (opener === undefined) {
      if (!".,;:!?'*_~".includes(last)) break
      continue
    }
    const closers = excess.get(last) ?? count(address, last) - count(address, opener)
    if (closers <= 0) break
    excess.set(last, closers - 1)
  }
  return address.slice(0, end)
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1
}
