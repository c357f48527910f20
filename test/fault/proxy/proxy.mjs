/** A TCP proxy that does to connections what networks do: it delays, slows, swallows, half-closes and cuts them. */
import { connect, createServer } from 'node:net'
import { FAIR, Pipe } from './pipe.mjs'

/** @typedef {import('node:net').Socket} Socket */
/** @typedef {import('./pipe.mjs').Weather} Weather */
/** @typedef {'up' | 'down' | 'both'} Direction up: from the client to the server */

/**
 * @typedef {object} ProxyOptions
 * @property {number} to port of the server
 * @property {string} [toHost] default: 127.0.0.1
 * @property {number} [listen] port to listen on; default: 0, any free one
 * @property {string} [host] address to listen on; default: 127.0.0.1
 * @property {() => number} [random] in [0, 1), for the jitter; default: `Math.random`
 */

/**
 * @typedef {object} ProxyStatus
 * @property {number} open links now
 * @property {number} accepted links ever
 * @property {number} bytesUp
 * @property {number} bytesDown
 * @property {boolean} refusing
 * @property {Weather} up
 * @property {Weather} down
 */

/** One client's way to the server. */
class Link {
  #client
  #server
  up
  down
  isOver = false

  /** @param {Socket} client @param {Socket} server @param {() => number} random @param {(link: Link) => void} onOver */
  constructor(client, server, random, onOver) {
    this.#client = client
    this.#server = server
    this.up = new Pipe(client, server, random)
    this.down = new Pipe(server, client, random)
    const ended = () => {
      if (this.isOver || !client.destroyed || !server.destroyed) return
      this.#finish()
      onOver(this)
    }
    client.on('close', ended)
    server.on('close', ended)
  }

  /** Both ends are told that the other one has gone (RST). */
  cut() {
    this.#finish()
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  #finish() {
    this.isOver = true
    this.up.stop()
    this.down.stop()
  }
}

export class FaultProxy {
  /** Port of the server; another value counts for links to come. */
  to
  #toHost
  #random
  /** @type {Set<Link>} */
  #links = new Set()
  #server
  /** @type {Weather} */
  #up = FAIR
  /** @type {Weather} */
  #down = FAIR
  #refusing = false
  #accepted = 0
  #bytes = { up: 0, down: 0 }

  /** @param {ProxyOptions} options */
  constructor({ to, toHost = '127.0.0.1', random = Math.random }) {
    this.to = to
    this.#toHost = toHost
    this.#random = random
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client))
  }

  /** Starts one. Rejects when the port is taken. @param {ProxyOptions} options @returns {Promise<FaultProxy>} */
  static async open(options) {
    const proxy = new FaultProxy(options)
    await new Promise((resolve, reject) => {
      proxy.#server.once('error', reject)
      proxy.#server.listen(
        { port: options.listen ?? 0, host: options.host ?? '127.0.0.1', backlog: 4096 },
        () => resolve(null),
      )
    })
    return proxy
  }

  /** The port on which it listens. */
  get port() {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy does not listen.')
    return address.port
  }

  /**
   * Changes the weather of links that are there and of those to come. What is not named stays.
   * @param {Partial<Weather>} weather @param {Direction} [direction] default: both
   */
  set(weather, direction = 'both') {
    if (direction !== 'down') this.#up = { ...this.#up, ...weather }
    if (direction !== 'up') this.#down = { ...this.#down, ...weather }
    for (const link of this.#links) {
      if (direction !== 'down') link.up.weather = this.#up
      if (direction !== 'up') link.down.weather = this.#down
    }
  }

  /** Fair weather, and everybody is let in. */
  clear() {
    this.#refusing = false
    this.set(FAIR)
  }

  /** New links are reset as soon as they come. @param {boolean} refusing */
  refuse(refusing) {
    this.#refusing = refusing
  }

  /** Cuts every link, with a reset for both ends. @returns {number} how many */
  cut() {
    const cut = [...this.#links]
    for (const link of cut) {
      link.cut()
      this.#forget(link)
    }
    return cut.length
  }

  /** Ends one direction of every link with a FIN; the other one goes on. @param {Direction} direction */
  halfClose(direction) {
    for (const link of this.#links) {
      if (direction !== 'down') link.up.halfClose()
      if (direction !== 'up') link.down.halfClose()
    }
  }

  /** @returns {ProxyStatus} */
  status() {
    let { up: bytesUp, down: bytesDown } = this.#bytes
    for (const link of this.#links) {
      bytesUp += link.up.passed
      bytesDown += link.down.passed
    }
    const refusing = this.#refusing
    const open = this.#links.size
    return { open, accepted: this.#accepted, bytesUp, bytesDown, refusing, up: this.#up, down: this.#down }
  }

  /** Cuts every link and stops to listen. */
  async close() {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** @param {Socket} client */
  #accept(client) {
    if (this.#refusing) {
      client.on('error', ignore)
      client.resetAndDestroy()
      return
    }
    this.#accepted += 1
    const server = connect({ port: this.to, host: this.#toHost, allowHalfOpen: true, noDelay: true })
    const link = new Link(client, server, this.#random, (over) => this.#forget(over))
    this.#links.add(link)
    link.up.weather = this.#up
    link.down.weather = this.#down
  }

  /** @param {Link} link */
  #forget(link) {
    if (!this.#links.delete(link)) return
    this.#bytes.up += link.up.passed
    this.#bytes.down += link.down.passed
  }
}

function ignore() {}
