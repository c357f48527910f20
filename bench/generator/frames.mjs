/** Client frames of RFC 6455 section 5.2. */
import { HEAD_BYTES, headText, STAMP_AT } from './marks.mjs'

const FIN_TEXT = 0x81
const FIN_PONG = 0x8a
const MASKED = 0x80

// The mask hides bytes from old proxies; here it only has to cost the server what a browser's mask costs it.
const KEY = Buffer.from([0x5a, 0xc3, 0x3c, 0xa5])

/** @param {number} opcode with FIN @param {Uint8Array} payload */
function maskedFrame(opcode, payload) {
  const { length } = payload
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8
  const frame = Buffer.alloc(2 + extended + 4 + length)
  frame[0] = opcode
  frame[1] = MASKED | (extended === 0 ? length : extended === 2 ? 126 : 127)
  if (extended === 2) frame.writeUInt16BE(length, 2)
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2)
  const start = 2 + extended + 4
  frame.set(KEY, start - 4)
  for (let i = 0; i < length; i++) frame[start + i] = (payload[i] ?? 0) ^ (KEY[i & 3] ?? 0)
  return { frame, start }
}

/** @param {string} text */
export const textFrame = (text) => maskedFrame(FIN_TEXT, Buffer.from(text)).frame

/** A pong that nobody asked for: RFC 6455 section 5.5.3 allows it as a sign of life. */
export const pongFrame = maskedFrame(FIN_PONG, Buffer.alloc(0)).frame

/** The finished frame of one sender's messages; only the time in it changes. */
export class MessageFrame {
  #frame
  #stampAt
  #phase

  /**
   * @param {object} message
   * @param {number} message.sender
   * @param {string} message.before what stands before the text in the payload
   * @param {string} message.after
   * @param {string} message.filler text behind the head
   */
  constructor({ sender, before, after, filler }) {
    const { frame, start } = maskedFrame(FIN_TEXT, Buffer.from(before + headText(sender, 0) + filler + after))
    this.#frame = frame
    this.#phase = Buffer.byteLength(before) + STAMP_AT
    this.#stampAt = start + this.#phase
  }

  /**
   * @param {number} stamp microseconds
   * @param {number} times how many of it in one buffer
   */
  make(stamp, times) {
    const size = this.#frame.length
    const frames = Buffer.allocUnsafe(size * times)
    for (let at = 0; at < frames.length; at += size) {
      frames.set(this.#frame, at)
      let rest = stamp
      for (let digit = HEAD_BYTES - STAMP_AT - 1; digit >= 0; digit--) {
        const next = Math.floor(rest / 10)
        frames[at + this.#stampAt + digit] = (48 + rest - next * 10) ^ (KEY[(this.#phase + digit) & 3] ?? 0)
        rest = next
      }
    }
    return frames
  }
}
