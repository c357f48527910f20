/**
 * A WebSocket client on a bare TCP socket: it sends any bytes, right or wrong, and can stop reading or answering.
 * Frames are built and read here by RFC 6455 section 5.2, without any library the server uses.
 */
import { createHash, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { Inbox } from './inbox.ts'

/** RFC 6455 section 5.2. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export interface FrameParts {
  /** Default: text. Any of 0 to 15. */
  readonly opcode?: number
  readonly payload?: string | Uint8Array
  /** Default: true. */
  readonly fin?: boolean
  /** The three reserved bits as a number, 4 being RSV1. Default: 0. */
  readonly rsv?: number
  /** Default: true, as RFC 6455 asks of a client. */
  readonly masked?: boolean
  /** Four bytes. Default: by chance. */
  readonly mask?: Uint8Array
  /** Says this length in the header instead of the payload's own. */
  readonly declaredLength?: bigint
}

/** The bytes of one frame. */
export function frame(parts: FrameParts = {}): Buffer {
  const payload = Buffer.from(parts.payload ?? '')
  const masked = parts.masked ?? true
  const length = parts.declaredLength ?? BigInt(payload.length)
  const first = ((parts.fin ?? true) ? 0x80 : 0) | ((parts.rsv ?? 0) << 4) | (parts.opcode ?? OPCODE.text)
  const maskBit = masked ? 0x80 : 0
  const header = [Buffer.from([first])]
  if (length < 126n) header.push(Buffer.from([maskBit | Number(length)]))
  else if (length < 65_536n)
    header.push(Buffer.from([maskBit | 126, Number(length >> 8n), Number(length & 255n)]))
  else {
    const wide = Buffer.alloc(9)
    wide[0] = maskBit | 127
    wide.writeBigUInt64BE(length, 1)
    header.push(wide)
  }
  if (!masked) return Buffer.concat([...header, payload])
  const mask = parts.mask ?? randomBytes(4)
  // `payload` is a copy.
  for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] as number) ^ (mask[i & 3] as number)
  return Buffer.concat([...header, mask, payload])
}

/** The payload of a close frame: two bytes of code, then the reason. */
export function closePayload(code: number, reason: string | Uint8Array = ''): Buffer {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return Buffer.concat([head, Buffer.from(reason)])
}

export interface RawFrame {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly masked: boolean
  readonly payload: Buffer
}

export interface RawOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly subprotocols?: readonly string[]
}

export class RawClient {
  /** Status of the answer to the upgrade; 0 before it came. */
  status = 0
  /** Lower-case names. */
  readonly headers = new Map<string, string>()
  readonly inbox = new Inbox<RawFrame>((item) => `${item.opcode}:${item.payload.toString('utf8')}`)
  /** Set to false, pings and closes are not answered: the peer is half open. */
  answers = true
  static readonly #opened = new Set<RawClient>()
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)
  #over = false

  /** Opens TCP and says nothing. */
  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const client = new RawClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return client
  }

  /** Opens TCP and asks for the upgrade. Resolves with whatever status came. */
  static async open(port: number, path: string, options: RawOptions = {}): Promise<RawClient> {
    const client = await RawClient.connect(port)
    const key = randomBytes(16).toString('base64')
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
    ]
    if (options.subprotocols) lines.push(`Sec-WebSocket-Protocol: ${options.subprotocols.join(', ')}`)
    for (const [name, value] of Object.entries(options.headers ?? {})) lines.push(`${name}: ${value}`)
    client.send(`${lines.join('\r\n')}\r\n\r\n`)
    await client.inbox.until(() => client.status !== 0, `an answer to the upgrade of ${path}`)
    if (client.status === 101) {
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      if (client.headers.get('sec-websocket-accept') !== accept) throw new Error('wrong Sec-WebSocket-Accept')
    }
    return client
  }

  /** Cuts every client that is still open. */
  static async destroyAll(): Promise<void> {
    await Promise.all([...RawClient.#opened].map((client) => client.destroy()))
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    RawClient.#opened.add(this)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#over = true
      RawClient.#opened.delete(this)
      this.inbox.end('the connection has ended')
    })
  }

  /** Sends bytes as they are. */
  send(bytes: string | Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Sends bytes in pieces that end at the given places, each its own write and its own turn of the event loop. */
  async sendSplit(bytes: Uint8Array, places: readonly number[]): Promise<void> {
    let from = 0
    for (const to of [...places, bytes.length]) {
      const piece = bytes.subarray(from, to)
      from = to
      await new Promise<void>((resolve) => this.#socket.write(piece, () => setImmediate(resolve)))
    }
  }

  /** Sends a frame. */
  frame(parts: FrameParts): void {
    this.send(frame(parts))
  }

  /** Sends a masked text frame; an object goes as JSON. */
  text(value: string | object): void {
    this.frame({ payload: typeof value === 'string' ? value : JSON.stringify(value) })
  }

  /** Reads on to the next frame of this kind. */
  next(opcode: number): Promise<RawFrame> {
    return this.inbox.next((item) => item.opcode === opcode, `a frame with opcode ${opcode}`)
  }

  /** Reads on to the next text frame that contains `part`. */
  async nextText(part: string): Promise<string> {
    const fits = (item: RawFrame): boolean =>
      item.opcode === OPCODE.text && item.payload.toString('utf8').includes(part)
    return (await this.inbox.next(fits, `a text with ${part}`)).payload.toString('utf8')
  }

  /** Waits for the server's close frame: its code (1005 without one) and reason. */
  async closeFrame(): Promise<{ code: number; reason: string }> {
    const { payload } = await this.next(OPCODE.close)
    if (payload.length < 2) return { code: 1005, reason: '' }
    return { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString('utf8') }
  }

  /** Waits for the end of the TCP connection. */
  async ended(patienceMs?: number): Promise<void> {
    try {
      await this.inbox.until(() => this.#over, 'the end of the connection', patienceMs)
    } catch (cause) {
      if (!this.#over) throw cause
    }
  }

  get isOver(): boolean {
    return this.#over
  }

  /** Stops reading: the kernel's buffers fill and the server feels it. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Cuts the connection without a word of the protocol. */
  async destroy(): Promise<void> {
    this.#socket.destroy()
    await this.ended()
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    if (this.status === 0 && !this.#readHead()) return
    if (this.status !== 101) return
    for (;;) {
      const size = this.#readFrame()
      if (size === 0) return
      this.#bytes = this.#bytes.subarray(size)
    }
  }

  #readHead(): boolean {
    const end = this.#bytes.indexOf('\r\n\r\n')
    if (end === -1) return false
    const [first = '', ...lines] = this.#bytes.subarray(0, end).toString('latin1').split('\r\n')
    this.#bytes = this.#bytes.subarray(end + 4)
    for (const line of lines) {
      const colon = line.indexOf(':')
      this.headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
    }
    this.status = Number(first.split(' ')[1])
    this.inbox.wake()
    return true
  }

  /** Reads one frame and returns its size, 0 when it is not complete. */
  #readFrame(): number {
    const bytes = this.#bytes
    if (bytes.length < 2) return 0
    const second = bytes.readUInt8(1)
    let length = second & 0x7f
    let offset = 2
    if (length >= 126) {
      offset = length === 126 ? 4 : 10
      if (bytes.length < offset) return 0
      length = length === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    }
    if (bytes.length < offset + length) return 0
    const first = bytes.readUInt8(0)
    const received: RawFrame = {
      fin: (first & 0x80) !== 0,
      rsv: (first >> 4) & 7,
      opcode: first & 0x0f,
      masked: (second & 0x80) !== 0,
      payload: Buffer.from(bytes.subarray(offset, offset + length)),
    }
    if (this.answers) this.#answer(received)
    this.inbox.add(received)
    return offset + length
  }

  #answer(received: RawFrame): void {
    if (received.opcode === OPCODE.ping) this.frame({ opcode: OPCODE.pong, payload: received.payload })
    if (received.opcode !== OPCODE.close) return
    this.frame({ opcode: OPCODE.close, payload: received.payload })
    this.#socket.end()
  }
}
