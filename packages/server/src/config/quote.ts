/** A value as one short printable word, without the password or token of an address. */
export function quote(value: unknown): string {
  const text = (JSON.stringify(value) ?? 'nothing')
    // Up to the last @: where an address is written badly, a password may have / and @ in it.
    .replace(/(:\/\/?)(?:([^/@:]*):)?.*@/, (_, slashes: string, user: string | undefined) =>
      user === undefined ? `${slashes}…@` : `${slashes}${user}:…@`,
    )
    .replace(/(:\/\/[^?]*\?).*"/, '$1…"')
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
