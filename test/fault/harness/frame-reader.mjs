/** Frames that a server sends (RFC 6455 section 5.2): unmasked and, from this server, never in pieces. */
export const OPCODES = Object.freeze({ text: 1, close: 8, ping: 9, pong: 10 })

export class FrameReader {
  /** What came of a frame that is not whole yet. */
  #rest = Buffer.alloc(0)

  /** @param {Buffer} chunk is not kept @param {(opcode: number, payload: Buffer) => void} onFrame */
  read(chunk, onFrame) {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (;;) {
      const frame = frameAt(bytes, at)
      if (frame === null) break
      onFrame((bytes[at] ?? 0) & 0x0f, bytes.subarray(frame.start, frame.end))
      at = frame.end
    }
    this.#rest = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at))
  }
}

/** Where the payload of the frame that begins at `at` lies; `null` while it is not whole. @param {Buffer} bytes @param {number} at */
export function frameAt(bytes, at) {
  if (bytes.length < at + 2) return null
  const short = (bytes[at + 1] ?? 0) & 0x7f
  const extended = short < 126 ? 0 : short === 126 ? 2 : 8
  const start = at + 2 + extended
  if (bytes.length < start) return null
  const size =
    extended === 0
      ? short
      : extended === 2
        ? bytes.readUInt16BE(at + 2)
        : Number(bytes.readBigUInt64BE(at + 2))
  const end = start + size
  return bytes.length < end ? null : { start, end }
}
