import {
  type ChangeFrame,
  type ClientMessage,
  CLOSE_INVALID_NAME,
  DEFAULT_ROOM,
  PRIVATE_LOG,
  type ServerMessage,
  type ServerMessageOf,
} from '@roomful/protocol'
import type {
  ChangeOptions,
  Client,
  ClientOptions,
  FrameEvent,
  MessageOptions,
  ReactOptions,
  SendOptions,
} from './api.ts'
import { Backoff } from './backoff.ts'
import { ClientError } from './client-error.ts'
import { newClientId } from './client-id.ts'
import { type Decoded, decode, isEntry } from './codec.ts'
import { Connection, type ConnectionState } from './connection.ts'
import { entryFrame, logOf, type Loose } from './entry-frame.ts'
import { endpointOf, subprotocols } from './endpoint.ts'
import { BROWSER_ENVIRONMENT, type Clock, ownWebSocket, SYSTEM_CLOCK } from './environment.ts'
import { Listeners } from './listeners.ts'
import { type Gap, LogOrder } from './log-order.ts'
import { Monitor } from './monitor.ts'
import { ownOutbox } from './indexed-db.ts'
import { StoredOutbox } from './outbox.ts'
import type { Outbox, OutboxDraft } from './outbox-entry.ts'
import { type Pending, Requests } from './requests.ts'
import { LOCAL_TOKENS, ResumeToken } from './resume-token.ts'
import { Rooms } from './rooms.ts'
import { Transport, type WebSocketLike } from './transport.ts'

/** Longest frame in bytes of UTF-8 that is sent when a welcome names no limit: the server's default. */
const DEFAULT_MAX_FRAME_BYTES = 65_536

/**
 * Makes a client; nothing happens until `connect()`.
 * Throws a `TypeError` when `url` is no URL, or when the runtime has no WebSocket and none is given.
 */
export function createClient(options: ClientOptions): Client {
  return new RoomfulClient(options)
}

class RoomfulClient implements Client {
  readonly #endpoint: string | null
  readonly #named: boolean
  readonly #home: string
  readonly #WebSocket: WebSocketLike
  readonly #clock: Clock
  readonly #token: ResumeToken
  readonly #connection: Connection
  readonly #monitor: Monitor
  readonly #requests: Requests
  readonly #rooms: Rooms
  readonly #order: LogOrder
  readonly #outbox: StoredOutbox
  #requestNumber = 0
  #away = false
  /** Who one is to the server. */
  #person: string | undefined

  readonly #states = new Listeners<ConnectionState>()
  readonly #messages = new Listeners<ServerMessageOf<'message'>>()
  readonly #privates = new Listeners<ServerMessageOf<'private'>>()
  readonly #systems = new Listeners<ServerMessageOf<'system'>>()
  readonly #errors = new Listeners<ServerMessageOf<'error'>>()
  readonly #frames = new Listeners<FrameEvent>()
  readonly #gaps = new Listeners<Gap>()
  readonly #changes = new Listeners<ChangeFrame>()
  readonly #typings = new Listeners<ServerMessageOf<'typing'>>()
  readonly #reads = new Listeners<ServerMessageOf<'read'>>()
  readonly #presences = new Listeners<ServerMessageOf<'presence'>>()
  readonly #goings = new Listeners<ServerMessageOf<'going_away'>>()
  readonly onState = this.#states.add
  readonly onMessage = this.#messages.add
  readonly onPrivate = this.#privates.add
  readonly onSystem = this.#systems.add
  readonly onError = this.#errors.add
  readonly onFrame = this.#frames.add
  readonly onGap = this.#gaps.add
  readonly onChange = this.#changes.add
  readonly onTyping = this.#typings.add
  readonly onRead = this.#reads.add
  readonly onPresence = this.#presences.add
  readonly onGoingAway = this.#goings.add

  constructor(options: ClientOptions) {
    const { url, username, room, lang, resumeToken, clock = SYSTEM_CLOCK, random = Math.random } = options
    const name = `${username ?? ''}@${url}`
    this.#endpoint = endpointOf({ url, username, room, lang })
    this.#named = username !== undefined
    this.#home = (room ?? DEFAULT_ROOM).normalize('NFC')
    this.#WebSocket = options.WebSocket ?? ownWebSocket()
    this.#clock = clock
    const storage = options.storage === undefined ? LOCAL_TOKENS : options.storage
    this.#token = new ResumeToken(storage, `roomful.resume ${name}`, this.#named ? resumeToken : null)
    const kept = options.outbox === undefined ? ownOutbox(`${name}#${this.#home}`) : options.outbox
    this.#outbox = new StoredOutbox(kept, clock, random, {
      home: this.#home,
      isOpen: (log) =>
        this.state.phase === 'online' &&
        (log === this.#home || log === PRIVATE_LOG || this.#rooms.isInside(log)),
      send: (entry) => this.#commit(entry),
      epochOf: (log) => this.#order.epochOf(log),
      person: () => this.#person,
    })
    this.#requests = new Requests(clock)
    this.#order = new LogOrder(
      clock,
      random,
      (log, since) =>
        this.#ask(this.#requests.joins, log, { type: 'join', room: log, ...(since && { since }) }),
      options.catchUp !== false,
      (gap) => this.#gaps.emit(gap),
      options.since,
    )
    this.#rooms = new Rooms(clock, (log) => this.#order.enter(log))
    this.#monitor = new Monitor(clock, options.environment ?? BROWSER_ENVIRONMENT, {
      probe: () => this.#transmit(HEARTBEAT),
      onSilent: () => this.#connection.abandon('The server is silent'),
      onWake: () => this.#connection.retryOnWake(),
    })
    this.#connection = new Connection(clock, new Backoff(random), {
      dial: (events) =>
        new Transport(this.#WebSocket, this.#endpoint ?? url, subprotocols(this.#token.value), events),
      showedToken: () => this.#token.value !== null,
      onData: (data) => this.#receive(data),
      onState: (state) => this.#onState(state),
    })
  }

  get state(): ConnectionState {
    return this.#connection.state
  }

  get outbox(): Outbox {
    return this.#outbox
  }

  connect(): void {
    if (this.#endpoint !== null) this.#connection.connect()
    else this.#connection.refuse(CLOSE_INVALID_NAME.code, CLOSE_INVALID_NAME.reason)
  }

  disconnect(): void {
    this.#rooms.clear()
    this.#order.forgetAll()
    this.#connection.disconnect()
  }

  retryNow(): void {
    if (this.#endpoint !== null) this.#connection.retryNow()
  }

  send(text: string, options: SendOptions = {}): Promise<ServerMessageOf<'ack'>> {
    return this.#commit({ ...options, text })
  }

  whisper(to: string, text: string, options: MessageOptions = {}): Promise<ServerMessageOf<'ack'>> {
    return this.#commit({ ...options, to, text })
  }

  edit(seq: number, text: string, options: ChangeOptions = {}): Promise<ServerMessageOf<'ack'>> {
    return this.#commit({ ...options, kind: 'edit', seq, text })
  }

  remove(seq: number, options: ChangeOptions = {}): Promise<ServerMessageOf<'ack'>> {
    return this.#commit({ ...options, kind: 'delete', seq })
  }

  react(seq: number, emoji: string, options: ReactOptions = {}): Promise<ServerMessageOf<'ack'>> {
    return this.#commit({ ...options, kind: 'reaction', seq, text: emoji })
  }

  typing({ room, to }: { room?: string; to?: string } = {}): void {
    this.#signal({ type: 'typing', room, target_user: to })
  }

  markRead(seq: number, { room }: { room?: string } = {}): void {
    this.#signal({ type: 'read', room, seq })
  }

  setAway(away: boolean): void {
    this.#away = away
    this.#signal({ type: 'away', away })
  }

  join(room: string): Promise<ServerMessageOf<'system'>> {
    return this.#rooms.join(room.normalize('NFC'))
  }

  async leave(room: string): Promise<void> {
    const name = room.normalize('NFC')
    this.#forgetRoom(name)
    try {
      await this.#ask(this.#requests.leaves, name, { type: 'leave', room: name })
    } catch (error) {
      this.#forgetRoom(name)
      throw error
    }
  }

  /** Once more when the leave is answered: the answer to a join that was asked for before it may have come since then. */
  #forgetRoom(room: string): void {
    this.#rooms.left(room)
    this.#order.forget(room)
  }

  history(query: Parameters<Client['history']>[0]): Promise<ServerMessageOf<'history'>> {
    this.#requestNumber += 1
    const request_id = `history-${this.#requestNumber}`
    const message: ClientMessage = { ...query, type: 'history', request_id }
    return this.#onceIn(query.room, () => this.#ask(this.#requests.histories, request_id, message))
  }

  status(room?: string): Promise<ServerMessageOf<'status'>> {
    const name = (room ?? this.#home).normalize('NFC')
    return this.#onceIn(room, () => this.#ask(this.#requests.statuses, name, { type: 'status', room: name }))
  }

  /** Sends what becomes an entry of a log, and waits for its ack. */
  async #commit(draft: OutboxDraft): Promise<ServerMessageOf<'ack'>> {
    const { room, clientId = newClientId() } = draft
    const log = logOf(draft, this.#home)
    const epoch = draft.epoch ?? this.#order.epochOf(log)
    const frame = entryFrame({ ...draft, epoch }, clientId)
    const ack = await this.#onceIn(room, () => this.#ask(this.#requests.acks, clientId, frame))
    if (ack.room !== log)
      throw new ClientError('bad_frame', 'The server took it into another log.', { retryable: true })
    return ack
  }

  /** Sends what has no answer and is worth nothing later: while not online it is dropped. */
  #signal(message: Loose<ClientMessage>): void {
    if (this.state.phase === 'online') this.#transmit(JSON.stringify(message))
  }

  /** Waits only while a join is under way: otherwise a request leaves in the same turn, so that order is kept. */
  #onceIn<T>(room: string | undefined, request: () => Promise<T>): Promise<T> {
    const entering = room === undefined ? undefined : this.#rooms.whenEntered(room.normalize('NFC'))
    return entering === undefined ? request() : entering.then(request)
  }

  async #ask<T>(pending: Pending<T>, key: string, message: Loose<ClientMessage>): Promise<T> {
    const { state } = this
    if (state.phase !== 'online') throw new ClientError('offline', 'Not connected.', { retryable: true })
    // The server closes the connection for a longer frame (ER6), and after a reconnect the same would happen again.
    const limit = state.welcome.limits?.max_frame_bytes ?? DEFAULT_MAX_FRAME_BYTES
    const text = JSON.stringify(message)
    if (text.length * 3 > limit && new TextEncoder().encode(text).length > limit)
      throw new ClientError('too_large', `A frame holds at most ${limit} bytes.`, { field: 'message' })
    const answer = pending.add(key)
    if (!this.#transmit(text))
      pending.reject(key, new ClientError('closed', 'The connection is closing.', { retryable: true }))
    return await answer
  }

  #transmit(text: string): boolean {
    if (!this.#connection.send(text)) return false
    this.#frames.emit({ direction: 'out', text, at: this.#clock.now() })
    return true
  }

  #onState(state: ConnectionState): void {
    if (state.phase === 'online') {
      const { heartbeat, heartbeat_interval } = state.welcome
      const interval =
        heartbeat?.interval_ms ?? (heartbeat_interval === undefined ? undefined : heartbeat_interval * 1000)
      this.#monitor.up(interval, heartbeat_interval !== undefined)
      // Before anybody is told: what a listener sends to such a room must come after the join.
      this.#rooms.rejoin()
    } else {
      this.#monitor.down()
      this.#requests.abandon()
      this.#rooms.suspend()
      this.#order.suspend()
      this.#outbox.flush()
      if (state.phase === 'connecting') this.#order.restart()
      if (state.phase === 'idle' || state.phase === 'stopped') this.#monitor.stop()
      else this.#monitor.start()
    }
    this.#states.emit(state)
  }

  #receive(data: unknown): void {
    this.#monitor.heard()
    const decoded = this.#inOrder(decode(data))
    this.#frames.emit({
      direction: 'in',
      text: typeof data === 'string' ? data : '',
      at: this.#clock.now(),
      ...(decoded.kind === 'unknown' ? { unknown: decoded.type } : null),
      ...(decoded.kind === 'bad' ? { fault: decoded.fault } : null),
    })
    this.#connection.noteLast(
      decoded.kind === 'message' && decoded.message.type === 'error' ? decoded.message : null,
    )
    if (decoded.kind === 'message') this.#dispatch(decoded.message)
    else if (decoded.kind === 'bad') this.#requests.garbled(decoded.clientId, decoded.requestId)
  }

  #inOrder(decoded: Decoded): Decoded {
    if (decoded.kind !== 'message') return decoded
    const { message } = decoded
    if (!isEntry(message)) return decoded
    return this.#order.takes(message.room, message.seq) ? decoded : { kind: 'bad', fault: 'bad_order' }
  }

  #dispatch(message: ServerMessage): void {
    switch (message.type) {
      case 'ping':
        // At once and not from a timer: a hidden tab's timers run once a minute, and the server waits 30 s.
        this.#transmit(PONG)
        return
      case 'heartbeat_ack':
        return
      case 'edit':
      case 'delete':
      case 'reaction':
        return this.#changes.emit(message)
      case 'typing':
        return this.#typings.emit(message)
      case 'read':
        return this.#reads.emit(message)
      case 'presence':
        return this.#presences.emit(message)
      case 'system':
        return this.#onSystem(message)
      case 'message':
        return this.#messages.emit(message)
      case 'private':
        return this.#privates.emit(message)
      case 'confirmation':
        return this.#onConfirmation(message)
      case 'ack':
        this.#requests.acks.resolve(message.client_id, message)
        return
      case 'history':
        if (message.request_id !== undefined) this.#requests.histories.resolve(message.request_id, message)
        return
      case 'status':
        this.#requests.statuses.resolve(message.room, message)
        return
      case 'going_away':
        this.#connection.comeBackAfter(message.retry_after_ms)
        return this.#goings.emit(message)
      case 'error':
        return this.#onError(message)
      default:
        return message satisfies never
    }
  }

  #onConfirmation(message: ServerMessageOf<'confirmation'>): void {
    if (message.event !== 'left' || message.room === undefined) return
    this.#forgetRoom(message.room)
    this.#requests.leaves.resolve(message.room, message)
  }

  #onSystem(message: ServerMessageOf<'system'>): void {
    if (message.event === 'welcome') this.#onWelcome(message)
    // That of the private log answers us, nobody else: it says nothing of a room.
    if (message.room !== PRIVATE_LOG) this.#systems.emit(message)
  }

  #onWelcome(welcome: ServerMessageOf<'system'>): void {
    const { room, epoch, person_id } = welcome
    this.#person = person_id ?? this.#person
    if (
      room !== undefined &&
      this.#requests.joins.resolve(room, welcome) &&
      room !== this.#home &&
      room !== PRIVATE_LOG
    )
      this.#rooms.entered(room)
    if (this.#named) this.#token.remember(welcome.resume_token)
    const isFirst = this.state.phase === 'connecting'
    this.#connection.welcomed(welcome)
    // A listener may have disconnected.
    if (this.state.phase !== 'online') return
    if (room !== undefined) this.#order.welcomed(room, welcome, welcome.head_seq)
    if (isFirst && this.#named) this.#order.welcomed(PRIVATE_LOG, { epoch }, welcome.private_head_seq)
    if (isFirst && this.#away) this.setAway(true)
    this.#outbox.flush()
  }

  #onError(error: ServerMessageOf<'error'>): void {
    // Nobody waits for the join of a room that is entered again after a reconnect, so its refusal is told here too.
    const returning = error.room !== undefined && this.#rooms.isReturning(error.room)
    if (!this.#requests.refuse(error) || returning) this.#errors.emit(error)
  }
}

const PONG = JSON.stringify({ type: 'pong' } satisfies ClientMessage)
const HEARTBEAT = JSON.stringify({ type: 'heartbeat' } satisfies ClientMessage)
