/** A person with the real SDK: says things until they are acknowledged, and writes down what it was told. */
import { randomUUID } from 'node:crypto'
import { ClientError, createClient } from '@roomful/client'
import { WebSocket } from 'ws'
import { sleep, until } from './wait.mjs'

/** @typedef {import('../checker.mjs').Told} Told */
/** @typedef {import('../checker.mjs').Sent} Sent */
/** @typedef {import('../checker.mjs').Acked} Acked */

/** What is not tried again: the message can never be taken. */
const FINAL = new Set(['conflict', 'bad_message', 'too_large', 'name_required', 'invalid_room', 'forbidden'])

/** Milliseconds until a refused message is tried again. */
const RETRY_MS = 50

/** `saidAt`: when it was said first, `at`: when it was sent last. @typedef {{ text: string, to: string | null, clientId: string, tries: number, saidAt: number, at: number }} Outgoing */

/**
 * @typedef {object} SpeakerPlan
 * @property {string} name
 * @property {string} url
 * @property {string} room
 * @property {() => number} random
 * @property {number} [window] messages under way at once; default: 20
 * @property {boolean} [catchUp]
 */

export class Speaker {
  name
  client
  /** @type {Sent[]} */
  sent = []
  /** @type {Acked[]} */
  acked = []
  /** @type {Told[]} */
  room = []
  /** @type {Told[]} */
  inbox = []
  /** @type {import('@roomful/client').Gap[]} */
  gaps = []
  /** Messages that were refused for good. @type {string[]} */
  refused = []
  /** Codes of the refusals that were tried again, and how often. @type {Map<string, number>} */
  refusals = new Map()
  /** Milliseconds from a sending to its refusal, the most of all; 0 when nothing was refused. */
  slowestRefusalMs = 0
  /** Milliseconds from saying something to its ack, the most of all. */
  slowestAckMs = 0
  /** How often it was sent again. */
  retries = 0
  /** How often it came online. */
  arrivals = 0
  /** @type {(message: Told) => void} */
  onTold = () => {}
  #room
  #window
  /** @type {Outgoing[]} */
  #waiting = []
  #underWay = 0
  /** @type {NodeJS.Timeout | null} */
  #retry = null

  /** @param {SpeakerPlan} plan */
  constructor({ name, url, room, random, window = 20, catchUp = true }) {
    this.name = name
    this.#room = room
    this.#window = window
    this.client = createClient({ url, username: name, room, random, WebSocket, storage: null, catchUp })
    this.client.onMessage((message) => {
      if (message.room !== room) return
      const { seq, id, message: text, username: from } = message
      this.#told(this.room, { seq, id, text, from, to: null })
    })
    this.client.onPrivate(({ seq, id, message: text, from, to }) => {
      this.#told(this.inbox, { seq, id, text, from, to: to ?? null })
    })
    this.client.onGap((gap) => this.gaps.push(gap))
    this.client.onState(({ phase }) => {
      if (phase !== 'online') return
      this.arrivals += 1
      this.#pump()
    })
  }

  /** How often it was told to try again because the store was away. */
  get unavailable() {
    return this.refusals.get('unavailable') ?? 0
  }

  get online() {
    return this.client.state.phase === 'online'
  }

  /** Connections that it has lost since it entered. */
  get losses() {
    return this.arrivals - (this.online ? 1 : 0)
  }

  /** Messages that are not acknowledged yet. */
  get pending() {
    return this.#waiting.length + this.#underWay
  }

  /** Connects and waits until it is there. */
  async enter() {
    this.client.connect()
    await until(`${this.name} is online`, () => this.online, 20_000)
  }

  /** @param {string} text unique in the run @param {string | null} [to] */
  say(text, to = null) {
    this.sent.push({ text, to })
    const now = performance.now()
    this.#waiting.push({ text, to, clientId: randomUUID(), tries: 0, saidAt: now, at: now })
    this.#pump()
  }

  leave() {
    this.client.disconnect()
  }

  /** All entries of a log as the server holds it. @param {string} room @returns {Promise<Told[]>} */
  async wholeLog(room) {
    /** @type {Told[]} */
    const log = []
    for (;;) {
      const page = await this.#page(room, log.at(-1)?.seq ?? 0)
      for (const entry of page.entries) {
        if (entry.type === 'message')
          log.push({ seq: entry.seq, id: entry.id, text: entry.message, from: entry.username, to: null })
        else if (entry.type === 'private')
          log.push({ seq: entry.seq, id: entry.id, text: entry.message, from: entry.from, to: entry.to })
      }
      if (page.complete) return log
    }
  }

  /** Where there are rates, a long log is read in more requests than one may make at once. @param {string} room @param {number} after */
  async #page(room, after) {
    for (;;) {
      try {
        return await this.client.history({ room, after, limit: 100 })
      } catch (error) {
        if (!(error instanceof ClientError) || error.code !== 'rate_limited') throw error
        await sleep(error.retryAfterMs ?? RETRY_MS)
      }
    }
  }

  /** @param {Told[]} log @param {Told} entry */
  #told(log, entry) {
    log.push(entry)
    this.onTold(entry)
  }

  #pump() {
    while (this.online && this.#underWay < this.#window) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#underWay += 1
      void this.#send(next)
    }
  }

  /** @param {Outgoing} message */
  async #send(message) {
    const { text, to, clientId } = message
    if (message.tries++ > 0) this.retries += 1
    message.at = performance.now()
    try {
      const ack = await (to === null
        ? this.client.send(text, { clientId })
        : this.client.whisper(to, text, { clientId }))
      this.acked.push({ text, log: ack.room === this.#room ? 'room' : ack.room, seq: ack.seq, id: ack.id })
      this.slowestAckMs = Math.max(this.slowestAckMs, performance.now() - message.saidAt)
      this.#underWay -= 1
      this.#pump()
    } catch (error) {
      this.#underWay -= 1
      this.#refuse(message, error instanceof ClientError ? error.code : String(error))
    }
  }

  /** @param {Outgoing} message @param {string} code */
  #refuse(message, code) {
    if (FINAL.has(code)) {
      this.refused.push(`${code}: ${message.text}`)
      return
    }
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
    if (code !== 'closed' && code !== 'offline')
      this.slowestRefusalMs = Math.max(this.slowestRefusalMs, performance.now() - message.at)
    this.#waiting.unshift(message)
    // One timer whatever was refused: each pump may be refused all that it sends, at once while the socket is closing.
    if (this.#retry !== null) return
    this.#retry = setTimeout(() => {
      this.#retry = null
      this.#pump()
    }, RETRY_MS)
  }
}
