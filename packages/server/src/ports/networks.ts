/** Groups of an IPv6 address, and those of the network that one customer usually has. */
const GROUPS = 8
const NETWORK_GROUPS = 4

const IPV4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/

/** The network of an address, as the log may tell it: of IPv4 the first 24 bits, of IPv6 the first 64. `''` for what is no address. */
export function networkOf(address: string): string {
  const [, ofFour] = IPV4.exec(address) ?? []
  return ofFour === undefined ? networkOfSix(address) : `${ofFour}.0/24`
}

/** By what limits per address tell one from another: of IPv4 the address, of IPv6 its network. `null` for what is no address, and has none (LI2). */
export function limitedAddress(address: string): string | null {
  return IPV4.test(address) ? address : networkOfSix(address) || null
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
