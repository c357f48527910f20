import { DEFAULT_ROOM, PRIVATE_LOG, type ServerMessageOf } from '@roomful/protocol'
import type { Client, FrameEvent } from './api.ts'
import { createClient } from './client.ts'
import { asClientError, type ClientError, unanswered } from './client-error.ts'
import { newClientId } from './client-id.ts'
import type { ConnectionState } from './connection.ts'
import { type Clock, SYSTEM_CLOCK } from './environment.ts'
import { type Events, noListeners } from './events.ts'
import { ownOutbox } from './indexed-db.ts'
import { type Election, ElectionByAsking, ElectionByLock, type ElectionNote } from './leader.ts'
import { Listeners } from './listeners.ts'
import type { Gap } from './log-order.ts'
import { StoredOutbox } from './outbox.ts'
import type { Outbox, OutboxEntry } from './outbox-entry.ts'
import { adopt, deliver, takeOver } from './outbox-tabs.ts'
import type { ChannelLike, Role, SharedClient, SharedClientOptions } from './shared-api.ts'
import {
  type AnyEvent,
  type Asking,
  type EventNamed,
  hearAll,
  isLetter,
  type Note,
  present,
  revived,
  type Snapshot,
  type Telling,
} from './shared-notes.ts'
import { Told } from './shared-told.ts'

export { type KeptOutbox, keptOutboxes } from './indexed-db.ts'
export type { LocksLike } from './leader.ts'
export type { ChannelLike, Role, SharedClient, SharedClientOptions } from './shared-api.ts'

/** The tabs with the same `url`, `username` and `room` share one connection. Throws like `createClient`. */
export function createSharedClient(options: SharedClientOptions): SharedClient {
  return new Tab(options)
}

interface Asked {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: ClientError) => void
}

class Tab implements SharedClient {
  readonly #options: SharedClientOptions
  readonly #name: string
  readonly #home: string
  readonly #clock: Clock
  readonly #id = newClientId()
  readonly #outbox: StoredOutbox
  readonly #told = new Told()
  /** Rooms to be in beside the home one. */
  readonly #rooms = new Set<string>()
  /** Those that the present connection is in. */
  readonly #inside = new Set<string>()
  readonly #asked = new Map<number, Asked>()
  #asks = 0
  #channel: ChannelLike | null = null
  #election: Election | null = null
  /** The leader's own: the socket and all that belongs to it. */
  #inner: Client | null = null
  #leader: string | null = null
  #state: ConnectionState = { phase: 'idle' }
  #token: string | undefined
  #person: string | undefined
  #away = false

  readonly #on = noListeners()
  readonly #roles = new Listeners<Role>()
  readonly #frames: Listeners<FrameEvent> = new Listeners()
  readonly onState = this.#on.state.add
  readonly onMessage = this.#on.message.add
  readonly onPrivate = this.#on.private.add
  readonly onChange = this.#on.change.add
  readonly onTyping = this.#on.typing.add
  readonly onRead = this.#on.read.add
  readonly onPresence = this.#on.presence.add
  readonly onModeration = this.#on.moderation.add
  readonly onGoingAway = this.#on.going_away.add
  readonly onSystem = this.#on.system.add
  readonly onError = this.#on.error.add
  readonly onGap = this.#on.gap.add
  readonly onFrame = this.#frames.add
  readonly onRole = this.#roles.add

  readonly send: Client['send'] = (...args) => this.#ask('send', args)
  readonly whisper: Client['whisper'] = (...args) => this.#ask('whisper', args)
  readonly edit: Client['edit'] = (...args) => this.#ask('edit', args)
  readonly remove: Client['remove'] = (...args) => this.#ask('remove', args)
  readonly react: Client['react'] = (...args) => this.#ask('react', args)
  readonly moderate: Client['moderate'] = (...args) => this.#ask('moderate', args)
  readonly join: Client['join'] = (...args) => this.#ask('join', args)
  readonly history: Client['history'] = (...args) => this.#ask('history', args)
  readonly status: Client['status'] = (...args) => this.#ask('status', args)
  readonly typing: Client['typing'] = (...args) => this.#tell('typing', args)
  readonly markRead: Client['markRead'] = (...args) => this.#tell('markRead', args)
  readonly setAway: Client['setAway'] = (...args) => this.#tell('setAway', args)
  readonly retryNow: Client['retryNow'] = () => this.#tell('retryNow', [])

  constructor(options: SharedClientOptions) {
    const { url, username, room, clock = SYSTEM_CLOCK, random = Math.random } = options
    // Told now, not when this tab first leads.
    createClient({ ...options, outbox: undefined })
    this.#options = options
    this.#clock = clock
    this.#home = (room ?? DEFAULT_ROOM).normalize('NFC')
    this.#name = `${username ?? ''}@${url}#${this.#home}`
    const kept = options.outbox === undefined ? ownOutbox(this.#name) : options.outbox
    this.#outbox = new StoredOutbox(kept, clock, random, {
      home: this.#home,
      isOpen: (log) =>
        this.#inner?.state.phase === 'online' &&
        (log === this.#home || log === PRIVATE_LOG || this.#inside.has(log)),
      send: (entry) => deliver(this, entry),
      epochOf: (log) => this.#told.epochOf(log),
      person: () => this.#person,
      tell: this.#tellEntry,
    })
  }

  get role(): Role {
    return this.#inner === null ? 'follower' : 'leader'
  }

  get state(): ConnectionState {
    return this.#state
  }

  get outbox(): Outbox {
    return this.#outbox
  }

  connect(): void {
    if (this.#channel !== null) return
    const name = `roomful.1 ${this.#name}`
    const channel = this.#options.channel?.(name) ?? new BroadcastChannel(name)
    channel.addEventListener('message', ({ data }) => {
      if (this.#channel === channel && isLetter(data)) this.#heard(data.from, data.note)
    })
    this.#channel = channel
    this.#hear({ name: 'state', value: { phase: 'connecting', attempt: 1 } })
    const { locks = typeof navigator === 'object' ? navigator.locks : null } = this.#options
    const hooks = {
      clock: this.#clock,
      id: this.#id,
      random: this.#options.random ?? Math.random,
      tell: (note: ElectionNote) => this.#post({ kind: 'election', note }),
      onLead: (leads: boolean) => (leads ? this.#lead() : this.#follow()),
    }
    // None on a page over plain HTTP: browsers keep them for secure contexts.
    this.#election = locks ? new ElectionByLock(locks, name, hooks) : new ElectionByAsking(hooks)
    this.#post({ kind: 'hello' })
  }

  disconnect(): void {
    const channel = this.#channel
    if (channel === null) return
    this.#stepDown()
    this.#election?.stop()
    this.#channel = null
    channel.close()
    this.#leader = null
    for (const each of [this.#rooms, this.#told]) each.clear()
    this.#abandon()
    this.#hear({ name: 'state', value: { phase: 'idle' } })
  }

  async leave(room: string): Promise<void> {
    const name = room.normalize('NFC')
    this.#forget(name)
    this.#post({ kind: 'left', room: name })
    await this.#ask('leave', [room])
  }

  // ---- the leader

  #lead(): void {
    const inner = createClient({
      ...this.#options,
      outbox: undefined,
      since: this.#told.since,
      ...(this.#token !== undefined && { resumeToken: this.#token }),
    })
    this.#inner = inner
    this.#leader = this.#id
    const rooms = [...this.#rooms]
    this.#abandon()
    hearAll(inner, (event) => {
      if (this.#inner !== inner) return
      this.#hear(event)
      this.#post({ kind: 'event', event })
    })
    inner.onFrame((frame) => this.#frames.emit(frame))
    inner.onState(({ phase }) => {
      // Nobody waits for these.
      if (phase === 'online') for (const room of rooms.splice(0)) inner.join(room).catch(() => undefined)
    })
    if (this.#away) inner.setAway(true)
    this.#roles.emit('leader')
    this.#post({ kind: 'lead' })
    inner.connect()
    takeOver(this.#outbox)
  }

  /** Another one leads too, and stays. */
  #follow(): void {
    this.#stepDown()
    this.#leader = null
    this.#roles.emit('follower')
    this.#post({ kind: 'hello' })
  }

  #stepDown(): void {
    const inner = this.#inner
    this.#inner = null
    inner?.disconnect()
  }

  async #introduce(to: string): Promise<void> {
    const inner = this.#inner
    if (inner === null) return
    const now = inner.state.phase === 'online' ? await inner.status().catch(() => null) : null
    const { state } = this
    const fresh: ConnectionState =
      state.phase === 'online'
        ? { ...state, welcome: { ...state.welcome, ...present(now), ...this.#told.heads(this.#home) } }
        : state
    const snapshot: Snapshot = {
      state: fresh,
      token: this.#token,
      since: this.#told.since,
      rooms: [...this.#rooms],
      entries: this.#outbox.entries,
    }
    this.#post({ kind: 'snapshot', to, snapshot })
  }

  async #serve(to: string, id: number, method: Asking, args: readonly unknown[]): Promise<void> {
    const inner = this.#inner
    if (inner === null) return
    try {
      const value: unknown = await Reflect.apply(inner[method], inner, args)
      this.#post({ kind: 'answer', to, id, value })
    } catch (error) {
      const { code, message, retryable, retryAfterMs, field } = asClientError(error)
      this.#post({ kind: 'refusal', to, id, error: { code, message, retryable, retryAfterMs, field } })
    }
  }

  // ---- everybody

  #heard(from: string, note: Note): void {
    if ('to' in note && note.to !== this.#id) return
    switch (note.kind) {
      case 'election':
        return this.#election?.heard(from, note.note)
      case 'lead':
        if (this.#inner !== null) return
        this.#abandon()
        // Who knows where it stands hears on; who is new asks.
        if (this.#leader === null) this.#post({ kind: 'hello' })
        else this.#leader = from
        return
      case 'hello':
        void this.#introduce(from)
        return
      case 'snapshot':
        return this.#begin(from, note.snapshot)
      case 'event':
        if (from === this.#leader) this.#hear(note.event)
        return
      case 'left':
        return this.#forget(note.room)
      case 'entry':
        return adopt(this.#outbox, note.entry, note.kept, this.#tellEntry)
      case 'tell':
        return this.#perform(note.method, note.args)
      case 'ask':
        void this.#serve(from, note.id, note.method, note.args)
        return
      case 'answer':
        this.#asked.get(note.id)?.resolve(note.value)
        this.#asked.delete(note.id)
        return
      case 'refusal':
        this.#asked.get(note.id)?.reject(revived(note.error))
        this.#asked.delete(note.id)
        return
      default:
        return note satisfies never
    }
  }

  #begin(leader: string, { state, token, since, rooms, entries }: Snapshot): void {
    if (this.#inner !== null) return
    this.#leader = leader
    this.#token = token
    this.#told.takeOver(since, (gap) => this.#missed(gap))
    for (const room of rooms) this.#rooms.add(room)
    for (const entry of entries) adopt(this.#outbox, entry, false, this.#tellEntry)
    this.#hear({ name: 'state', value: state })
  }

  #hear(event: AnyEvent): void {
    if (this.#isNews(event)) this.#emit(event)
    // Only now, because an entry waits until one is in its room.
    if (event.name === 'state' || event.name === 'system') this.#outbox.flush()
  }

  #isNews(event: AnyEvent): boolean {
    switch (event.name) {
      case 'state':
        this.#state = event.value
        this.#inside.clear()
        if (event.value.phase === 'online') this.#welcomed(event.value.welcome)
        return true
      case 'system':
        if (event.value.event === 'welcome') this.#welcomed(event.value)
        return true
      case 'gap':
        this.#told.jumped(event.value)
        return true
      case 'message':
      case 'private':
      case 'change':
        return this.#told.takes(event.value.room, event.value.seq, (gap) => this.#missed(gap))
      default:
        return true
    }
  }

  #missed(gap: Gap): void {
    if (this.#options.catchUp !== false) this.#on.gap.emit(gap)
  }

  #welcomed(welcome: ServerMessageOf<'system'>): void {
    const { room, resume_token, person_id } = welcome
    this.#token = resume_token ?? this.#token
    this.#person = person_id ?? this.#person
    if (room !== undefined && room !== this.#home) {
      this.#rooms.add(room)
      this.#inside.add(room)
    }
    this.#told.welcomed(welcome)
  }

  #emit<K extends keyof Events>({ name, value }: EventNamed<K>): void {
    this.#on[name].emit(value)
  }

  #forget(room: string): void {
    for (const each of [this.#rooms, this.#inside, this.#told]) each.delete(room)
  }

  #ask<M extends Asking>(method: M, args: Parameters<Client[M]>): ReturnType<Client[M]> {
    const inner = this.#inner
    const answer: unknown =
      inner === null ? this.#askLeader(method, args) : Reflect.apply(inner[method], inner, args)
    return answer as ReturnType<Client[M]>
  }

  #askLeader(method: Asking, args: readonly unknown[]): Promise<unknown> {
    const to = this.#leader
    if (to === null) return Promise.reject(unanswered('offline'))
    this.#asks += 1
    const id = this.#asks
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject })
      this.#post({ kind: 'ask', to, id, method, args })
    })
  }

  #tell(method: Telling, args: readonly unknown[]): void {
    this.#post({ kind: 'tell', method, args })
    this.#perform(method, args)
  }

  #perform(method: Telling, args: readonly unknown[]): void {
    if (method === 'setAway') this.#away = args[0] === true
    if (this.#inner !== null) Reflect.apply(this.#inner[method], this.#inner, args)
  }

  /** The leader that was asked is gone. */
  #abandon(): void {
    const error = unanswered('closed')
    for (const { reject } of this.#asked.values()) reject(error)
    this.#asked.clear()
  }

  readonly #tellEntry = (entry: OutboxEntry, kept = false): void => this.#post({ kind: 'entry', entry, kept })

  #post(note: Note): void {
    this.#channel?.postMessage({ from: this.#id, note })
  }
}
