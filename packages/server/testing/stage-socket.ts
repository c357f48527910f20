/** A WebSocket client on a `Stage`: asks for an upgrade, says texts, and remembers all that came. */
import type { Duplex } from 'node:stream'
import type { Stage } from './stage.ts'

export interface StageRequest {
  readonly path: string
  /** Address of the peer. */
  readonly from?: string
  /** Default: `chat.example`. */
  readonly host?: string
  /** Header lines, without their end. */
  readonly headers?: readonly string[]
  readonly subprotocols?: readonly string[]
}

export type Frame = Readonly<Record<string, unknown>>

/** Milliseconds that a fact may take, on a machine however busy. */
const PATIENCE_MS = 20_000

export class StageSocket {
  /** Of the answer to the upgrade; 0 before it came. */
  status = 0
  readonly frames: Frame[] = []
  closed: { readonly code: number; readonly reason: string } | null = null
  readonly #client: Duplex
  #bytes: Buffer = Buffer.alloc(0)
  #wake = (): void => {}

  constructor(
    stage: Stage,
    { path, from, host = 'chat.example', headers = [], subprotocols = [] }: StageRequest,
  ) {
    this.#client = stage.dial(from)
    this.#client.on('data', (chunk: Buffer) => this.#read(chunk))
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      ...(subprotocols.length > 0 ? [`Sec-WebSocket-Protocol: ${subprotocols.join(', ')}`] : []),
      ...headers,
    ]
    this.#client.write(`${lines.join('\r\n')}\r\n\r\n`)
  }

  /** A short text, masked with zeros: that is allowed, and readable. */
  say(text: string | object): void {
    const payload = Buffer.from(typeof text === 'string' ? text : JSON.stringify(text))
    const length = Buffer.alloc(2)
    length.writeUInt16BE(payload.length)
    this.#client.write(Buffer.concat([Buffer.from([0x81, 0xfe]), length, Buffer.alloc(4), payload]))
  }

  /** Waits until something is so. Rejects when it is not for long, with all that came. */
  async until(fact: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!fact()) {
      if (performance.now() > deadline) throw new Error(`in vain; there came ${JSON.stringify(this.frames)}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Waits for a frame of this kind that came since the last time. */
  async next(type: string): Promise<Frame> {
    const fits = (frame: Frame): boolean => frame['type'] === type
    await this.until(() => this.frames.some(fits))
    const at = this.frames.findIndex(fits)
    return this.frames.splice(0, at + 1)[at] ?? {}
  }

  cut(): void {
    this.#client.destroy()
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    if (this.status === 0) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      this.status = Number(this.#bytes.toString('latin1', 9, 12))
      this.#bytes = this.#bytes.subarray(end + 4)
    }
    if (this.status === 101) while (this.#readFrame());
    this.#wake()
  }

  #readFrame(): boolean {
    const bytes = this.#bytes
    if (bytes.length < 2) return false
    const short = bytes.readUInt8(1)
    const header = short === 126 ? 4 : 2
    if (bytes.length < header) return false
    const end = header + (short === 126 ? bytes.readUInt16BE(2) : short)
    if (bytes.length < end) return false
    const payload = bytes.subarray(header, end)
    this.#bytes = bytes.subarray(end)
    const opcode = bytes.readUInt8(0) & 0x0f
    if (opcode === 1) this.frames.push(frameOf(payload.toString()))
    if (opcode !== 8) return true
    this.closed = { code: payload.readUInt16BE(0), reason: payload.toString('utf8', 2) }
    this.#client.end()
    return true
  }
}

function frameOf(text: string): Frame {
  return text.startsWith('{') ? (JSON.parse(text) as Frame) : { type: 'text', text }
}
