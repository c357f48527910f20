/** A value as one short printable word, without the password or token of an address. */
export function quote(value: unknown): string {
  const text = (JSON.stringify(value) ?? 'nothing').replace(
    /:\/\/(?:([^/@:]*):)?[^/]*@/,
    (_, user: string | undefined) => (user === undefined ? '://…@' : `://${user}:…@`),
  )
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
