import { randomUUID } from 'node:crypto'
import { JWT_SUBPROTOCOL_PREFIX, V1_SUBPROTOCOL } from '@roomful/protocol'
import { type RawData, WebSocket } from 'ws'
import { BenchFault } from './fault.ts'

const OPEN_WITHIN_MS = 15_000

/** What a message begins with; the time at which it was sent follows, in microseconds. */
const MARK = 'roomful-bench '
const STAMP_DIGITS = 15
/** Length of a message. */
const MESSAGE_CHARACTERS = 100

const ACK = Buffer.from('{"type":"ack"')
const ERROR = Buffer.from('{"type":"error"')

/** What all clients count together. */
export interface Tally {
  acknowledged(tookUs: number): void
  delivered(tookUs: number): void
  limited(): void
  failed(code: string): void
  lost(closeCode: number): void
}

export interface Seat {
  /** `http` or `https` address of the server. */
  readonly url: string
  readonly room: string
  readonly name: string
  /** Names whoever bears it; `null`: a guest comes under `name`. */
  readonly token: string | null
}

/** Microseconds of a clock that only goes forward. */
const nowUs = (): number => Math.round(performance.now() * 1_000)

/** One connection with at most one message under way. */
export class BenchClient {
  #socket: WebSocket
  #tally: Tally
  #isSpeaking = false
  #sentUs: number | null = null
  #again: NodeJS.Timeout | null = null

  private constructor(socket: WebSocket, tally: Tally) {
    this.#socket = socket
    this.#tally = tally
    socket.on('message', (data) => this.#read(data))
    // A close follows each of them.
    socket.on('error', () => {})
    socket.on('close', (code) => {
      this.stop()
      this.#sentUs = null
      tally.lost(code)
    })
  }

  /** Resolves when it is in its room. Rejects with a `BenchFault`. */
  static async open(seat: Seat, tally: Tally): Promise<BenchClient> {
    return new BenchClient(await welcomed(seat), tally)
  }

  /** Says the next message whenever the last one is answered, until `stop`. */
  speak(): void {
    this.#isSpeaking = true
    this.#say()
  }

  stop(): void {
    this.#isSpeaking = false
    if (this.#again !== null) clearTimeout(this.#again)
  }

  /** Whether a message has no answer yet. */
  get isWaiting(): boolean {
    return this.#sentUs !== null
  }

  leave(): void {
    this.stop()
    this.#socket.removeAllListeners('close')
    this.#socket.terminate()
  }

  #say(): void {
    if (!this.#isSpeaking || this.#socket.readyState !== WebSocket.OPEN) return
    this.#sentUs = nowUs()
    const head = MARK + String(this.#sentUs).padStart(STAMP_DIGITS, '0')
    const message = head.padEnd(MESSAGE_CHARACTERS, '.')
    this.#socket.send(JSON.stringify({ type: 'message', message, client_id: randomUUID() }))
  }

  #read(data: RawData): void {
    // Many times more of these come than of all others: they are not parsed.
    const bytes = data as Buffer
    if (begins(bytes, ACK)) return this.#answered(true)
    if (begins(bytes, ERROR)) return this.#refused(bytes.toString())
    const at = bytes.indexOf(MARK)
    if (at === -1) return
    const from = at + MARK.length
    this.#tally.delivered(nowUs() - Number(bytes.toString('latin1', from, from + STAMP_DIGITS)))
  }

  #answered(isWell: boolean): void {
    if (this.#sentUs === null) return
    if (isWell) this.#tally.acknowledged(nowUs() - this.#sentUs)
    this.#sentUs = null
    if (isWell) this.#say()
  }

  #refused(text: string): void {
    const code = /"code":"([a-z_]+)"/.exec(text)?.[1] ?? 'unknown'
    const waitMs = Number(/"retry_after_ms":(\d+)/.exec(text)?.[1] ?? 1_000)
    if (code === 'rate_limited') this.#tally.limited()
    else this.#tally.failed(code)
    this.#answered(false)
    this.#again = setTimeout(() => this.#say(), Math.max(waitMs, 1))
  }
}

function begins(bytes: Buffer, start: Buffer): boolean {
  return bytes.length >= start.length && bytes.compare(start, 0, start.length, 0, start.length) === 0
}

function welcomed({ url, room, name, token }: Seat): Promise<WebSocket> {
  const path = token === null ? `/ws/chat/${encodeURIComponent(name)}` : '/ws/chat'
  const address = new URL(`${path}?room=${encodeURIComponent(room)}`, url)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  const protocols = [V1_SUBPROTOCOL, ...(token === null ? [] : [JWT_SUBPROTOCOL_PREFIX + token])]
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, protocols, {
      handshakeTimeout: OPEN_WITHIN_MS,
      perMessageDeflate: false,
    })
    const late = setTimeout(() => fail(lateFault(url)), OPEN_WITHIN_MS)
    const fail = (fault: BenchFault): void => {
      clearTimeout(late)
      reject(fault)
      socket.terminate()
    }
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => fail(answeredFault(url, statusCode)))
    socket.on('error', ({ message }) => fail(silentFault(url, message)))
    socket.once('message', (data) => {
      const first = (data as Buffer).toString()
      if (!/^\{"type":"(?:welcome|system)"/.test(first)) return fail(refusedFault(first))
      clearTimeout(late)
      socket.removeAllListeners('close')
      resolve(socket)
    })
    socket.once('close', (code) => fail(refusedFault(`"code":"${code}"`)))
  })
}

function lateFault(url: string): BenchFault {
  return new BenchFault(
    'not_roomful',
    `${url} has let nobody in for ${OPEN_WITHIN_MS / 1_000} s.`,
    `${url} 在 ${OPEN_WITHIN_MS / 1_000} 秒內沒有讓任何人加入。`,
  )
}

function silentFault(url: string, reason: string): BenchFault {
  return new BenchFault(
    'nothing_listens',
    `No server answers at ${url}: ${reason}.`,
    `${url} 沒有伺服器回應：${reason}。`,
  )
}

function answeredFault(url: string, status: number): BenchFault {
  if (status === 401)
    return new BenchFault('token_refused', `${url} refuses the token.`, `${url} 拒絕了權杖。`)
  if (status === 429)
    return new BenchFault(
      'rate_limited',
      `${url} takes no more connections from here (429): measure with fewer --clients, or later.`,
      `${url} 不再接受來自這裡的連線（429）：請減少 --clients，或稍後再試。`,
    )
  return new BenchFault(
    'not_roomful',
    `${url} answers an upgrade to a WebSocket with ${status}: roomful doctor --url ${url} says why.`,
    `${url} 以 ${status} 回應 WebSocket 升級：roomful doctor --url ${url} 會說明原因。`,
  )
}

function refusedFault(frame: string): BenchFault {
  const code = /"code":"([a-z0-9_]+)"/.exec(frame)?.[1] ?? 'unknown'
  if (code === 'unauthorized')
    return new BenchFault(
      'token_refused',
      'The server lets nobody in without a token that holds: give one with --token, or its jwt-secret.',
      '沒有有效的權杖就不能加入伺服器：請以 --token 提供權杖，或提供它的 jwt-secret。',
    )
  return new BenchFault(
    'refused',
    `The server refuses a client (${code}): measure with fewer --clients, or raise its limits.`,
    `伺服器拒絕了一個用戶端（${code}）：請減少 --clients，或提高它的限制。`,
  )
}
