/** PostgreSQL takes no U+0000 in a text: it is written as U+0001 `0`, and U+0001 as U+0001 `1`. */
const ESCAPE = '\u0001'

/** A text as the database takes it; half a surrogate pair becomes U+FFFD, as in UTF-8. */
export function escapeText(given: string): string {
  const text = given.toWellFormed()
  if (!text.includes('\0') && !text.includes(ESCAPE)) return text
  return text.replaceAll(ESCAPE, `${ESCAPE}1`).replaceAll('\0', `${ESCAPE}0`)
}

/** The text that `escapeText` was given. */
export function unescapeText(text: string): string {
  return text.includes(ESCAPE) ? text.replaceAll(`${ESCAPE}0`, '\0').replaceAll(`${ESCAPE}1`, ESCAPE) : text
}
