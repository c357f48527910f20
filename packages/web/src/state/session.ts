import {
  ClientError,
  type ClientErrorCode,
  type ConnectionState,
  type OutboxDraft,
  type OutboxEntry,
} from '@roomful/client'
import { type LogFrame, nameKey, PRIVATE_LOG, type ServerMessageOf } from '@roomful/protocol'
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Timers } from './announcer.ts'
import { Backfill, type FetchedPage } from './backfill.ts'
import { Check } from './check.ts'
import type { ChatClient } from './client.ts'
import type { About } from './drafts.ts'
import { Jump } from './jump.ts'
import { type Held, receive, renumber, track } from './held.ts'
import { type ChangeOf, emptyLog, type Entry, entryOf, type LogName, markStart, raiseHead } from './log.ts'
import { addNotice, type Notice, type Noted, noticeOf } from './notices.ts'
import { follow, fromStatus, fromWelcome, NOBODY, type People } from './people.ts'
import { Presence } from './presence.ts'
import { Reading, type ReadStore } from './reading.ts'
import { Ruling } from './ruling.ts'
import { deriveRows, type MessageRow, type Row } from './rows.ts'

type Welcome = ServerMessageOf<'system'>
type Live = LogFrame | Noted

export interface SessionOptions {
  readonly client: ChatClient
  readonly username: string
  readonly room: string
  readonly kept: ReadStore
  readonly timers: Timers
  /** Calls back once, soon: everything that came until then is shown together. */
  readonly soon: (run: () => void) => void
  readonly isHidden: () => boolean
  /** Told of every message of somebody else, as it arrives. */
  readonly onArrival: (entry: Entry) => void
  /** Told of every message of one's own that was refused. */
  readonly onRefusal: (code: ClientErrorCode, message: string, text: string) => void
}

/** Wait before asking who is here, so that a storm of notices is one question. */
const ASK_AGAIN_MS = 1500

/** Milliseconds for which reading goes on before the server is told. */
const READ_MS = 1000

/** Least distance between two arrivals; a double holds today's milliseconds to about a quarter of this. */
const ARRIVAL_STEP_MS = 0.001

/** One person in one room: everything the chat view shows and does. */
export class Session {
  readonly username: string
  readonly ownKey: string
  readonly backfill: Backfill
  readonly reading: Reading
  readonly check: Check
  readonly presence: Presence
  readonly jump: Jump
  readonly ruling: Ruling
  readonly rows: ReadonlySignal<readonly Row[]>
  readonly #options: SessionOptions
  readonly #client: ChatClient
  readonly #room = signal('')
  readonly #connection: Signal<ConnectionState>
  readonly #people = signal<People>(NOBODY)
  readonly #welcome = signal<Welcome | null>(null)
  readonly #held = signal<Held>({ room: emptyLog(null, 0), private: emptyLog(null, 0), outgoing: [] })
  readonly #notices = signal<readonly Notice[]>([])
  readonly #endings: (() => void)[] = []
  readonly #inbox: Live[] = []
  #skew = 0
  #noticeCount = 0
  #lastArrival = 0
  #cancelAsking: (() => void) | null = null
  /** Numbers that the server shall be told of; 0: none. */
  readonly #read: Record<LogName, number> = { room: 0, private: 0 }

  constructor(options: SessionOptions) {
    const { client } = options
    this.#options = options
    this.#client = client
    this.username = options.username
    this.ownKey = nameKey(options.username)
    this.#room.value = options.room
    this.#connection = signal(client.state)
    this.backfill = new Backfill({
      held: () => this.#held.peek(),
      fetch: (log, range, limit) => client.history({ room: this.#nameOf(log), ...range, limit }),
      apply: (pages) => this.#takePages(pages),
      timers: options.timers,
    })
    this.reading = new Reading({
      ...options,
      ownKey: this.ownKey,
      onRead: (log, seq) => this.#markRead(log, seq),
    })
    this.jump = new Jump({
      ...options,
      room: () => this.#held.peek().room,
      around: (seq) => this.backfill.around(seq),
    })
    this.ruling = new Ruling({ ...options, ownKey: this.ownKey, room: () => this.#room.peek() })
    this.presence = new Presence({
      ...options,
      ownKey: this.ownKey,
      sendTyping: (to) => client.typing(to === null ? { room: this.#room.peek() } : { to }),
      sendAway: (away) => client.setAway(away),
    })
    this.check = new Check({
      ...options,
      held: () => this.#held.value,
      isOnline: () => this.#connection.peek().phase === 'online',
      ask: (log, after) => client.history({ room: this.#nameOf(log), after, limit: 1 }),
      onBehind: (log, head) => this.#fallBehind(log, head),
    })
    this.rows = computed(() =>
      deriveRows({
        ...this.#held.value,
        notices: this.#notices.value,
        divider: this.reading.divider.value,
        online: this.#connection.value.phase === 'online',
        ownKey: this.ownKey,
        ownName: this.username,
      }),
    )
    this.#listen()
  }

  #listen(): void {
    const client = this.#client
    for (const mine of client.outbox.entries) this.#track(mine)
    this.#endings.push(
      client.onState((state) => this.#takeState(state)),
      client.onMessage((frame) => this.#receive(frame)),
      client.onPrivate((frame) => this.#receive(frame)),
      client.onSystem((frame) => this.#receive(frame)),
      client.onChange((frame) => this.#receive(frame)),
      client.outbox.onChange((mine) => this.#track(mine)),
      client.onTyping(({ room, usernames, count }) => {
        if (this.#isHere(room)) this.presence.heardTyping(usernames, count)
      }),
      client.onPresence(({ room, username, event }) => {
        if (this.#isHere(room)) this.presence.heardAway(username, event === 'away')
      }),
      client.onRead(({ room, markers }) => {
        for (const { username, seq } of markers)
          if (nameKey(username) === this.ownKey && this.#isHere(room))
            this.reading.readElsewhere(room === PRIVATE_LOG ? 'private' : 'room', seq)
      }),
      this.ruling.listen((frame) => this.#receive(frame)),
      effect(() => this.reading.follow(this.#held.value)),
    )
  }

  get room(): string {
    return this.#room.value
  }

  get connection(): ConnectionState {
    return this.#connection.value
  }

  /** Whether it was ever in the room. */
  get entered(): boolean {
    return this.#welcome.value !== null
  }

  get people(): People {
    return this.#people.value
  }

  /** Longest message in bytes of UTF-8. */
  get maxMessageBytes(): number {
    return this.#welcome.value?.limits?.max_message_bytes ?? 16_384
  }

  start(): void {
    this.#client.connect()
  }

  retryNow(): void {
    this.#client.retryNow()
  }

  /** Leaves. What was not acknowledged stays in the outbox, for the next time that this person is in this room. */
  end(): void {
    for (const ending of this.#endings.splice(0)) ending()
    this.#cancelAsking?.()
    this.jump.end()
    this.backfill.stop()
    this.check.end()
    this.presence.end()
    this.#client.disconnect()
  }

  /**
   * Shows a message at once and sends it as soon as it can. `to`: only this person gets it; `replyTo`: the message it answers. Returns
   * whether it was taken: there is an end to what may wait.
   */
  say(text: string, to: string | null, replyTo?: number): boolean {
    if (!this.#add({ text, to: to ?? undefined, replyTo })) return false
    this.reading.answered()
    if (to === null) this.ruling.said()
    this.presence.wrote()
    return true
  }

  /** Gives a message of one's own another text, takes it back, or puts a reaction on any. */
  change({ log, seq }: Pick<MessageRow, 'log' | 'seq'>, what: ChangeOf): boolean {
    if (seq === null) return false
    const room = log === 'private' ? PRIVATE_LOG : undefined
    if (what.kind === 'reaction')
      return this.#add({ kind: 'reaction', room, seq, text: what.emoji, remove: what.removed })
    return this.#add({ ...what, room, seq })
  }

  /** What waits; there it is sent again or taken back. */
  get outbox(): ChatClient['outbox'] {
    return this.#client.outbox
  }

  #add(draft: OutboxDraft): boolean {
    try {
      this.outbox.add(draft)
      return true
    } catch (error) {
      if (error instanceof ClientError) return false
      throw error
    }
  }

  /** What came before it is shown before it. */
  #track(mine: OutboxEntry): void {
    this.#takeInbox()
    const known = this.#held.peek().outgoing.some(({ clientId }) => clientId === mine.clientId)
    this.#held.value = track(this.#held.peek(), mine)
    if (mine.state.phase !== 'failed') return
    // A reaction is put again with less effort than it takes to read why it failed; what is not there need not be deleted.
    const { code, message } = mine.state
    if (mine.kind === 'reaction' || (mine.kind === 'delete' && code === 'not_found'))
      this.outbox.discard(mine.clientId)
    if (known) this.#options.onRefusal(code, message, mine.text)
  }

  /** The newest message of one's own that can be changed. */
  lastOwn(): Omit<About, 'kind'> | null {
    const row = this.rows.peek().findLast((each) => each.kind === 'message' && each.own && each.seq !== null)
    if (row?.kind !== 'message' || row.deleted || row.id === null || row.seq === null) return null
    return { log: row.log, id: row.id, seq: row.seq, author: row.author, text: row.text }
  }

  #nameOf(log: LogName): string {
    return log === 'private' ? PRIVATE_LOG : this.#room.peek()
  }

  #isHere(room: string): boolean {
    return room === PRIVATE_LOG || room === this.#room.peek()
  }

  /** The newest number holds, so the server is told of one at a time. */
  #markRead(log: LogName, seq: number): void {
    const waiting = this.#read[log] !== 0
    this.#read[log] = seq
    if (waiting) return
    this.#options.timers.after(READ_MS, () => {
      const room = this.#nameOf(log)
      const newest = this.#read[log]
      this.#read[log] = 0
      this.#client.markRead(newest, { room })
    })
  }

  /** Messages went missing in silence. */
  #fallBehind(log: LogName, head: number): void {
    this.#held.value = { ...this.#held.peek(), [log]: raiseHead(this.#held.peek()[log], head) }
    void this.backfill.mend()
  }

  #takeState(state: ConnectionState): void {
    this.#takeInbox()
    batch(() => {
      this.#connection.value = state
      if (state.phase === 'online' && state.welcome !== this.#welcome.peek()) this.#takeWelcome(state.welcome)
    })
  }

  #takeWelcome(welcome: Welcome): void {
    const now = this.#options.timers.now()
    const returning = this.#welcome.peek() !== null
    this.#welcome.value = welcome
    this.#room.value = welcome.room ?? this.#room.peek()
    this.#people.value = fromWelcome(welcome)
    this.ruling.begin(welcome)
    const serverTime = Date.parse(welcome.server_time ?? '')
    this.#skew = Number.isNaN(serverTime) ? 0 : serverTime - now
    this.#beginEpoch(welcome)
    this.presence.begin(welcome.away_users ?? [])
    if (!returning) this.#note(welcome, this.#arrival())
    this.check.told()
    void this.backfill.catchUp()
  }

  /** Another epoch means that the numbers were given anew: nothing held is valid. */
  #beginEpoch(welcome: Welcome): void {
    const {
      epoch = null,
      head_seq: head = 0,
      private_head_seq: privateHead = 0,
      read_seq: read = 0,
    } = welcome
    const held = this.#held.peek()
    const same = held.room.epoch === epoch && held.room.epoch !== null
    this.#held.value = same
      ? { ...held, room: raiseHead(held.room, head), private: raiseHead(held.private, privateHead) }
      : renumber(held, emptyLog(epoch, head), emptyLog(epoch, privateHead))
    if (!same) this.reading.begin(epoch ?? '', { room: head, private: privateHead }, { room: read })
    else this.reading.readElsewhere('room', read)
  }

  #receive(frame: Live): void {
    if (frame.type === 'system' && frame.event === 'welcome') return
    if (frame.room !== undefined && !this.#isHere(frame.room)) return
    this.#inbox.push(frame)
    if (this.#inbox.length === 1) this.#options.soon(() => this.#takeInbox())
  }

  #takeInbox(): void {
    if (this.#inbox.length === 0) return
    const frames = this.#inbox.splice(0)
    const entries = { room: [] as Entry[], private: [] as Entry[] }
    // Each notice by itself: who left and came back within them may be somebody else.
    for (const frame of frames) {
      const arrivedAt = this.#arrival()
      if (frame.type === 'system' || frame.type === 'moderation') {
        this.#note(frame, arrivedAt)
        continue
      }
      const entry = entryOf(frame, { arrivedAt, skew: this.#skew, live: true })
      entries[entry.log].push(entry)
      if (entry.authorKey === this.ownKey || entry.change !== null) continue
      this.presence.said(entry.author)
      this.#options.onArrival(entry)
    }
    batch(() => {
      for (const log of ['room', 'private'] as const)
        if (entries[log].length > 0) this.#take(log, entries[log])
    })
  }

  /** Page clock, made to differ for each frame: messages and notices of one turn keep their order among each other. */
  #arrival(): number {
    this.#lastArrival = Math.max(this.#options.timers.now(), this.#lastArrival + ARRIVAL_STEP_MS)
    return this.#lastArrival
  }

  #take(log: LogName, entries: readonly Entry[]): void {
    this.#held.value = receive(this.#held.peek(), log, entries)
  }

  #takePages(pages: readonly FetchedPage[]): void {
    batch(() => {
      const arrivedAt = this.#options.timers.now()
      for (const { log, page, reachesStart } of pages) {
        const held = this.#held.peek()[log]
        if (held.epoch !== null && page.epoch !== held.epoch) continue
        const entries = page.entries.map((frame) =>
          entryOf(frame, { arrivedAt, skew: this.#skew, live: false }),
        )
        // Not `head_seq`: what was said since then is on its way on this very connection.
        this.#take(log, entries)
        if (reachesStart)
          this.#held.value = { ...this.#held.peek(), [log]: markStart(this.#held.peek()[log]) }
      }
    })
  }

  #note(frame: Noted, at: number): void {
    const notice = noticeOf(frame, `notice:${this.#noticeCount++}`, at)
    if (notice === null) return
    this.#notices.value = addNotice(this.#notices.peek(), notice)
    if (frame.type === 'system') this.#people.value = follow(this.#people.peek(), frame)
    if (this.#people.peek().stale) this.#askWhoIsHere()
  }

  #askWhoIsHere(): void {
    if (this.#cancelAsking !== null) return
    this.#cancelAsking = this.#options.timers.after(ASK_AGAIN_MS, () => {
      this.#cancelAsking = null
      this.#client.status(this.#room.peek()).then(
        (status) => {
          this.#people.value = fromStatus(status)
        },
        // The list stays shorter than the count, and says so.
        () => undefined,
      )
    })
  }
}
