/** Network addresses, in the one spelling by which an address is known. */

const EXACT_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** IPv4 within IPv6, as `URL` writes it. */
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/** IPv6 as RFC 5952 has it, without a zone, and IPv4 as such also where IPv6 bears it (`::ffff:192.0.2.1`, `::ffff:c000:201`). `null` for what is no address. */
export function canonicalAddress(text: string): string | null {
  if (EXACT_IPV4.test(text)) return text
  const url = `http://[${text.split('%')[0] ?? ''}]`
  if (!/^[0-9a-f:.]+(?:%.*)?$/i.test(text) || !URL.canParse(url)) return null
  const six = new URL(url).hostname.slice(1, -1)
  const [, high, low] = MAPPED.exec(six) ?? []
  if (high === undefined || low === undefined) return six
  const bits = Number.parseInt(high, 16) * 0x1_00_00 + Number.parseInt(low, 16)
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.')
}

/** Whether an address in that spelling is one from which programs of this machine come, unless they choose another one of 127.0.0.0/8. */
export function isOwnAddress(address: string): boolean {
  return address === '127.0.0.1' || address === '::1'
}

/** Whether an address in that spelling is one of this machine itself (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
export function isLoopback(address: string): boolean {
  return address === '::1' || (address.startsWith('127.') && EXACT_IPV4.test(address))
}
