/** Most UTF-16 units of a client's own words that are shown back to it in an error. */
const MAX_SHOWN = 64

/** What a client wrote, fit for an error frame: short, and well-formed. */
export function shown(text: string): string {
  return (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text).toWellFormed()
}
