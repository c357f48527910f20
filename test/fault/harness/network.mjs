/** Ways on which a network can be broken in one direction: network namespaces of the kernel where we may make them, the fault proxy elsewhere. */
import { spawnSync } from 'node:child_process'
import { FaultProxy } from '../proxy/proxy.mjs'

/** @typedef {'up' | 'down' | 'both'} Direction up: from a node to what it needs */

/**
 * A way from nodes to a service.
 * @typedef {object} Way
 * @property {string} host @property {(port: number) => Promise<number>} portTo port at `host` that leads to this port of a service
 * @property {(direction: Direction) => void} cut nothing gets through any more, and nobody is told of it
 * @property {() => void} heal
 */

/**
 * @typedef {object} Network
 * @property {'network namespaces' | 'fault proxy'} kind
 * @property {import('../../../packages/server/testing/daemon.mjs').Place} place where a service has to be, so that the ways lead to it
 * @property {readonly Way[]} ways
 * @property {() => Promise<void>} close
 */

/** The block for tests of networks (RFC 2544): no real machine has an address of it. */
const NETWORK = '198.18.0.0/15'

/** A hardware address that nobody has: what is sent there is gone, as on a cable that was cut. */
const NOBODY = '02:00:00:00:de:ad'

/** @param {number} count of ways @returns {Promise<Network>} */
export async function openNetwork(count) {
  const namespace = Namespace.open(count)
  return namespace ?? proxied(count)
}

/** @param {readonly string[]} words @returns {boolean} whether it was done */
function ip(...words) {
  return spawnSync('ip', words, { stdio: 'ignore' }).status === 0
}

/** Services are in a network namespace of their own; each way is a cable (veth) to it. */
class Namespace {
  kind = /** @type {const} */ ('network namespaces')
  #name = `roomful-${process.pid}`
  /** @type {CableWay[]} */
  ways = []
  #remove = () => void ip('netns', 'del', this.#name)

  /** `null` where this user or machine does not have them. @param {number} count @returns {Namespace | null} */
  static open(count) {
    if (process.getuid?.() !== 0) return null
    const namespace = new Namespace()
    if (namespace.#make(count)) return namespace
    namespace.#remove()
    return null
  }

  get place() {
    return {
      wrapper: ['ip', 'netns', 'exec', this.#name],
      outside: { addresses: this.ways.map(({ host }) => host), network: NETWORK },
    }
  }

  async close() {
    process.off('exit', this.#remove)
    // Both ends of each cable go with it.
    this.#remove()
  }

  /** @param {number} count */
  #make(count) {
    if (!ip('netns', 'add', this.#name)) return false
    process.once('exit', this.#remove)
    if (!ip('-n', this.#name, 'link', 'set', 'lo', 'up')) return false
    for (let way = 0; way < count; way++) {
      const cable = new CableWay(this.#name, way)
      if (!cable.make()) return false
      this.ways.push(cable)
    }
    return true
  }
}

/** Counted in the process, so that two networks at once have other addresses. */
let cables = 0

class CableWay {
  #namespace
  #near
  #far
  #nearHost
  host
  /** The hardware addresses of the ends. @type {{ near: string, far: string }} */
  #ends = { near: '', far: '' }

  /** @param {string} namespace @param {number} index */
  constructor(namespace, index) {
    this.#namespace = namespace
    // An interface has at most 15 characters.
    this.#near = `rf${process.pid % 1_000_000}n${index}`
    this.#far = `rf${process.pid % 1_000_000}f${index}`
    const net = `198.${18 + (process.pid % 2)}.${(process.pid >> 1) % 256}`
    const at = 4 * (cables++ % 64)
    this.#nearHost = `${net}.${at + 1}`
    this.host = `${net}.${at + 2}`
  }

  make() {
    const near = `02:00:00:01:00:${hex(cables)}`
    const far = `02:00:00:02:00:${hex(cables)}`
    this.#ends = { near, far }
    const inside = ['-n', this.#namespace]
    const link = [
      'link',
      'add',
      this.#near,
      'address',
      near,
      'type',
      'veth',
      'peer',
      'name',
      this.#far,
      'address',
      far,
    ]
    return (
      ip(...link, 'netns', this.#namespace) &&
      ip('addr', 'add', `${this.#nearHost}/30`, 'dev', this.#near) &&
      ip('link', 'set', this.#near, 'up') &&
      ip(...inside, 'addr', 'add', `${this.host}/30`, 'dev', this.#far) &&
      ip(...inside, 'link', 'set', this.#far, 'up') &&
      this.#point('both', false)
    )
  }

  async portTo(/** @type {number} */ port) {
    return port
  }

  /** @param {Direction} direction */
  cut(direction) {
    if (!this.#point(direction, true)) throw new Error('the network cannot be cut')
  }

  heal() {
    if (!this.#point('both', false)) throw new Error('the network cannot be healed')
  }

  /** Says to whom each end sends: the other one, or nobody. @param {Direction} direction @param {boolean} isCut */
  #point(direction, isCut) {
    const { near, far } = this.#ends
    const to = (/** @type {string} */ address) => ['lladdr', isCut ? NOBODY : address, 'nud', 'permanent']
    const up = ['neigh', 'replace', this.host, ...to(far), 'dev', this.#near]
    const down = ['-n', this.#namespace, 'neigh', 'replace', this.#nearHost, ...to(near), 'dev', this.#far]
    return (direction === 'down' || ip(...up)) && (direction === 'up' || ip(...down))
  }
}

/** @param {number} byte */
function hex(byte) {
  return (byte % 256).toString(16).padStart(2, '0')
}

/** @param {number} count @returns {Network} */
function proxied(count) {
  const ways = Array.from({ length: count }, () => new ProxyWay())
  return {
    kind: 'fault proxy',
    place: {},
    ways,
    close: async () => {
      for (const way of ways) await way.close()
    },
  }
}

class ProxyWay {
  host = '127.0.0.1'
  /** @type {FaultProxy[]} */
  #proxies = []

  /** @param {number} port */
  async portTo(port) {
    const proxy = await FaultProxy.open({ to: port })
    this.#proxies.push(proxy)
    return proxy.port
  }

  /** @param {Direction} direction */
  cut(direction) {
    for (const proxy of this.#proxies) proxy.set({ blackHole: true }, direction)
  }

  heal() {
    for (const proxy of this.#proxies) {
      proxy.clear()
      // What it has swallowed nobody sends again, as a kernel would.
      proxy.cut()
    }
  }

  async close() {
    for (const proxy of this.#proxies) await proxy.close()
  }
}
