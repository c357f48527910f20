/** A comfortable chat client: it checks every frame against the protocol's schemas and waits for facts. */
import type { ServerMessage, ServerMessageOf, ServerMessageType } from '@roomful/protocol'
import { SERVER_SCHEMAS } from '@roomful/protocol/schemas'
import { Compile } from 'typebox/compile'
import { WebSocket } from 'ws'
import { Inbox } from './inbox.ts'
import { RawClient } from './raw-client.ts'

export interface Address {
  /** `ws://127.0.0.1:PORT` */
  readonly wsUrl: string
}

export interface ChatOptions {
  /** Asks for the heartbeat endpoint. */
  readonly heartbeat?: boolean
  readonly room?: string
  readonly lang?: 'en' | 'zh-Hant'
  /** Offers the subprotocol `roomful.v1`. */
  readonly v1?: boolean
  /** Shows this token as a second subprotocol. */
  readonly resumeToken?: string
  /** Shows this JSON Web Token as a further subprotocol. */
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Address to connect from, of this machine. */
  readonly from?: string
}

const CLASSIC_TYPES = new Set([
  'system',
  'message',
  'private',
  'confirmation',
  'ping',
  'heartbeat_ack',
  'error',
  'status',
])
const checks = new Map(Object.entries(SERVER_SCHEMAS).map(([type, schema]) => [type, Compile(schema)]))

/** Milliseconds for what takes five seconds at most by the rules, with what a busy machine adds. */
export const FIVE_SECONDS_MS = 5_000 + 25_000

/** Milliseconds for a close frame to be answered. */
const PART_MS = 1_000

const opened = new Set<ChatClient>()
let rooms = 0

/** A room in which no other test of this file has been. */
export function freshRoom(): string {
  rooms += 1
  return `room-${rooms}`
}

/** Cuts every client that is still open, raw ones too. */
export async function cutAll(): Promise<void> {
  await Promise.all([...opened].map((client) => client.cut()).concat(RawClient.destroyAll()))
}

/** Ends every client and waits until the server has noticed, so that all names are free again. For `afterEach`. */
export async function emptyServer(server: { readonly url: string }): Promise<void> {
  // Politely: whoever is cut keeps the name for a grace.
  await Promise.all([...opened].map((client) => client.part()))
  await cutAll()
  const deadline = performance.now() + 10_000
  for (;;) {
    const response = await fetch(`${server.url}/ws/status`)
    const status: unknown = await response.json()
    if (
      typeof status === 'object' &&
      status !== null &&
      'connected_count' in status &&
      status.connected_count === 0
    )
      return
    if (performance.now() > deadline) throw new Error(`the server is not empty: ${JSON.stringify(status)}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The path of a chat endpoint; `null` is the anonymous one. */
export function chatPath(name: string | null, options: ChatOptions = {}): string {
  const query = new URLSearchParams()
  if (options.room !== undefined) query.set('room', options.room)
  if (options.lang !== undefined) query.set('lang', options.lang)
  const path = `/ws/chat${name === null ? '' : `/${encodeURIComponent(name)}`}${options.heartbeat ? '/heartbeat' : ''}`
  return query.size === 0 ? path : `${path}?${query}`
}

/** Connects and reads the welcome. */
export async function enter(
  server: Address,
  name: string | null,
  options: ChatOptions = {},
): Promise<ChatClient> {
  const client = await dial(server, chatPath(name, options), options)
  const first = await client.inbox.next(() => true, 'a welcome')
  if (first.type !== 'system' || first.event !== 'welcome')
    throw new Error(`no welcome: ${JSON.stringify(first)}`)
  client.welcome = first
  return client
}

/** Connects to any path and reads nothing. Rejects with `Unexpected server response: STATUS` when the upgrade is refused. */
export async function dial(server: Address, path: string, options: ChatOptions = {}): Promise<ChatClient> {
  const subprotocols: string[] = []
  if (options.v1) subprotocols.push('roomful.v1')
  if (options.resumeToken !== undefined) subprotocols.push(`roomful.resume.${options.resumeToken}`)
  if (options.token !== undefined) subprotocols.push(`roomful.jwt.${options.token}`)
  const socket = new WebSocket(`${server.wsUrl}${path}`, subprotocols, {
    headers: { ...options.headers },
    ...(options.from === undefined ? {} : { localAddress: options.from }),
    perMessageDeflate: false,
  })
  const client = new ChatClient(socket, options.v1 === true)
  opened.add(client)
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return client
}

export class ChatClient {
  readonly socket: WebSocket
  readonly inbox = new Inbox<ServerMessage>((item) => JSON.stringify(item))
  /** Set by `enter`. */
  welcome: ServerMessageOf<'system'> = { type: 'system', message: '' }
  #close: { code: number; reason: string } | undefined
  readonly #v1: boolean

  constructor(socket: WebSocket, v1: boolean) {
    this.socket = socket
    this.#v1 = v1
    socket.on('error', () => {})
    socket.on('message', (data, binary) => this.#receive(data.toString(), binary))
    socket.on('close', (code, reason) => {
      this.#close = { code, reason: reason.toString() }
      opened.delete(this)
      this.inbox.end(`closed with ${code} ${reason.toString()}`)
    })
  }

  /** Sends an object as JSON, a string as it is. */
  send(value: object | string): void {
    this.socket.send(typeof value === 'string' ? value : JSON.stringify(value))
  }

  /** Sends a message with this text. */
  say(message: string, more: object = {}): void {
    this.send({ type: 'message', message, ...more })
  }

  /** Reads on to the next frame of this type; with `fits`, to the next one that fits as well. */
  next<T extends ServerMessageType>(
    type: T,
    fits: (frame: ServerMessageOf<T>) => boolean = () => true,
  ): Promise<ServerMessageOf<T>> {
    const matches = (frame: ServerMessage): frame is ServerMessageOf<T> & ServerMessage =>
      isOf(frame, type) && fits(frame)
    return this.inbox.next(matches, `a frame of type ${type}`)
  }

  /** Reads on to the message with this text. */
  hears(message: string): Promise<ServerMessageOf<'message'>> {
    return this.next('message', (frame) => frame.message === message)
  }

  /**
   * The same, and fails when anything else but pings came before: whatever the server took before that message would
   * have come before it.
   */
  async hearsOnly(message: string): Promise<ServerMessageOf<'message'>> {
    const from = this.inbox.all.length - this.inbox.unread.length
    const heard = await this.hears(message)
    const before = this.inbox.all
      .slice(from, this.inbox.all.indexOf(heard))
      .filter((frame) => frame.type !== 'ping')
    if (before.length > 0) throw new Error(`heard before it: ${JSON.stringify(before)}`)
    return heard
  }

  /** Sends this and reads on to the error it is answered with. */
  async refused(value: object | string): Promise<ServerMessageOf<'error'>> {
    this.send(value)
    return await this.next('error')
  }

  /**
   * Everything unread that the server had for this client up to now. The border is a status request and its
   * answer: frames are served in order, so whatever was committed before lies before it. What somebody has just said may
   * not be committed yet: wait for its ack, confirmation or echo first.
   */
  async rest(): Promise<readonly ServerMessage[]> {
    const from = this.inbox.all.length - this.inbox.unread.length
    this.send({ type: 'status' })
    await this.next('status')
    const to = this.inbox.all.length - this.inbox.unread.length
    return this.inbox.all.slice(from, to - 1)
  }

  /** Reads to now and fails when anything came, pings aside. */
  async quiet(): Promise<void> {
    const heard = (await this.rest()).filter((frame) => frame.type !== 'ping')
    if (heard.length > 0) throw new Error(`not quiet: ${JSON.stringify(heard)}`)
  }

  /** Waits until the server has closed: code and reason of its close frame. */
  async closed(patienceMs?: number): Promise<{ code: number; reason: string }> {
    try {
      await this.inbox.until(() => this.#close !== undefined, 'the close', patienceMs)
    } catch (cause) {
      if (this.#close === undefined) throw cause
    }
    if (this.#close === undefined) throw new Error('unreachable')
    return this.#close
  }

  get isOpen(): boolean {
    return this.#close === undefined
  }

  /** Leaves politely. */
  async leave(): Promise<void> {
    this.socket.close(1000)
    await this.closed()
  }

  /** Leaves politely; a connection that does not let it is left as it is. */
  async part(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PART_MS)))
    await Promise.race([this.leave(), late])
    clearTimeout(timer)
  }

  /** Cuts the connection. */
  async cut(): Promise<void> {
    this.socket.terminate()
    await this.closed()
  }

  #receive(text: string, binary: boolean): void {
    const frame: unknown = binary ? undefined : JSON.parse(text)
    if (!isServerMessage(frame)) {
      this.inbox.end(`this breaks the protocol: ${text}`)
      this.socket.terminate()
    } else if (!this.#v1 && !CLASSIC_TYPES.has(frame.type)) {
      this.inbox.end(`a classic client must not see this: ${text}`)
      this.socket.terminate()
    } else this.inbox.add(frame)
  }
}

function isOf<T extends ServerMessageType>(
  frame: ServerMessage,
  type: T,
): frame is ServerMessageOf<T> & ServerMessage {
  return frame.type === type
}

function isServerMessage(value: unknown): value is ServerMessage {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  return checks.get(String(value.type))?.Check(value) === true
}
