/** A new UUID (RFC 9562 version 4). Not `randomUUID`: that exists in secure contexts only, so not on a page over plain HTTP in a LAN. */
export function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  let at = 0
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replaceAll(/[xy]/g, (digit) => {
    const value = (bytes[at >> 1] ?? 0) >> ((at++ & 1) * 4)
    return (digit === 'x' ? value & 15 : (value & 3) | 8).toString(16)
  })
}
