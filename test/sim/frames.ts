import type { FrameEncoder } from '../../packages/server/src/ports/socket.ts'

/** The fields that the simulation looks at; the text is what crosses the wire. */
export interface Fields {
  readonly type: string
  readonly event?: string
  readonly room?: string
  readonly seq?: number
  readonly id?: string
  readonly from?: string
  readonly to?: string
  readonly removed?: boolean
  readonly epoch?: string
  readonly head_seq?: number
  readonly private_head_seq?: number
  readonly resume?: { readonly outcome: 'full'; readonly after: number } | { readonly outcome: 'gap' }
  readonly code?: string
  readonly client_id?: string
}

export interface WireFrame {
  readonly text: string
  readonly fields: Fields
}

const NEWLINE = '\n'

/** What was written in one call, read once for all sockets that get the same bytes. */
const read = new WeakMap<Uint8Array, readonly WireFrame[]>()

/** Frames of the virtual network: the JSON text and a newline. */
export const simEncoder: FrameEncoder = {
  name: 'sim',
  encode: (json) => Buffer.from(json + NEWLINE),
  decode: (frame) => Buffer.from(frame).toString().slice(0, -1),
  encodeBinary: (bytes) => Buffer.concat([bytes, Buffer.from(NEWLINE)]),
  join: (parts, size) => Buffer.concat(parts, size),
}

export function framesOf(bytes: Uint8Array): readonly WireFrame[] {
  let frames = read.get(bytes)
  if (frames === undefined) {
    const texts = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString().split(NEWLINE)
    texts.pop()
    frames = texts.map((text) => ({ text, fields: JSON.parse(text) as Fields }))
    read.set(bytes, frames)
  }
  return frames
}
