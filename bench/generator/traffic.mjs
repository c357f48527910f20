import { MessageFrame } from './frames.mjs'
import { Histogram } from './histogram.mjs'
import { InflateReader } from './inflate.mjs'
import { HEAD_BYTES, MarkReader, Spacing } from './marks.mjs'
import { fillerOf } from './prose.mjs'

/** @typedef {import('./client.mjs').Client} Client */

/**
 * @typedef {object} TalkPlan
 * @property {number} senders spread evenly over the rooms
 * @property {number} rooms
 * @property {boolean} echo whether a message comes back to its sender only
 * @property {{ before: string, after: string }} envelope what stands around a text in the payload
 * @property {number} textBytes of each message
 * @property {boolean} prose whether the text reads like language, for compression; otherwise it is dots
 */

/** Latencies of the messages that were to be sent within one stretch of time, whenever they arrived. */
class Window {
  histogram = new Histogram()
  from
  to = Infinity

  /** @param {number} from */
  constructor(from) {
    this.from = from
  }
}

/** One client that also sends. */
class Sender {
  #frame
  #client
  /** Receivers of each of its messages. */
  audience

  /** @param {Client} client @param {MessageFrame} frame @param {number} audience */
  constructor(client, frame, audience) {
    this.#client = client
    this.#frame = frame
    this.audience = audience
  }

  /** @param {number} stamp @param {number} times */
  send(stamp, times) {
    this.#client.send(this.#frame.make(stamp, times))
  }
}

/** How long is listened when everything has arrived. */
const AFTERMATH_MS = 50

/** Microseconds on the generator's only clock. */
const now = () => Math.floor(performance.now() * 1000)

/** What the clients say and hear: sends messages, counts deliveries, times them. */
export class Traffic {
  sent = 0
  expected = 0
  received = 0
  sending = true
  #spacing = new Spacing()
  #clients
  #senders
  /** @type {Window[]} */
  #windows = []

  /** @param {readonly Client[]} clients @param {TalkPlan} plan */
  constructor(clients, plan) {
    this.#clients = clients
    const filler = fillerOf(plan.textBytes - HEAD_BYTES, plan.prose)
    this.#senders = clients.slice(0, plan.senders).map((client, sender) => {
      const room = sender % plan.rooms
      const inRoom = Math.floor(clients.length / plan.rooms) + (room < clients.length % plan.rooms ? 1 : 0)
      return new Sender(
        client,
        new MessageFrame({ sender, filler, ...plan.envelope }),
        plan.echo ? 1 : inRoom,
      )
    })
  }

  /** Bytes that all clients have received. */
  get bytes() {
    return this.#clients.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Clients that the server has cut off. */
  get lostClients() {
    return this.#clients.filter(({ lost }) => lost).length
  }

  /** Begins to time; what came before was to warm up. Returns the latencies of what is sent from now on. */
  openWindow() {
    this.#spacing.settle()
    const window = new Window(now())
    this.#windows.push(window)
    return window
  }

  /** Messages sent from now on do not count any more for the window's latencies. @param {Window} window */
  closeWindow(window) {
    window.to = now()
  }

  /** @param {Client} client @param {import('./marks.mjs').OnMessage | null} onMessage */
  #reader(client, onMessage) {
    return client.compressed ? new InflateReader(onMessage) : new MarkReader(this.#spacing, onMessage)
  }

  /** @param {number} at @param {number} stamp */
  #time(at, stamp) {
    for (const window of this.#windows)
      if (stamp >= window.from && stamp < window.to) window.histogram.record(at - stamp)
  }

  /** Counts what a client hears. @param {Client} client */
  count(client) {
    const reader = this.#reader(client, null)
    client.onBytes = (bytes, length) => {
      this.received += reader.read(bytes, length)
    }
  }

  /** Counts and times what a client hears, from whomever. @param {Client} client */
  observe(client) {
    let at = 0
    const reader = this.#reader(client, (_sender, stamp) => this.#time(at, stamp))
    client.onBytes = (bytes, length) => {
      at = now()
      this.received += reader.read(bytes, length)
    }
  }

  /** Counts what a client hears and tells the caller of each message. @param {Client} client @param {import('./marks.mjs').OnMessage} onMessage */
  follow(client, onMessage) {
    const reader = this.#reader(client, onMessage)
    client.onBytes = (bytes, length) => {
      this.received += reader.read(bytes, length)
    }
  }

  /**
   * Closed loop: each sender keeps a number of its own messages in flight and sends the next when one has come back.
   * Latencies are those of a sender's own messages.
   * @param {number} inFlight
   */
  converse(inFlight) {
    for (const [index, sender] of this.#senders.entries()) {
      const client = /** @type {Client} */ (this.#clients[index])
      let at = 0
      let back = 0
      const reader = this.#reader(client, (from, stamp) => {
        if (from !== index) return
        back += 1
        this.#time(at, stamp)
      })
      client.onBytes = (bytes, length) => {
        at = now()
        back = 0
        this.received += reader.read(bytes, length)
        if (back > 0 && this.sending) this.#send(sender, now(), back)
      }
    }
    for (const sender of this.#senders) this.#send(sender, now(), inFlight)
  }

  /**
   * Open loop: a fixed number of messages a second, whatever the server does. Each bears the time at which it was to be
   * sent, so that a server, or a generator, that falls behind cannot hide it.
   * @param {number} rate messages/s, taken in turn from all senders
   */
  announce(rate) {
    this.sending = true
    const started = performance.now()
    const gap = 1000 / rate
    let turn = 0
    const tick = () => {
      if (!this.sending) return
      let due = started + turn * gap
      for (; due <= performance.now(); due = started + turn * gap) {
        const sender = this.#senders[turn % this.#senders.length]
        if (sender !== undefined) this.#send(sender, Math.floor(due * 1000), 1)
        turn += 1
      }
      const wait = due - performance.now()
      // Timers are late by up to a millisecond, so the last bit is waited for awake.
      if (wait > 2) setTimeout(tick, Math.floor(wait) - 1)
      else setImmediate(tick)
    }
    tick()
  }

  /** @param {Sender} sender @param {number} stamp @param {number} times */
  #send(sender, stamp, times) {
    this.sent += times
    this.expected += times * sender.audience
    sender.send(stamp, times)
  }

  /**
   * Waits until all that was sent has arrived, or nothing has arrived for some time.
   * @param {number} patienceMs
   */
  async drain(patienceMs) {
    this.sending = false
    let progressAt = performance.now()
    let before = this.received
    while (this.received < this.expected && performance.now() - progressAt < patienceMs) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (this.received !== before) progressAt = performance.now()
      before = this.received
    }
    // What comes now came twice, and would otherwise stand for something that never came.
    await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS))
  }
}
