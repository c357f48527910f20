/** What RFC 6455 and the limits of PROTOCOL.md say of a stream of bytes, read once more by other code than the server's. */
import { isUtf8 } from 'node:buffer'
import { OPCODE } from '../../support/raw-client.ts'

const CONTINUATION = OPCODE.continuation

export interface Rules {
  readonly maxBytes: number
  readonly maxFragments: number
  /** Whether a chat endpoint reads it: binary is refused (ER5). */
  readonly isChat: boolean
  /** Whether permessage-deflate was agreed upon: the first frame of a message may have RSV1. */
  readonly deflate: boolean
}

export interface Reading {
  /** The code that the server has to close with; `null` when nothing asks for it. */
  readonly close: number | null
  /** A compressed message is in it, so its content may be a further reason to close. */
  readonly compressed: boolean
  /** Payloads of the pings that have to be answered. */
  readonly pings: readonly Buffer[]
  /** Frames that were read whole, the one that is at fault included. */
  readonly frames: number
}

interface Header {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly masked: boolean
  readonly length: bigint
  readonly size: number
}

/** Reads until a fault, a close frame or the end. */
export function readStream(bytes: Buffer, rules: Rules): Reading {
  const state = { fragments: 0, opcode: 0, gathered: [] as Buffer[], bytes: 0, squeezed: false }
  const pings: Buffer[] = []
  let frames = 0
  let compressed = false
  let at = 0
  const done = (close: number | null): Reading => ({ close, compressed, pings, frames })
  for (;;) {
    const header = headerOf(bytes, at)
    if (header === null) return done(null)
    const fault = headerFault(header, state.fragments > 0, rules)
    if (fault !== null) {
      frames++
      return done(fault)
    }
    if (header.size === 0) return done(null)
    const isData = header.opcode < OPCODE.close
    if (isData && BigInt(state.bytes) + header.length > BigInt(rules.maxBytes)) {
      frames++
      return done(1009)
    }
    const end = at + header.size + Number(header.length)
    if (end > bytes.length) return done(null)
    frames++
    const payload = unmasked(bytes, at + header.size, end)
    at = end
    if (!isData) {
      if (header.opcode === OPCODE.close) return done(closeCodeOf(payload))
      if (header.opcode === OPCODE.ping) pings.push(payload)
      continue
    }
    if (state.fragments === 0) {
      state.opcode = header.opcode
      state.squeezed = (header.rsv & 4) !== 0
    }
    state.fragments++
    state.bytes += payload.length
    if (payload.length > 0) state.gathered.push(payload)
    if (state.fragments > rules.maxFragments) return done(1009)
    if (!header.fin) continue
    compressed ||= state.squeezed
    const message = Buffer.concat(state.gathered)
    Object.assign(state, { fragments: 0, gathered: [], bytes: 0 })
    if (state.squeezed) continue
    if (state.opcode === OPCODE.text && !isUtf8(message)) return done(1007)
    if (state.opcode === OPCODE.binary && rules.isChat) return done(1003)
  }
}

/** `null`: fewer than two bytes. `size` 0: the header is not there whole. */
function headerOf(bytes: Buffer, at: number): Header | null {
  if (bytes.length - at < 2) return null
  const [first, second] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)]
  const short = second & 0x7f
  const masked = (second & 0x80) !== 0
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0
  const size = 2 + wide + (masked ? 4 : 0)
  const isThere = bytes.length - at >= 2 + wide
  const length =
    wide === 0 || !isThere
      ? BigInt(short)
      : wide === 2
        ? BigInt(bytes.readUInt16BE(at + 2))
        : bytes.readBigUInt64BE(at + 2)
  const fin = (first & 0x80) !== 0
  return { fin, rsv: (first >> 4) & 7, opcode: first & 0x0f, masked, length, size: isThere ? size : 0 }
}

/** What the first two bytes of a frame alone are refused for. */
function headerFault(header: Header, fragmented: boolean, { deflate }: Rules): number | null {
  const { rsv, opcode, fin, masked } = header
  const isFirst = opcode === OPCODE.text || opcode === OPCODE.binary
  if ((rsv & 3) !== 0 || ((rsv & 4) !== 0 && !(deflate && isFirst))) return 1002
  if (opcode === CONTINUATION ? !fragmented : isFirst && fragmented) return 1002
  if (!isFirst && opcode !== CONTINUATION && (opcode < OPCODE.close || opcode > OPCODE.pong)) return 1002
  // A control frame's length is in the short form: 126 and 127 announce a longer one.
  if (opcode >= OPCODE.close && (!fin || shortOf(header) > 125)) return 1002
  return masked ? null : 1002
}

function shortOf({ length, size, masked }: Header): number {
  return size === 0 || size > (masked ? 6 : 2) ? 126 : Number(length)
}

/** Of a close frame: the code that comes back, 1005 for none. */
function closeCodeOf(payload: Buffer): number {
  if (payload.length === 0) return 1005
  if (payload.length === 1) return 1002
  const code = payload.readUInt16BE(0)
  const isOfRfc = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
  if (!isOfRfc && !(code >= 3000 && code <= 4999)) return 1002
  return isUtf8(payload.subarray(2)) ? code : 1007
}

function unmasked(bytes: Buffer, from: number, to: number): Buffer {
  const payload = Buffer.from(bytes.subarray(from, to))
  for (let i = 0; i < payload.length; i++)
    payload[i] = (payload[i] as number) ^ (bytes[from - 4 + (i & 3)] as number)
  return payload
}
