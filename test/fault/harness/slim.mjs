/**
 * A listener on a bare socket that trusts nobody: it writes down each entry as the wire brings it, before any repair that an SDK
 * would do, and comes back behind the last one that it has. Thousands fit into one process.
 */
import { connect } from 'node:net'
import { pongFrame, textFrame } from '../../../bench/generator/frames.mjs'
import { FrameReader, OPCODES } from './frame-reader.mjs'

/** @typedef {import('../checker.mjs').Told} Told */

/** All sockets read into one buffer: what is in it is used up before the next read. */
const shared = new Uint8Array(262_144)

/** Waits before another try when the server cannot be reached, in milliseconds; doubled up to the last. */
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 2_000

const LOGS = /** @type {const} */ (['room', '@me'])

/** @typedef {typeof LOGS[number]} LogName */

/**
 * What it knows of a log. `asked`: what comes is of no account until the server has said from where on it sends.
 * @typedef {{ told: Told[], last: number, state: 'new' | 'live' | 'asked', target: number }} Place
 */

/** @typedef {{ type: string, event?: string, room?: string, [field: string]: unknown }} Frame */

/** Entries by the text of their frame: the same for everybody in a room, so parsed once. */
export class Frames {
  /** @type {Map<string, Frame & { told: Told }>} */
  #known = new Map()

  /** @param {string} text @returns {Frame & { told?: Told }} */
  parse(text) {
    if (!text.startsWith('{"type":"message"')) return parsed(text)
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const frame = parsed(text)
    const { seq, id, message, username, from, to } = frame
    const told = { seq, id, text: message, from: username ?? from, to: to ?? null }
    const entry = { ...frame, told: /** @type {Told} */ (told) }
    this.#known.set(text, entry)
    return entry
  }
}

/** @param {string} text @returns {Frame} */
const parsed = (text) => JSON.parse(text)

/**
 * @typedef {object} SlimPlan
 * @property {number} port @property {string} name @property {string} room @property {Frames} frames
 * @property {() => number} random
 * @property {boolean} [returns] comes back by itself after a close; default: true
 * @property {boolean} [heartbeat] uses the heartbeat endpoint and answers its pings; default: false
 */

export class Slim {
  name
  /** @type {Record<LogName, Place>} */
  places = { room: newPlace(), '@me': newPlace() }
  /** What is true of a connection that is through with its resuming. */
  isCaughtUp = false
  isOpen = false
  /** Close codes that the server gave; 1006 without one. @type {number[]} */
  closes = []
  /** @type {{ log: LogName, after: number, before: number }[]} */
  gaps = []
  /** Milliseconds from each return's dialling to having everything. @type {number[]} */
  replaysMs = []
  /** @type {string[]} error frames */
  errors = []
  /** Notices of the room, by event. @type {{ event: string, username: string, at: number }[]} */
  notices = []
  /** What the server asked for before a planned close. @type {number[]} */
  slotsMs = []
  /** When it last sent a byte, in monotonic milliseconds. */
  lastSentAt = 0
  /** Whether it still answers pings; a client that is deaf does not. */
  answers = true
  /** @type {(told: Told) => void} */
  onTold = () => {}
  #plan
  #epoch = ''
  #token = ''
  /** @type {import('node:net').Socket | null} */
  #socket = null
  #reader = new FrameReader()
  #head = ''
  #staying = false
  #dialledAt = 0
  #retryMs = FIRST_RETRY_MS
  #closeCode = 1006
  #slotMs = 0
  /** @type {NodeJS.Timeout | undefined} */
  #timer

  /** @type {() => void} */
  onCaughtUp = () => {}
  /** @param {SlimPlan} plan */
  constructor(plan) {
    this.#plan = plan
    this.name = plan.name
  }

  get room() {
    return this.places.room.told
  }

  get inbox() {
    return this.places['@me'].told
  }

  /** Connections that it has lost. */
  get losses() {
    return this.closes.length
  }

  /** @param {number} port of a server that has moved, or of a proxy */
  set port(port) {
    this.#plan = { ...this.#plan, port }
  }

  connect() {
    clearTimeout(this.#timer)
    this.#staying = this.#plan.returns ?? true
    this.#dialledAt = performance.now()
    this.#head = ''
    this.#reader = new FrameReader()
    this.#closeCode = 1006
    this.isCaughtUp = false
    for (const log of LOGS) if (this.places[log].state !== 'new') this.places[log].state = 'asked'
    /** @type {import('node:net').Socket} */
    const socket = connect({
      port: this.#plan.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: shared, callback: (length, bytes) => this.#read(socket, bytes, length) },
    })
    this.#socket = socket
    socket.on('connect', () => this.#send(Buffer.from(this.#upgradeRequest())))
    socket.on('error', ignore)
    socket.on('close', () => this.#closed(socket))
  }

  /** Ends the connection with a reset. `returns` after so many milliseconds; otherwise as its plan says. @param {number} [returnsAfterMs] */
  cut(returnsAfterMs) {
    if (returnsAfterMs !== undefined) this.#slotMs = returnsAfterMs
    this.#socket?.resetAndDestroy()
  }

  /** Ends it and stays away. */
  leave() {
    this.#staying = false
    clearTimeout(this.#timer)
    this.#socket?.resetAndDestroy()
  }

  /** Stops to read, as a client that hangs. */
  pause() {
    this.#socket?.pause()
  }

  resume() {
    this.#socket?.resume()
  }

  #upgradeRequest() {
    const { port, name, room, heartbeat = false } = this.#plan
    const token = this.#token === '' ? '' : `, roomful.resume.${this.#token}`
    return [
      `GET /ws/chat/${encodeURIComponent(name)}${heartbeat ? '/heartbeat' : ''}?room=${encodeURIComponent(room)} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: cm9vbWZ1bCBmYXVsdCAwMQ==',
      `Sec-WebSocket-Protocol: roomful.v1${token}`,
      '\r\n',
    ].join('\r\n')
  }

  /** @param {import('node:net').Socket} socket @param {Uint8Array} bytes @param {number} length */
  #read(socket, bytes, length) {
    if (socket !== this.#socket) return true
    let chunk = Buffer.from(bytes.buffer, bytes.byteOffset, length)
    if (!this.isOpen) {
      this.#head += chunk.toString('latin1')
      const end = this.#head.indexOf('\r\n\r\n')
      if (end < 0) return true
      if (!this.#head.startsWith('HTTP/1.1 101')) {
        socket.destroy()
        return true
      }
      this.isOpen = true
      chunk = Buffer.from(this.#head.slice(end + 4), 'latin1')
    }
    this.#reader.read(chunk, (opcode, payload) => this.#onFrame(opcode, payload))
    return true
  }

  /** @param {number} opcode @param {Buffer} payload */
  #onFrame(opcode, payload) {
    if (opcode === OPCODES.text) this.#onText(payload.toString())
    else if (opcode === OPCODES.ping && this.answers) this.#send(pongFrame)
    else if (opcode === OPCODES.close) {
      this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
      this.#socket?.end()
    }
  }

  /** @param {string} text */
  #onText(text) {
    const frame = this.#plan.frames.parse(text)
    if (frame.told !== undefined) return this.#onEntry('room', frame.told)
    switch (frame.type) {
      case 'private': {
        const { seq, id, message, from, to } = frame
        return this.#onEntry('@me', /** @type {Told} */ ({ seq, id, text: message, from, to: to ?? null }))
      }
      case 'system':
        return this.#onSystem(frame)
      case 'ping':
        if (this.answers) this.#write({ type: 'pong' })
        return
      case 'going_away':
        this.#slotMs = Number(frame['retry_after_ms'])
        this.slotsMs.push(this.#slotMs)
        return
      case 'error':
        this.errors.push(text)
        // A resume that was refused is asked for anew by another connection.
        if (!this.isCaughtUp) this.#socket?.resetAndDestroy()
    }
  }

  /** @param {LogName} log @param {Told} told */
  #onEntry(log, told) {
    const place = this.places[log]
    if (place.state === 'asked') return
    place.told.push(told)
    place.last = Math.max(place.last, told.seq)
    this.onTold(told)
    if (!this.isCaughtUp) this.#lookWhetherCaughtUp()
  }

  /** @param {Frame} frame */
  #onSystem(frame) {
    if (frame.event !== 'welcome') {
      this.notices.push({
        event: String(frame.event),
        username: String(frame['username']),
        at: performance.now(),
      })
    } else if (frame['resume'] !== undefined) {
      this.#onResumed(frame.room === '@me' ? '@me' : 'room', frame)
    } else {
      this.#retryMs = FIRST_RETRY_MS
      this.#token = String(frame['resume_token'])
      this.#place('room', Number(frame['head_seq']))
      this.#place('@me', Number(frame['private_head_seq']))
      this.#epoch = String(frame['epoch'])
    }
    this.#lookWhetherCaughtUp()
  }

  /** A connection's first welcome says where the log stands. @param {LogName} log @param {number} head */
  #place(log, head) {
    const place = this.places[log]
    if (place.state === 'new') Object.assign(place, { state: 'live', last: head, target: head })
    // Nothing was missed, so what comes next is what comes next.
    else if (place.last === head) Object.assign(place, { state: 'live', target: head })
    else
      this.#write({
        type: 'join',
        room: log === '@me' ? log : this.#plan.room,
        since: { epoch: this.#epoch, seq: place.last },
      })
  }

  /** @param {LogName} log @param {Frame} frame */
  #onResumed(log, frame) {
    const place = this.places[log]
    const resume = /** @type {{ outcome: string, after?: number }} */ (frame['resume'])
    place.state = 'live'
    place.target = Number(frame['head_seq'])
    if (resume.outcome === 'full' && resume.after === place.last) return
    this.gaps.push({ log, after: place.last, before: place.target + 1 })
    place.last = place.target
  }

  #lookWhetherCaughtUp() {
    if (this.isCaughtUp) return
    for (const log of LOGS) {
      const { state, last, target } = this.places[log]
      if (state !== 'live' || last < target) return
    }
    this.isCaughtUp = true
    this.replaysMs.push(performance.now() - this.#dialledAt)
    this.onCaughtUp()
  }

  /** @param {object} frame */
  #write(frame) {
    this.#send(textFrame(JSON.stringify(frame)))
  }

  /** @param {Buffer} bytes */
  #send(bytes) {
    this.lastSentAt = performance.now()
    this.#socket?.write(bytes)
  }

  /** @param {import('node:net').Socket} socket */
  #closed(socket) {
    if (socket !== this.#socket) return
    this.#socket = null
    if (this.isOpen) this.closes.push(this.#closeCode)
    this.isOpen = false
    this.isCaughtUp = false
    if (!this.#staying) return
    const delay = this.#slotMs > 0 ? this.#slotMs : this.#plan.random() * this.#retryMs
    this.#slotMs = 0
    this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2)
    this.#timer = setTimeout(() => this.connect(), delay)
  }
}

/** @returns {Place} */
function newPlace() {
  return { told: [], last: 0, state: 'new', target: 0 }
}

function ignore() {}
