import { type Duplex, Writable } from 'node:stream'
import { WebSocket } from 'ws'
import type { FrameEncoder, Socket, SocketEvents } from '../../ports/socket.ts'
import { TextReader } from './text-reader.ts'
import { wsDeflateEncoder, wsEncoder } from './ws-frames.ts'

/** Bytes that may wait before a connection counts as full. The kernel's own buffer comes on top. */
const FULL_BYTES = 65_536

/**
 * One upgraded connection. `ws` receives, answers control frames and closes; data frames go straight to the stream,
 * each whole and in one call, so the two writers never meet inside a frame.
 *
 * It extends `WebSocket` because that is how `ws` lets a server choose the class of its sockets, and because one object
 * per connection is cheaper than two.
 */
export class Peer extends WebSocket implements Socket {
  readonly encoder: FrameEncoder = wsEncoder
  sharedEncoder: FrameEncoder = wsEncoder
  /** Null before `wire`, and after the connection is gone. */
  stream: Duplex | null = null
  events: SocketEvents | null = null
  #begun = false
  /** The newest ping, while it has no answer as there is no room for one. */
  #unanswered: Buffer | null = null

  get buffered(): number {
    return this.stream?.writableLength ?? 0
  }

  override send(frames: Uint8Array): boolean {
    const { stream } = this
    if (stream === null || this.readyState !== WebSocket.OPEN) return false
    const isTaken = stream.write(frames) || stream.writableLength < FULL_BYTES
    if (!this.#begun) this.begin()
    return isTaken
  }

  /** Sends the answer to the upgrade, for which the stream was corked. The first frame does so too; later it does nothing. */
  begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.stream?.uncork()
  }

  cork(): void {
    this.stream?.cork()
  }

  uncork(): void {
    this.stream?.uncork()
  }

  /** RFC 6455 section 5.5.3: a peer that pings without reading has one pong for the newest of its pings, when it reads. */
  answer(ping: Buffer): void {
    if (this.readyState !== WebSocket.OPEN) return
    if (this.buffered < FULL_BYTES) this.pong(ping)
    else this.#unanswered = ping
  }

  /** The stream has room again. */
  drained(): void {
    const ping = this.#unanswered
    this.#unanswered = null
    if (ping !== null) this.answer(ping)
    this.events?.onDrain()
  }

  override ping(): void {
    if (this.readyState === WebSocket.OPEN) super.ping()
  }

  /** The receiver closes with 1008 after too many fragments; here 1008 has two other meanings, so that is 1009 (ER9). */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code === 1008 && reason === undefined ? 1009 : code, reason)
  }
}

function onMessage(this: WebSocket, data: WebSocket.RawData, isBinary: boolean): void {
  const { events } = this as Peer
  if (isBinary) events?.onBinary(data as Buffer)
  else events?.onText((data as Buffer).toString())
}

function onPing(this: WebSocket, data: Buffer): void {
  const peer = this as Peer
  peer.events?.onActivity()
  peer.answer(data)
}

function onPong(this: WebSocket): void {
  ;(this as Peer).events?.onActivity()
}

function onClose(this: WebSocket, code: number): void {
  const peer = this as Peer
  const { events } = peer
  peer.events = null
  peer.stream = null
  events?.onClosed(code)
}

/** The receiver has closed with the right code already; without a listener the error would end the process. */
function onError(): void {}

/**
 * Puts a reader for the everyday frame in front of the receiver. `ws` offers no place for it, so this takes the one that it
 * writes to; should that be gone in some version, its receiver reads everything, as it does where compression was negotiated.
 */
function readTextsFirst(peer: Peer, receiver: Writable, maxFrameBytes: number): void {
  const pass = receiver.write.bind(receiver)
  // The receiver tells of a fault in the next tick only; what comes behind it in the same chunk does not count.
  const listening = () => peer.readyState === WebSocket.OPEN && receiver.errored === null
  const take = (text: string): boolean => {
    if (listening()) peer.events?.onText(text)
    return listening()
  }
  const reader = new TextReader(pass, take, maxFrameBytes)
  receiver.write = (chunk: Buffer) => reader.read(chunk)
}

/**
 * While a message is inflated, what comes behind it waits in the receiver's queue. When that is gone through, a fault ends nothing there: the receiver of
 * `ws` 8.23 is given the next piece too, in the middle of a frame that it has forgotten, and throws where nobody can catch it.
 */
function readNothingBehindFault(receiver: Writable): void {
  const take = receiver._write.bind(receiver)
  receiver._write = (chunk, encoding, done) => {
    if (receiver.errored === null) take(chunk, encoding, done)
    else done()
  }
}

/** Ties a new peer to its stream. The listeners are shared by all peers: few closures per connection. */
export function wire(peer: Peer, stream: Duplex, maxFrameBytes: number): void {
  peer.stream = stream
  const receiver: unknown = Reflect.get(peer, '_receiver')
  if (peer.extensions !== '') peer.sharedEncoder = wsDeflateEncoder
  if (receiver instanceof Writable) {
    if (peer.extensions === '') readTextsFirst(peer, receiver, maxFrameBytes)
    else readNothingBehindFault(receiver)
  }
  peer.on('message', onMessage)
  peer.on('ping', onPing)
  peer.on('pong', onPong)
  peer.on('close', onClose)
  peer.on('error', onError)
  stream.on('drain', () => peer.drained())
}
