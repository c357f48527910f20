import {
  type ClientMessage,
  DEFAULT_ROOM,
  PRIVATE_LOG,
  type ServerMessage,
  type ServerMessageOf,
} from '@roomful/protocol'
import type { Client, ClientOptions, FrameEvent, OutboxClient } from './api.ts'
import { Backoff } from './backoff.ts'
import { refusedBy, unanswered } from './client-error.ts'
import { newClientId } from './client-id.ts'
import { type Decoded, decode, isEntry } from './codec.ts'
import { Connection, type ConnectionState } from './connection.ts'
import { entryFrame, frameText, logOf, type Loose, moderateFrame } from './entry-frame.ts'
import { endpointOf } from './endpoint.ts'
import { BROWSER_ENVIRONMENT, type Clock, ownWebSocket, SYSTEM_CLOCK, Timers } from './environment.ts'
import { type Events, noListeners } from './events.ts'
import { Listeners } from './listeners.ts'
import { LogOrder } from './log-order.ts'
import { Monitor } from './monitor.ts'
import type { OutboxBlock } from './outbox.ts'
import type { OutboxDraft } from './outbox-entry.ts'
import { type AnswerType, Requests } from './requests.ts'
import { LOCAL_TOKENS, ResumeToken } from './resume-token.ts'
import { Rooms } from './rooms.ts'
import { AccessToken } from './token.ts'

/**
 * Makes a client; nothing happens until `connect()`.
 * Throws a `TypeError` when `url` is no URL, or when the runtime has no WebSocket and none is given.
 */
export function createClient(options: ClientOptions & { outbox: OutboxBlock }): OutboxClient
export function createClient(options: ClientOptions): Client
export function createClient(options: ClientOptions): Client {
  return new RoomfulClient(options)
}

class RoomfulClient implements Client {
  readonly outbox: ReturnType<OutboxBlock> | undefined
  readonly #home: string
  readonly #named: boolean
  readonly #clock: Clock
  readonly #token: ResumeToken
  readonly #access: AccessToken
  readonly #connection: Connection
  readonly #monitor: Monitor
  readonly #requests: Requests
  readonly #rooms: Rooms
  readonly #order: LogOrder
  /** Those of the present connection. */
  readonly #timers: Timers
  #requestNumber = 0
  #away = false
  /** Who one is to the server. */
  #person: string | undefined

  readonly #on = noListeners()
  readonly #frames = new Listeners<FrameEvent>()
  readonly onState = this.#on.state.add
  readonly onMessage = this.#on.message.add
  readonly onPrivate = this.#on.private.add
  readonly onSystem = this.#on.system.add
  readonly onError = this.#on.error.add
  readonly onFrame = this.#frames.add
  readonly onGap = this.#on.gap.add
  readonly onChange = this.#on.change.add
  readonly onTyping = this.#on.typing.add
  readonly onRead = this.#on.read.add
  readonly onPresence = this.#on.presence.add
  readonly onModeration = this.#on.moderation.add
  readonly onGoingAway = this.#on.going_away.add

  constructor({
    url,
    username,
    token,
    room,
    lang,
    resumeToken,
    since,
    catchUp = true,
    clock = SYSTEM_CLOCK,
    random = Math.random,
    storage = LOCAL_TOKENS,
    environment = BROWSER_ENVIRONMENT,
    WebSocket = ownWebSocket(),
    outbox,
  }: ClientOptions) {
    const name = `${username ?? ''}@${url}`
    const endpoint = endpointOf({ url, username, room, lang })
    this.#home = (room ?? DEFAULT_ROOM).normalize('NFC')
    this.#named = username !== undefined
    this.#clock = clock
    this.#token = new ResumeToken(storage, `roomful.resume ${name}`, this.#named ? resumeToken : null)
    this.outbox = outbox?.(`${name}#${this.#home}`, clock, random, {
      home: this.#home,
      isOpen: (log) => this.state.phase === 'online' && this.#isIn(log),
      send: (entry) => this.#commit(entry),
      epochOf: (log) => this.#order.epochOf(log),
      person: () => this.#person,
    })
    this.#requests = new Requests(clock)
    this.#timers = new Timers(clock)
    this.#access = new AccessToken(token, this.#timers, (text) => this.#transmit(text))
    this.#rooms = new Rooms(this.#timers, (log) => this.#order.enter(log))
    this.#order = new LogOrder(
      this.#timers,
      random,
      (log, from) => this.#ask('system', log, { type: 'join', room: log, since: from }),
      catchUp,
      (log) => this.#isExpected(log),
      (gap) => this.#on.gap.emit(gap),
      since,
    )
    this.#monitor = new Monitor(
      clock,
      environment,
      () => this.#signal({ type: 'heartbeat' }),
      () => this.#connection.abandon('The server is silent'),
      () => this.#connection.retryOnWake(),
    )
    this.#connection = new Connection(
      clock,
      new Backoff(random),
      (events) => this.#access.dial(WebSocket, endpoint, this.#token.value, events),
      () => this.#token.value !== null,
      this.#access.isFresh,
      (data) => this.#receive(data),
      (state) => this.#onState(state),
    )
  }

  get state(): ConnectionState {
    return this.#connection.state
  }

  connect(): void {
    this.#connection.connect()
  }

  disconnect(): void {
    this.#rooms.clear()
    this.#order.forgetAll()
    this.#connection.disconnect()
  }

  retryNow(): void {
    this.#connection.retryNow()
  }

  readonly send: Client['send'] = (text, options) => this.#commit({ ...options, text })
  readonly whisper: Client['whisper'] = (to, text, options) => this.#commit({ ...options, to, text })
  readonly edit: Client['edit'] = (seq, text, options) =>
    this.#commit({ ...options, kind: 'edit', seq, text })
  readonly remove: Client['remove'] = (seq, options) => this.#commit({ ...options, kind: 'delete', seq })
  readonly react: Client['react'] = (seq, emoji, options) =>
    this.#commit({ ...options, kind: 'reaction', seq, text: emoji })

  readonly moderate: Client['moderate'] = (asked) => {
    const { room = this.#home, clientId = newClientId(), epoch = this.#order.epochOf(room) } = asked
    const frame = moderateFrame({ ...asked, epoch }, clientId)
    return this.#onceIn(room, () => this.#ask('ack', clientId, frame))
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
    this.#putOut(name)
    await this.#ask('confirmation', name, { type: 'leave', room: name }).finally(() => this.#forgetRoom(name))
  }

  /** We leave it, or a moderator has put us out: it is not entered again by itself. */
  #putOut(room: string): void {
    this.#rooms.leave(room)
    this.#order.forget(room)
  }

  /** Once more when the leave is answered: the answer to a join that was asked for before it may have come since then. */
  #forgetRoom(room: string): void {
    this.#rooms.left(room)
    this.#order.forget(room)
  }

  history(query: Parameters<Client['history']>[0]): Promise<ServerMessageOf<'history'>> {
    this.#requestNumber += 1
    const request_id = `history-${this.#requestNumber}`
    return this.#onceIn(query.room, () =>
      this.#ask('history', request_id, { ...query, type: 'history', request_id }),
    )
  }

  status(room = this.#home): Promise<ServerMessageOf<'status'>> {
    const name = room.normalize('NFC')
    return this.#onceIn(name, () => this.#ask('status', name, { type: 'status', room: name }))
  }

  /** Sends what becomes an entry of a log, and waits for its ack. */
  async #commit(draft: OutboxDraft): Promise<ServerMessageOf<'ack'>> {
    const { clientId = newClientId() } = draft
    const log = logOf(draft, this.#home)
    const frame = entryFrame({ ...draft, epoch: draft.epoch ?? this.#order.epochOf(log) }, clientId)
    const ack = await this.#onceIn(draft.room, () => this.#ask('ack', clientId, frame))
    // The server took it into another log.
    if (ack.room !== log) throw unanswered('bad_frame')
    return ack
  }

  /** Sends what has no answer and is worth nothing later: while not online it is dropped. */
  #signal(message: Loose<ClientMessage>): void {
    if (this.state.phase === 'online') this.#transmit(JSON.stringify(message))
  }

  /** Waits only while a join is under way: otherwise a request leaves in the same turn, so that order is kept. */
  #onceIn<T>(room: string | undefined, request: () => Promise<T>): Promise<T> {
    return this.#rooms.whenEntered(room?.normalize('NFC'))?.then(request) ?? request()
  }

  async #ask<T extends AnswerType>(
    type: T,
    key: string,
    message: Loose<ClientMessage>,
  ): Promise<ServerMessageOf<T>> {
    const { state } = this
    if (state.phase !== 'online') throw unanswered('offline')
    const text = frameText(message, state.welcome.limits?.max_frame_bytes)
    const answer = this.#requests.add(type, key, message.type)
    if (!this.#transmit(text)) this.#requests.fail(unanswered('closed'), type, key)
    return await answer
  }

  #transmit(text: string): boolean {
    const isSent = this.#connection.send(text)
    if (isSent) this.#frames.emit({ direction: 'out', text, at: this.#clock.now() })
    return isSent
  }

  #onState(state: ConnectionState): void {
    const { phase } = state
    this.#monitor.follow(state)
    if (phase === 'online') {
      // Before anybody is told: what a listener sends to such a room must come after the join.
      this.#rooms.rejoin()
    } else {
      this.#timers.cancelAll()
      this.#requests.failAll(unanswered('closed'))
      this.#rooms.suspend()
      this.outbox?.flush()
      if (phase === 'connecting') this.#order.restart()
    }
    this.#on.state.emit(state)
  }

  /** Returns what came when it was an error. */
  #receive(data: unknown): ServerMessageOf<'error'> | null {
    this.#monitor.heard()
    const decoded = this.#inOrder(decode(data))
    const message = decoded.kind === 'message' ? decoded.message : null
    this.#frames.emit({
      direction: 'in',
      text: typeof data === 'string' ? data : '',
      at: this.#clock.now(),
      ...(decoded.kind === 'unknown' && { unknown: decoded.type }),
      ...(decoded.kind === 'bad' && { fault: decoded.fault }),
    })
    if (message !== null) this.#dispatch(message)
    else if (decoded.kind === 'bad')
      this.#requests.refuse(unanswered('bad_frame'), decoded.clientId, decoded.requestId)
    return message?.type === 'error' ? message : null
  }

  #inOrder(decoded: Decoded): Decoded {
    if (decoded.kind !== 'message' || !isEntry(decoded.message)) return decoded
    const { room, seq } = decoded.message
    return this.#order.takes(room, seq) ? decoded : { kind: 'bad', fault: 'bad_order' }
  }

  #dispatch(message: ServerMessage): void {
    switch (message.type) {
      case 'ping':
        // At once and not from a timer: a hidden tab's timers run once a minute, and the server waits 30 s.
        this.#transmit('{"type":"pong"}')
        return
      case 'heartbeat_ack':
        return
      case 'ack':
        return void this.#requests.answer(message, message.client_id)
      case 'history':
        this.#requests.answer(message, message.request_id)
        return
      case 'status':
        this.#requests.answer(message, message.room)
        return
      case 'confirmation':
        return this.#onConfirmation(message)
      case 'system':
        return this.#onSystem(message)
      case 'error':
        return this.#onError(message)
      case 'edit':
      case 'delete':
      case 'reaction':
        return this.#on.change.emit(message)
      case 'going_away':
        this.#connection.comeBackAfter(message.retry_after_ms)
        return this.#tell(message)
      default:
        return this.#tell(message)
    }
  }

  #tell(message: Extract<ServerMessage, { type: keyof Events }>): void {
    const listeners: Pick<Listeners<ServerMessage>, 'emit'> = this.#on[message.type]
    listeners.emit(message)
  }

  #onConfirmation(message: ServerMessageOf<'confirmation'>): void {
    this.#access.renewLater(message.timestamp, message.expires_at)
    if (message.event !== 'left' || message.room === undefined) return
    this.#forgetRoom(message.room)
    this.#requests.answer(message, message.room)
  }

  #onSystem(message: ServerMessageOf<'system'>): void {
    const { event, room } = message
    const isNews = event !== 'welcome' || this.#isExpected(room)
    if (event === 'welcome') this.#onWelcome(message)
    // That of the private log answers us, nobody else: it says nothing of a room.
    if (room !== PRIVATE_LOG && isNews) this.#tell(message)
  }

  #onWelcome(welcome: ServerMessageOf<'system'>): void {
    const { room = '', epoch, person_id } = welcome
    this.#person = person_id ?? this.#person
    this.#requests.answer(welcome, room)
    if (this.#rooms.isWanted(room) && !this.#isOwn(room)) this.#rooms.entered(room)
    if (this.#named) this.#token.remember(welcome.resume_token)
    const isFirst = this.state.phase === 'connecting'
    this.#connection.welcomed(welcome)
    // A listener may have disconnected.
    if (this.state.phase !== 'online') return
    if (room !== '') this.#order.welcomed(room, welcome, welcome.head_seq)
    if (isFirst && this.#named) this.#order.welcomed(PRIVATE_LOG, { epoch }, welcome.private_head_seq)
    if (isFirst) this.#access.renewLater(welcome.server_time, welcome.token_expires_at)
    if (isFirst && this.#away) this.setAway(true)
    this.outbox?.flush()
  }

  /** The room it connected to, and the private log: those one is always in. */
  #isOwn(log: string): boolean {
    return log === this.#home || log === PRIVATE_LOG
  }

  /** Whether the present connection is in it. */
  #isIn(log: string): boolean {
    return this.#isOwn(log) || this.#rooms.isInside(log)
  }

  /** Whether it is in it, or about to be: what the server says of other logs is not believed. */
  #isExpected(log = this.#home): boolean {
    return this.#isOwn(log) || this.#rooms.isWanted(log)
  }

  #onError(error: ServerMessageOf<'error'>): void {
    const { client_id, request_id, room, code } = error
    if (room !== undefined && (code === 'kicked' || code === 'banned')) this.#putOut(room)
    // Nobody waits for the join of a room that is entered again after a reconnect, so its refusal is told here too.
    const returning = this.#rooms.isReturning(room)
    if (!this.#requests.refuse(refusedBy(error), client_id, request_id, room) || returning) this.#tell(error)
  }
}
