/** Who asks, and for which host, when a request comes through reverse proxies. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { BlockList, isIP, type Socket } from 'node:net'
import { canonicalAddress, isLoopback, isOwnAddress } from '../ports/addresses.ts'

/** What is believed of a request. */
export interface Seen {
  /** Network address of the client: IPv4, or IPv6. Empty when it is 127.0.0.1 or ::1 of this machine itself, or the connection is gone already: then it has no limits per address. */
  readonly address: string
  /** The host that the client asked for. */
  readonly host: string | undefined
  /** How the client connected; `null` when nobody who is trusted says so. */
  readonly scheme: 'http' | 'https' | null
}

export type See = (request: IncomingMessage) => Seen

/** What the word `loopback` stands for. */
const LOOPBACK = ['127.0.0.0/8', '::1']

/** Where a peer that forwards is one's own proxy, and no stranger who writes what a proxy would: this machine and private networks (RFC 1918, RFC 4193). */
const NEAR = [...LOOPBACK, '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']

const isNear = trustedPeers(NEAR)

/** What reverse proxies add. With one of them a request is somebody else's, though it comes from this machine. */
const FORWARDING =
  /^(?:via|forwarded|x-forwarded(?:-.+)?|x-original-.+|x-real-ip|x-envoy-.+|(?:.+-)?(?:client|connecting)-ip)$/

/** Names that mean something only where the proxy is: under them it reaches this server. */
const INSIDE_NAME = /^[^.]*$|\.(?:internal|local|localhost)$/

/**
 * Reads requests with the eyes of somebody who trusts these peers: addresses, networks such as `10.0.0.0/8`, and the word `loopback`.
 * `X-Forwarded-For` (without it `Forwarded`, RFC 7239), `-Host` and `-Proto` count only from a trusted peer. Of the addresses the last one that no
 * trusted proxy has is the client's: what stands left of it can have been written by anybody. Whoever comes through a proxy is never on this machine,
 * whatever address is told. `onForgotten` is called once, when one's own proxy seems to be missing among them.
 */
export function trustedProxies(entries: readonly string[], onForgotten: () => void = () => {}): See {
  const isTrusted = trustedPeers(entries)
  let isTold = false
  return (request) => {
    const { headers } = request
    const peer = peerOf(request.socket)
    const isUnlimited = isOwnAddress(peer) && isOnThisMachine(request)
    if (!isTrusted(peer)) {
      const isForwarded = (headers['x-forwarded-for'] ?? headers.forwarded) !== undefined
      if (!isTold && isForwarded && isNear(peer)) {
        isTold = true
        onForgotten()
      }
      return { address: isUnlimited ? '' : peer, host: headers.host, scheme: null }
    }
    const scheme = lastOf(headers['x-forwarded-proto'])?.toLowerCase()
    return {
      address: isUnlimited ? '' : clientOf(peer, forwardedFor(headers), isTrusted),
      host: hostOf(headers.host, lastOf(headers['x-forwarded-host'])),
      scheme: scheme === 'http' || scheme === 'https' ? scheme : null,
    }
  }
}

/** Whether a request comes from this machine, and through no proxy that shows itself. */
export function isOnThisMachine({ socket, headers }: IncomingMessage): boolean {
  return isLoopback(peerOf(socket)) && !Object.keys(headers).some((name) => FORWARDING.test(name))
}

/**
 * Whether the host that is asked for is an address, or a name that means something only here. Under a public name come a page whose name was made to lead
 * to this machine (DNS rebinding), and whoever comes through a proxy that adds nothing.
 */
export function isInsideHost(host: string | undefined): boolean {
  const name = nameOf(host ?? '')
  return isIP(name) !== 0 || INSIDE_NAME.test(name)
}

/** Whether an address is that of a peer who is trusted. */
export function trustedPeers(entries: readonly string[]): (address: string) => boolean {
  const trusted = listOf(entries)
  return (address) => isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Network address of whoever is at the other end, proxy or client; empty when the connection is gone already. */
export function peerOf({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>): string {
  return canonicalAddress(remoteAddress) ?? ''
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
    const next = canonicalAddress(withoutPort(forwarded.pop() ?? ''))
    if (next === null) break
    address = next
  }
  return address
}

/**
 * A proxy that puts its own name into `Host` tells the client's in `X-Forwarded-Host`. One that leaves `Host` alone often hands on whatever
 * `X-Forwarded-Host` the client sent, so where `Host` is a public name, that is what counts, with the port of the other.
 */
function hostOf(host: string | undefined, told: string | undefined): string | undefined {
  if (told === undefined) return host
  const name = nameOf(host ?? '')
  const isInside = isIP(name) === 0 ? INSIDE_NAME.test(name) : isNear(name)
  return isInside || nameOf(told) === name ? told : host
}

/** A host without its port, and an IPv6 address without its brackets. */
function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
}

/** For whom each proxy asks, the nearest one last. */
function forwardedFor({ 'x-forwarded-for': own, forwarded }: IncomingHttpHeaders): string[] {
  return own === undefined && forwarded !== undefined ? elementsOf(forwarded).map(forOf) : partsOf(own)
}

/** The elements of `Forwarded` (RFC 7239 section 4). Read from the right: what a client left open there must not swallow what a proxy has added. */
function elementsOf(header: string): string[] {
  const elements: string[] = []
  let end = header.length
  let isQuoted = false
  for (let i = end - 1; i >= 0; i--) {
    if (header[i] === '"' && header[i - 1] !== '\\') isQuoted = !isQuoted
    if (header[i] !== ',' || isQuoted) continue
    elements.unshift(header.slice(i + 1, end))
    end = i
  }
  return [header.slice(0, end), ...elements]
}

/** The address in the `for` of an element; empty when there is none. */
function forOf(element: string): string {
  const pairs = element.match(/(?:[^";]|"(?:\\.|[^"\\])*"?)+/g) ?? []
  const found = pairs.map((pair) => /^\s*for\s*=\s*"?([^"]*?)"?\s*$/i.exec(pair)?.[1])
  return found.find((address) => address !== undefined) ?? ''
}

function partsOf(header: string | readonly string[] | undefined): string[] {
  return (typeof header === 'string' ? header : (header?.join() ?? '')).split(',').map((part) => part.trim())
}

/** What the nearest proxy has written. */
function lastOf(header: string | readonly string[] | undefined): string | undefined {
  const last = partsOf(header).at(-1)
  return last === '' ? undefined : last
}
