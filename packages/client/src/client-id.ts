/** A new UUID (RFC 9562 version 4). Not `randomUUID`: that exists in secure contexts only, so not on a page over plain HTTP in a LAN. */
export function newClientId(): string {
  // Four random bits in place of each 0 and 1, and two beside the fixed ones of the 8.
  return '10000000-1000-4000-8000-100000000000'.replaceAll(/[018]/g, (digit) => {
    const [random = 0] = crypto.getRandomValues(new Uint8Array(1))
    return (Number(digit) ^ (random & (15 >> (Number(digit) / 4)))).toString(16)
  })
}
