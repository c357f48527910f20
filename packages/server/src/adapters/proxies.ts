/** Who asks, and for which host, when a request comes through reverse proxies. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, type Socket } from 'node:net'

/** What is believed of a request. */
export interface Seen {
  /** Network address of the client: IPv4, or IPv6; empty when the connection is gone already. */
  readonly address: string
  /** `Host` as the client sent it. */
  readonly host: string | undefined
  /** How the client connected; `null` when nobody who is trusted says so. */
  readonly scheme: 'http' | 'https' | null
}

export type See = (request: IncomingMessage) => Seen

/** What the word `loopback` stands for. */
const LOOPBACK = ['127.0.0.0/8', '::1']

/** Where a peer that forwards is one's own proxy, and no stranger who writes what a proxy would: this machine and private networks (RFC 1918, RFC 4193). */
const NEAR = [...LOOPBACK, '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']

/**
 * Reads requests with the eyes of somebody who trusts these peers: addresses, networks such as `10.0.0.0/8`, and the word `loopback`.
 * `X-Forwarded-For`, `-Host` and `-Proto` count only from a trusted peer. Of the addresses the last one that no trusted proxy has is the
 * client's: what stands left of it can have been written by anybody. `onForgotten` is called once, when one's own proxy seems to be missing among them.
 */
export function trustedProxies(entries: readonly string[], onForgotten: () => void = () => {}): See {
  const isTrusted = trustedPeers(entries)
  const isNear = trustedPeers(NEAR)
  let isTold = false
  return (request) => {
    const peer = direct(request)
    if (!isTrusted(peer.address)) {
      if (!isTold && request.headers['x-forwarded-for'] !== undefined && isNear(peer.address)) {
        isTold = true
        onForgotten()
      }
      return peer
    }
    const {
      'x-forwarded-for': forwarded,
      'x-forwarded-host': host,
      'x-forwarded-proto': proto,
    } = request.headers
    const scheme = lastOf(proto)?.toLowerCase()
    return {
      address: clientOf(peer.address, partsOf(forwarded), isTrusted),
      host: lastOf(host) ?? peer.host,
      scheme: scheme === 'http' || scheme === 'https' ? scheme : null,
    }
  }
}

/** Whether an address is that of a peer who is trusted. */
export function trustedPeers(entries: readonly string[]): (address: string) => boolean {
  const trusted = listOf(entries)
  return (address) => isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Network address of whoever is at the other end, proxy or client; empty when the connection is gone already. */
export function peerOf({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>): string {
  return plain(remoteAddress)
}

function direct({ socket, headers }: IncomingMessage): Seen {
  return { address: peerOf(socket), host: headers.host, scheme: null }
}

function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries.flatMap((each) => (each === 'loopback' ? LOOPBACK : each))) {
    const [address = '', prefix] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

/** Goes from proxy to proxy towards the client, as long as each is trusted and names one more. */
function clientOf(peer: string, forwarded: string[], isTrusted: (address: string) => boolean): string {
  let address = peer
  while (isTrusted(address)) {
    const next = plain(withoutPort(forwarded.pop() ?? ''))
    if (isIP(next) === 0) break
    address = next
  }
  return address
}

/** IPv4 as such, also where a socket for both families has it as `::ffff:192.0.2.1`. */
function plain(address: string): string {
  const mapped = address.toLowerCase().startsWith('::ffff:') ? address.slice('::ffff:'.length) : ''
  return isIP(mapped) === 4 ? mapped : address
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
}

function partsOf(header: string | readonly string[] | undefined): string[] {
  return (typeof header === 'string' ? header : (header?.join() ?? '')).split(',').map((part) => part.trim())
}

/** What the nearest proxy has written. */
function lastOf(header: string | readonly string[] | undefined): string | undefined {
  const last = partsOf(header).at(-1)
  return last === '' ? undefined : last
}
