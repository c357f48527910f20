import { frameAt } from '../harness/frame-reader.mjs'

/** @typedef {import('@roomful/server').ChatService} ChatService */
/** @typedef {Parameters<ChatService['attach']>[0]} Socket */

/** One delivery of so many is told wrongly. */
const ONE_OF = 1_000

/** One private frame of so many goes to somebody else too. */
const ONE_PRIVATE_OF = 5

/** @typedef {{ bytes: Buffer, type: string }} Frame */
/** @typedef {(frames: Frame[], at: number, socket: Socket) => void} Lie changes the frames that are about to be sent */

/** @type {Set<Socket>} */
const sockets = new Set()
let deliveries = 0
let privates = 0

/** @type {Readonly<Record<string, Lie>>} */
const LIES = {
  drop: (frames, at) => void frames.splice(at, 1),
  twice: (frames, at) => void frames.splice(at, 0, ...frames.slice(at, at + 1)),
  swap: (frames, at) => {
    const next = frames[at + 1]
    // Where it stands alone, the next one will do.
    if (next?.type === 'message') frames.splice(at, 2, next, ...frames.slice(at, at + 1))
    else deliveries -= 1
  },
  broadcast: (frames, at, socket) => {
    const others = [...sockets].filter((other) => other !== socket)
    const [frame] = frames.slice(at, at + 1)
    if (frame !== undefined) others[privates % others.length]?.send(frame.bytes)
  },
}

/** The service, whose sockets have the fault that MUTANT names. @param {ChatService} service @returns {ChatService} */
export function mutantService(service) {
  const name = process.env['MUTANT'] ?? ''
  const lie = LIES[name]
  if (lie === undefined) return service
  return {
    ...service,
    attach: (socket, request) => {
      const events = service.attach(mutantSocket(socket, lie, name === 'broadcast'), request)
      sockets.add(socket)
      const onClosed = events.onClosed.bind(events)
      events.onClosed = (code) => {
        sockets.delete(socket)
        onClosed(code)
      }
      return events
    },
  }
}

/** @param {Socket} socket @param {Lie} lie @param {boolean} ofPrivates @returns {Socket} */
function mutantSocket(socket, lie, ofPrivates) {
  const send = (/** @type {Uint8Array} */ bytes) => {
    const frames = split(bytes)
    for (let at = 0; at < frames.length; at++) {
      const type = frames[at]?.type
      if (
        ofPrivates
          ? isDue(type === 'private', () => ++privates % ONE_PRIVATE_OF)
          : isDue(type === 'message', () => ++deliveries % ONE_OF)
      )
        lie(frames, at++, socket)
    }
    return socket.send(Buffer.concat(frames.map((frame) => frame.bytes)))
  }
  return new Proxy(socket, {
    get: (target, name) => {
      if (name === 'send') return send
      const member = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

/** @param {boolean} fits @param {() => number} count */
const isDue = (fits, count) => fits && count() === 0

/** @param {Uint8Array} bytes whole frames @returns {Frame[]} */
function split(bytes) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  /** @type {Frame[]} */
  const frames = []
  for (let at = 0, frame = frameAt(buffer, at); frame !== null; at = frame.end, frame = frameAt(buffer, at)) {
    const type = /^\{"type":"(\w+)"/.exec(buffer.toString('latin1', frame.start, frame.start + 40))?.[1] ?? ''
    frames.push({ bytes: buffer.subarray(at, frame.end), type })
  }
  return frames
}
