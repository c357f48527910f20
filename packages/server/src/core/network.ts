/** Groups of an IPv6 address, and those of the network that one customer usually has. */
const GROUPS = 8
const NETWORK_GROUPS = 4

/** Addresses of this machine itself: whoever asks from there is no stranger, and a proxy there that nobody trusts stands for many. */
const OWN: ReadonlySet<string> = new Set(['127.0.0.1', '::1'])

const IPV4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/

const EXACT_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** IPv4 within IPv6, as `URL` writes it. */
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/** The network of an address, as the log may tell it: of IPv4 the first 24 bits, of IPv6 the first 64. `''` for what is no address. */
export function networkOf(address: string): string {
  const [, ofFour] = IPV4.exec(address) ?? []
  return ofFour === undefined ? networkOfSix(address) : `${ofFour}.0/24`
}

/** By what limits per address tell one from another: of IPv4 the address, of IPv6 its network. `null` for those that have none (LI2). */
export function limitedAddress(address: string): string | null {
  if (OWN.has(address)) return null
  return IPV4.test(address) ? address : networkOfSix(address) || null
}

/** An address in the one spelling that it is known by: IPv6 as RFC 5952 has it, without a zone, and IPv4 as such also where IPv6 bears it (`::ffff:192.0.2.1`, `::ffff:c000:201`). `null` for what is none. */
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

function networkOfSix(address: string): string {
  if (!/^[0-9a-f:.]+(?:%.*)?$/i.test(address) || !address.includes(':')) return ''
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const groupsOf = (text: string): string[] => text.split(':').filter((group) => group !== '')
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const zeros = Array.from({ length: Math.max(0, GROUPS - before.length - after.length) }, () => '0')
  const network = [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS)
  return `${network.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}
