// Peer: the floor. Writes the same bytes with one write per connection per turn and does nothing else: no WebSocket
// library, no reading of JSON, no check, no store. What a Node server could do at best. node floor.mjs PORT
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { chatMessage, seatOf } from './payload.mjs'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const BEFORE = Buffer.byteLength('{"type":"message","message":"')
const AFTER = Buffer.byteLength('"}')

/** @typedef {import('node:net').Socket} Socket */

/** One room: its sockets, and what was said in it during this turn. */
class Room {
  /** @type {Socket[]} */
  sockets = []
  /** @type {Buffer[]} */
  #said = []
  #seq = 0
  #name

  /** @param {string} name */
  constructor(name) {
    this.#name = name
  }

  /** @param {string} username @param {Buffer} text */
  say(username, text) {
    this.#seq += 1
    if (this.#said.length === 0) setImmediate(() => this.#flush())
    const body = JSON.stringify(chatMessage(username, '', this.#seq, this.#name))
    const at = body.indexOf('"message":""') + '"message":"'.length
    const length = body.length + text.length
    const long = length >= 65_536
    const frame = Buffer.allocUnsafe((long ? 10 : 4) + length)
    frame[0] = 0x81
    frame[1] = long ? 127 : 126
    if (long) frame.writeBigUInt64BE(BigInt(length), 2)
    else frame.writeUInt16BE(length, 2)
    const start = frame.length - length
    frame.write(body.slice(0, at), start, 'latin1')
    frame.set(text, start + at)
    frame.write(body.slice(at), start + at + text.length, 'latin1')
    this.#said.push(frame)
  }

  #flush() {
    const bytes = Buffer.concat(this.#said)
    this.#said = []
    for (const socket of this.sockets) socket.write(bytes)
  }
}

/** @type {Map<string, Room>} */
const rooms = new Map()

/** Takes whole client frames off the front. @param {Buffer} bytes @param {(payload: Buffer) => void} onText @returns {Buffer} the rest */
function takeFrames(bytes, onText) {
  for (;;) {
    if (bytes.length < 6) return bytes
    const short = (bytes[1] ?? 0) & 0x7f
    const extended = short < 126 ? 0 : 2
    const start = 6 + extended
    const end = start + (short < 126 ? short : bytes.readUInt16BE(2))
    if (bytes.length < end) return bytes
    const payload = bytes.subarray(start, end)
    for (let i = 0; i < payload.length; i++)
      payload[i] = (payload[i] ?? 0) ^ (bytes[start - 4 + (i & 3)] ?? 0)
    if (((bytes[0] ?? 0) & 0x0f) === 1) onText(payload)
    bytes = bytes.subarray(end)
  }
}

/** @param {Socket} socket @param {string} head */
function enter(socket, head) {
  const key = /^sec-websocket-key: *(.+)$/im.exec(head)?.[1]?.trim() ?? ''
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  const { username, room: name } = seatOf(head.split(' ', 2)[1] ?? '/')
  const room = rooms.get(name) ?? new Room(name)
  rooms.set(name, room)
  room.sockets.push(socket)
  return (/** @type {Buffer} */ payload) =>
    room.say(username, payload.subarray(BEFORE, payload.length - AFTER))
}

createServer({ noDelay: true }, (socket) => {
  /** @type {Buffer} */
  let rest = Buffer.alloc(0)
  /** @type {((payload: Buffer) => void) | null} */
  let onText = null
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    if (onText === null) {
      const end = rest.indexOf('\r\n\r\n')
      if (end < 0) return
      onText = enter(socket, rest.toString('latin1', 0, end))
      rest = rest.subarray(end + 4)
    }
    rest = takeFrames(rest, onText)
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
