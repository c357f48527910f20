import { connect } from 'node:net'
import { pongFrame, textFrame } from './frames.mjs'

/** All sockets read into one buffer: what is in it is used up before the next read. */
const READ_BYTES = 262_144
const shared = new Uint8Array(READ_BYTES)

const DEFLATE_OFFER = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'

/** @typedef {(bytes: Uint8Array, length: number) => void} OnBytes */

/** @typedef {'plain' | 'socketio'} Dialect plain: JSON texts in WebSocket frames; socketio: its version 4, WebSocket only */

/**
 * @typedef {object} Target
 * @property {number} port on the loopback interface
 * @property {Dialect} dialect
 * @property {boolean} compress whether to offer permessage-deflate
 */

/** One WebSocket connection that hands its bytes on as they come, frames and all. */
export class Client {
  /** Whether the server has taken compression. */
  compressed = false
  /** Whether it was lost, after it had been in. */
  lost = false
  /** Bytes received after the handshake. */
  bytes = 0
  /** @type {OnBytes} */
  onBytes = ignore
  #socket
  #dialect
  /** @type {'upgrading' | 'greeting' | 'in' | 'out'} */
  #state = 'upgrading'
  #text = ''
  /** @type {(client: Client) => void} */
  #resolve = ignore
  /** @type {(reason: Error) => void} */
  #reject = ignore

  /** @type {Promise<Client>} resolves when the connection is in its room */
  opened

  /**
   * @param {Target} target
   * @param {string} path
   * @param {Readonly<Record<string, string>>} greeting told to Socket.IO instead of a path
   */
  constructor(target, path, greeting) {
    this.#dialect = target.dialect
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#socket = connect({
      port: target.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: shared, callback: (length, bytes) => this.#read(bytes, length, greeting) },
    })
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(target, path)))
    this.#socket.on('error', (error) => this.#end(error))
    this.#socket.on('close', () => this.#end(new Error('closed by the server')))
  }

  /** @param {Uint8Array} frames whole ones */
  send(frames) {
    this.#socket.write(frames)
  }

  /** Shows the server that somebody is here. */
  beat() {
    if (this.#state === 'in') this.#socket.write(pongFrame)
  }

  /** Stops to read, as a client that hangs. */
  pause() {
    this.#socket.pause()
  }

  resume() {
    this.#socket.resume()
  }

  close() {
    this.#state = 'out'
    this.#socket.resetAndDestroy()
  }

  /** @param {Error} error */
  #end(error) {
    if (this.#state === 'in') this.lost = true
    this.#state = 'out'
    this.#reject(error)
  }

  /** @param {Uint8Array} bytes @param {number} length @param {Readonly<Record<string, string>>} greeting */
  #read(bytes, length, greeting) {
    if (this.#state === 'in') {
      this.bytes += length
      this.onBytes(bytes, length)
    } else if (this.#state !== 'out') {
      this.#text += Buffer.from(bytes.buffer, 0, length).toString('latin1')
      this.#shakeHands(greeting)
    }
    return true
  }

  /** @param {Readonly<Record<string, string>>} greeting */
  #shakeHands(greeting) {
    if (this.#state === 'upgrading') {
      const end = this.#text.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + 4)
      if (!head.startsWith('HTTP/1.1 101')) {
        this.#end(new Error(`upgrade refused: ${head.split('\r\n', 1)[0]}`))
        this.#socket.destroy()
        return
      }
      this.compressed = /^sec-websocket-extensions:.*permessage-deflate/im.test(head)
      if (this.#dialect === 'socketio') this.#socket.write(textFrame(`40${JSON.stringify(greeting)}`))
      this.#state = this.#dialect === 'socketio' ? 'greeting' : 'in'
    }
    // Engine.IO's opening packet comes first; the server is ready for messages when it has answered the greeting.
    if (this.#state === 'greeting' && this.#text.includes('40{"sid"')) this.#state = 'in'
    if (this.#state === 'in') this.#resolve(this)
  }
}

/** @param {Target} target @param {string} path */
const upgradeRequest = ({ port, compress }, path) =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: cm9vbWZ1bCBiZW5jaCAwMQ==',
    ...(compress ? [`Sec-WebSocket-Extensions: ${DEFLATE_OFFER}`] : []),
    '\r\n',
  ].join('\r\n')

function ignore() {}
