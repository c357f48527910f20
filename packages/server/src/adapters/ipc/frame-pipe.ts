import type { Duplex } from 'node:stream'

/** In front of each frame: the length of its content in four bytes, the least first, and its kind. */
const LENGTH_BYTES = 4
const HEAD_BYTES = LENGTH_BYTES + 1

export interface FrameListener {
  /** The bytes belong to whoever hears them. Must not throw. */
  onFrame(kind: number, content: Buffer): void
  /** The other end is gone. Comes once. */
  onEnd(): void
}

/** Frames over a stream to another process of this machine, whole and in order; those of one turn go out in one write. */
export class FramePipe {
  readonly #stream: Duplex
  readonly #reader: FrameReader
  #isGathering = false

  constructor(stream: Duplex, listener: FrameListener) {
    this.#stream = stream
    this.#reader = new FrameReader((kind, content) => listener.onFrame(kind, content))
    stream.on('data', (chunk: Buffer) => this.#reader.push(chunk))
    // What went wrong shows in the end of the other process.
    stream.on('error', () => undefined)
    stream.once('close', () => listener.onEnd())
  }

  /** Bytes that the other end has not taken yet. */
  get waiting(): number {
    return this.#stream.writableLength
  }

  /** After the end it does nothing. */
  send(kind: number, content: Uint8Array): void {
    if (!this.#stream.writable) return
    if (!this.#isGathering) {
      this.#isGathering = true
      this.#stream.cork()
      process.nextTick(this.#flush)
    }
    const head = Buffer.allocUnsafe(HEAD_BYTES)
    head.writeUInt32LE(content.length)
    head[LENGTH_BYTES] = kind
    this.#stream.write(head)
    this.#stream.write(content)
  }

  readonly #flush = (): void => {
    this.#isGathering = false
    this.#stream.uncork()
  }
}

/** Makes frames of chunks, however they are cut. */
class FrameReader {
  readonly #onFrame: (kind: number, content: Buffer) => void
  #chunks: Buffer[] = []
  #size = 0
  /** Bytes without which there is nothing to do. */
  #needed = HEAD_BYTES

  constructor(onFrame: (kind: number, content: Buffer) => void) {
    this.#onFrame = onFrame
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size < this.#needed) return
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#size)
    let start = 0
    for (let end = endOf(bytes, start); end <= bytes.length; end = endOf(bytes, start)) {
      this.#onFrame(bytes[start + LENGTH_BYTES] as number, bytes.subarray(start + HEAD_BYTES, end))
      start = end
    }
    const rest = bytes.subarray(start)
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#size = rest.length
    this.#needed = endOf(rest, 0)
  }
}

/** Where the frame that begins at `start` ends; when its length is not here yet, where its head does. */
function endOf(bytes: Buffer, start: number): number {
  const contentStart = start + HEAD_BYTES
  return contentStart > bytes.length ? contentStart : contentStart + bytes.readUInt32LE(start)
}
