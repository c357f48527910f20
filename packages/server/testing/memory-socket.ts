import type { FrameEncoder, Socket, SocketEvents } from '../src/ports/socket.ts'

const NEWLINE = '\n'

/** Frames of the in-memory transport: the JSON text and a newline. Counts how often it encodes and joins. */
export class CountingEncoder implements FrameEncoder {
  readonly name = 'memory'
  encoded = 0
  joined = 0

  encode(json: string): Uint8Array {
    this.encoded++
    return Buffer.from(json + NEWLINE)
  }

  decode(frame: Uint8Array): string {
    return Buffer.from(frame).toString().slice(0, -NEWLINE.length)
  }

  encodeBinary(bytes: Uint8Array): Uint8Array {
    return Buffer.concat([bytes, Buffer.from(NEWLINE)])
  }

  join(parts: readonly Uint8Array[], size: number): Uint8Array {
    this.joined++
    return Buffer.concat(parts, size)
  }
}

export type Received = { type: string; [field: string]: unknown }

/** A transport whose other end is the test. `capacity` bytes fit before it is full; `read` empties it. */
export class MemorySocket implements Socket {
  readonly encoder: FrameEncoder
  readonly sharedEncoder: FrameEncoder
  capacity = Infinity
  buffered = 0
  /** Each `send` as it arrived. */
  readonly writes: Uint8Array[] = []
  closed: { code: number; reason: string } | null = null
  pings = 0
  corks = 0
  /** How often it would have asked the system to write: what is sent while it is corked goes together. */
  flows = 0
  #corked = false
  #held = false
  paused = false
  events: SocketEvents | null = null
  #seen = 0

  constructor(encoder: FrameEncoder) {
    this.encoder = encoder
    this.sharedEncoder = encoder
  }

  send(frames: Uint8Array): boolean {
    if (this.closed !== null) return false
    this.writes.push(frames)
    if (this.#corked) this.#held = true
    else this.flows++
    this.buffered += frames.length
    return this.buffered < this.capacity
  }

  cork(): void {
    this.corks++
    this.#corked = true
  }

  uncork(): void {
    if (this.#held) this.flows++
    this.#corked = false
    this.#held = false
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  ping(): void {
    this.pings++
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason }
  }

  terminate(): void {
    this.closed ??= { code: 1006, reason: '' }
  }

  /** The peer reads everything: the socket drains. */
  read(): void {
    const wasFull = this.buffered >= this.capacity
    this.buffered = 0
    if (wasFull) this.events?.onDrain()
  }

  /** The peer says something. */
  say(message: object | string): void {
    this.events?.onText(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** The peer hangs up. */
  hangUp(code = 1000): void {
    this.events?.onClosed(code)
    this.events = null
  }

  /** Everything that was sent. */
  all(): Received[] {
    return this.writes.flatMap(framesOf)
  }

  /** What was sent since the last call. */
  news(): Received[] {
    const news = this.writes.slice(this.#seen).flatMap(framesOf)
    this.#seen = this.writes.length
    return news
  }
}

function framesOf(bytes: Uint8Array): Received[] {
  return Buffer.from(bytes)
    .toString()
    .split(NEWLINE)
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Received)
}
