import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { FrameEncoder } from '../../ports/socket.ts'

// RFC 6455 section 5.2: FIN with the opcode, no mask from a server, then 7, 16 or 64 bits of length.
const FIN_TEXT = 0x81
const FIN_BINARY = 0x82

function headerSize(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10
}

/** Where the payload of a finished frame begins. */
function payloadStart(frame: Uint8Array): number {
  const length = frame[1] as number
  return length < 126 ? 2 : length === 126 ? 4 : 10
}

function writeHeader(frame: Buffer, opcode: number, length: number): void {
  frame[0] = opcode
  if (length < 126) {
    frame[1] = length
  } else if (length < 65_536) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
}

/** Whole, unfragmented, uncompressed WebSocket frames. */
export const wsEncoder: FrameEncoder = {
  name: 'websocket',
  encode(text) {
    const length = Buffer.byteLength(text)
    const header = headerSize(length)
    const frame = Buffer.allocUnsafe(header + length)
    writeHeader(frame, FIN_TEXT, length)
    frame.write(text, header, 'utf8')
    return frame
  },
  decode(frame) {
    return Buffer.from(frame.subarray(payloadStart(frame))).toString()
  },
  encodeBinary(bytes) {
    const header = headerSize(bytes.length)
    const frame = Buffer.allocUnsafe(header + bytes.length)
    writeHeader(frame, FIN_BINARY, bytes.length)
    frame.set(bytes, header)
    return frame
  },
  join(parts, size) {
    return Buffer.concat(parts, size)
  },
}

/** Payloads below this many bytes are sent as they are: deflate would not make them smaller. */
const MIN_DEFLATED_BYTES = 128

// RFC 7692 section 7.2.1: RSV1 marks a compressed message, and the empty block that a flush ends with is left out.
const RSV1 = 0x40
const FLUSH_TAIL_BYTES = 4

/**
 * Frames compressed each on its own, so that one buffer fits every connection that negotiated permessage-deflate without
 * context takeover and with the full window (RFC 7692 sections 7.1.1 and 7.1.2).
 */
export const wsDeflateEncoder: FrameEncoder = {
  ...wsEncoder,
  name: 'websocket, deflated',
  encode(text) {
    const plain = Buffer.from(text)
    if (plain.length < MIN_DEFLATED_BYTES) return wsEncoder.encode(text)
    const deflated = deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH })
    const length = deflated.length - FLUSH_TAIL_BYTES
    if (length >= plain.length) return wsEncoder.encode(text)
    const header = headerSize(length)
    const frame = Buffer.allocUnsafe(header + length)
    writeHeader(frame, FIN_TEXT | RSV1, length)
    deflated.copy(frame, header, 0, length)
    return frame
  },
  decode(frame) {
    if (((frame[0] as number) & RSV1) === 0) return wsEncoder.decode(frame)
    // The empty block that ended the flush is missing, which is no fault here.
    return inflateRawSync(frame.subarray(payloadStart(frame)), {
      finishFlush: constants.Z_SYNC_FLUSH,
    }).toString()
  },
}
