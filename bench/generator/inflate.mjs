/** Reading compressed messages: here frames must be parsed, for their payload does not show the mark. */
import { constants, inflateRawSync } from 'node:zlib'
import { MarkReader, Spacing } from './marks.mjs'

/** What RFC 7692 section 7.2.2 lets the sender leave away. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff])
const COMPRESSED = 0x40

/** The stream never ends: each message only flushes it. */
const MESSAGE = { finishFlush: constants.Z_SYNC_FLUSH }

/** @param {Buffer} bytes @returns {{ start: number, end: number } | null} the payload of the first frame, null when it is not all there */
function firstFrame(bytes) {
  if (bytes.length < 2) return null
  const short = (bytes[1] ?? 0) & 0x7f
  const start = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < start) return null
  const size =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  return bytes.length < start + size ? null : { start, end: start + size }
}

/** Finds the messages in one connection's bytes when the server compresses each message for itself. */
export class InflateReader {
  #reader
  /** @type {Buffer} */
  #rest = Buffer.alloc(0)

  /** @param {import('./marks.mjs').OnMessage | null} onMessage */
  constructor(onMessage) {
    this.#reader = new MarkReader(new Spacing(), onMessage)
  }

  /** @param {Uint8Array} bytes @param {number} length @returns {number} messages that ended in these bytes */
  read(bytes, length) {
    /** @type {Buffer} */
    let rest = Buffer.concat([this.#rest, bytes.subarray(0, length)])
    let count = 0
    for (let frame = firstFrame(rest); frame !== null; frame = firstFrame(rest)) {
      const payload = rest.subarray(frame.start, frame.end)
      const compressed = ((rest[0] ?? 0) & COMPRESSED) !== 0
      const text = compressed ? inflateRawSync(Buffer.concat([payload, TAIL]), MESSAGE) : payload
      count += this.#reader.read(text, text.length)
      rest = rest.subarray(frame.end)
    }
    this.#rest = rest
    return count
  }
}
