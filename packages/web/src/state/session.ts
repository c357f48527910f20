import type { ClientErrorCode, ConnectionState } from '@roomful/client'
import { nameKey, PRIVATE_LOG, type ServerMessageOf } from '@roomful/protocol'
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Timers } from './announcer.ts'
import { Backfill, type FetchedPage } from './backfill.ts'
import { Check } from './check.ts'
import type { ChatClient } from './client.ts'
import * as ledgers from './ledger.ts'
import { emptyLog, type Entry, entryOf, indexOf, type LogName, markStart, raiseHead } from './log.ts'
import { addNotice, type Notice, noticeOf } from './notices.ts'
import { follow, fromStatus, fromWelcome, NOBODY, type People } from './people.ts'
import { Reading, type ReadStore } from './reading.ts'
import { deriveRows, type Row } from './rows.ts'
import { Sending } from './sending.ts'
import type { Unsent } from './unsent.ts'

type Welcome = ServerMessageOf<'system'>
type Live = ServerMessageOf<'message'> | ServerMessageOf<'private'> | ServerMessageOf<'system'>

export interface SessionOptions {
  readonly client: ChatClient
  readonly username: string
  readonly room: string
  readonly unsent: Unsent
  readonly kept: ReadStore
  readonly timers: Timers
  readonly newId: () => string
  /** Calls back once, soon: everything that came until then is shown together. */
  readonly soon: (run: () => void) => void
  readonly isHidden: () => boolean
  /** Told of every message of somebody else, as it arrives. */
  readonly onArrival: (entry: Entry) => void
  /** Told of every message of one's own that was refused. */
  readonly onRefusal: (code: ClientErrorCode) => void
}

/** Names that a server lists at most, as far as the page was told. */
const LISTED = 500

/** Wait before asking who is here, so that a storm of notices is one question. */
const ASK_AGAIN_MS = 1500

/** How long the message that a link led to stands out, in milliseconds. */
const SHOWN_MS = 4000

/** Least distance between two arrivals; a double holds today's milliseconds to about a quarter of this. */
const ARRIVAL_STEP_MS = 0.001

/** One person in one room: everything the chat view shows and does. */
export class Session {
  readonly username: string
  readonly ownKey: string
  readonly backfill: Backfill
  readonly sending: Sending
  readonly reading: Reading
  readonly check: Check
  readonly rows: ReadonlySignal<readonly Row[]>
  /** Row that a link led to, for a while. */
  readonly shown = signal<{ readonly key: string } | null>(null)
  readonly #options: SessionOptions
  readonly #client: ChatClient
  readonly #room = signal('')
  readonly #connection: Signal<ConnectionState>
  readonly #people = signal<People>(NOBODY)
  readonly #welcome = signal<Welcome | null>(null)
  readonly #ledger = signal<ledgers.Ledger>({
    room: emptyLog(null, 0),
    private: emptyLog(null, 0),
    outgoing: [],
  })
  readonly #notices = signal<readonly Notice[]>([])
  readonly #endings: (() => void)[] = []
  #inbox: Live[] = []
  #skew = 0
  #noticeCount = 0
  #lastArrival = 0
  #cancelAsking: (() => void) | null = null
  #cancelShown: (() => void) | null = null

  constructor(options: SessionOptions) {
    const { client } = options
    this.#options = options
    this.#client = client
    this.username = options.username
    this.ownKey = nameKey(options.username)
    this.#room.value = options.room
    this.#connection = signal(client.state)
    this.#ledger.value = { ...this.#ledger.value, outgoing: options.unsent.load() }
    this.backfill = new Backfill({
      held: () => this.#ledger.peek(),
      fetch: (log, range, limit) =>
        client.history({ room: log === 'room' ? this.#room.peek() : PRIVATE_LOG, ...range, limit }),
      apply: (pages) => this.#takePages(pages),
      timers: options.timers,
    })
    this.sending = new Sending({
      ...options,
      ledger: this.#ledger,
      room: () => this.#room.peek(),
      isOnline: () => this.#isOnline(),
      takeInbox: () => this.#takeInbox(),
    })
    this.reading = new Reading({ ...options, ownKey: this.ownKey, onRead: () => undefined })
    this.check = new Check({
      ...options,
      held: () => this.#ledger.value,
      isOnline: () => this.#isOnline(),
      ask: (after) => client.history({ room: this.#room.peek(), after, limit: 1 }),
      onBehind: (head) => this.#fallBehind(head),
    })
    this.rows = computed(() =>
      deriveRows({
        ...this.#ledger.value,
        notices: this.#notices.value,
        divider: this.reading.divider.value,
        ownKey: this.ownKey,
        ownName: this.username,
      }),
    )
    this.#endings.push(
      client.onState((state) => this.#takeState(state)),
      client.onMessage((frame) => this.#receive(frame)),
      client.onPrivate((frame) => this.#receive(frame)),
      client.onSystem((frame) => this.#receive(frame)),
      effect(() => options.unsent.save(this.#ledger.value.outgoing)),
      effect(() => this.reading.follow(this.#ledger.value)),
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

  /** Leaves for good. What was not acknowledged stays kept for the next session of this tab. */
  end(): void {
    for (const ending of this.#endings.splice(0)) ending()
    this.#cancelAsking?.()
    this.#cancelShown?.()
    this.backfill.stop()
    this.sending.end()
    this.check.end()
    this.#client.disconnect()
  }

  /** Shows a message at once and sends it as soon as it can. `to`: only this person gets it. */
  say(text: string, to: string | null): void {
    this.sending.say(text, to)
    this.reading.answered()
  }

  /** Brings a message of the room into view. Resolves with whether it is there. */
  async show(seq: number): Promise<boolean> {
    const held = (): boolean => {
      const { entries, start } = this.#ledger.peek().room
      // The oldest one is not shown while more lies before it.
      return indexOf(this.#ledger.peek().room, seq) >= (start === null && entries[0]?.live !== true ? 1 : 0)
    }
    if (!held()) await this.backfill.around(seq)
    const room = this.#ledger.peek().room
    const entry = held() ? room.entries[indexOf(room, seq)] : undefined
    if (entry === undefined) return false
    this.shown.value = { key: entry.key }
    this.#cancelShown?.()
    this.#cancelShown = this.#options.timers.after(SHOWN_MS, () => {
      this.shown.value = null
    })
    return true
  }

  #isOnline(): boolean {
    return this.#connection.peek().phase === 'online'
  }

  /** Messages went missing in silence. */
  #fallBehind(head: number): void {
    this.#ledger.value = { ...this.#ledger.peek(), room: raiseHead(this.#ledger.peek().room, head) }
    void this.backfill.mend()
  }

  #takeState(state: ConnectionState): void {
    batch(() => {
      this.#connection.value = state
      if (state.phase === 'online' && state.welcome !== this.#welcome.peek()) this.#takeWelcome(state.welcome)
    })
  }

  #takeWelcome(welcome: Welcome): void {
    this.#takeInbox()
    const now = this.#options.timers.now()
    const returning = this.#welcome.peek() !== null
    this.#welcome.value = welcome
    this.#room.value = welcome.room ?? this.#room.peek()
    this.#people.value = fromWelcome(welcome)
    const serverTime = Date.parse(welcome.server_time ?? '')
    this.#skew = Number.isNaN(serverTime) ? 0 : serverTime - now
    this.#beginEpoch(welcome.epoch ?? null, welcome.head_seq ?? 0, welcome.private_head_seq ?? 0)
    if (!returning) this.#note(welcome, this.#arrival())
    this.check.told()
    void this.backfill.catchUp()
    this.sending.resume()
  }

  /** Another epoch means that the numbers were given anew: nothing held is valid. */
  #beginEpoch(epoch: string | null, head: number, privateHead: number): void {
    const held = this.#ledger.peek()
    const same = held.room.epoch === epoch && held.room.epoch !== null
    this.#ledger.value = {
      room: same ? raiseHead(held.room, head) : emptyLog(epoch, head),
      private: same ? raiseHead(held.private, privateHead) : emptyLog(epoch, privateHead),
      outgoing: same
        ? held.outgoing
        : held.outgoing.map((message) => ({ ...message, after: 0, matched: null })),
    }
    if (!same) this.reading.begin(epoch ?? '', { room: head, private: privateHead }, {})
  }

  #receive(frame: Live): void {
    if (frame.type === 'system' && frame.event === 'welcome') return
    if (frame.type !== 'private' && frame.room !== undefined && frame.room !== this.#room.peek()) return
    this.#inbox.push(frame)
    if (this.#inbox.length === 1) this.#options.soon(() => this.#takeInbox())
  }

  #takeInbox(): void {
    if (this.#inbox.length === 0) return
    const frames = this.#inbox
    this.#inbox = []
    batch(() => {
      const entries = { room: [] as Entry[], private: [] as Entry[] }
      for (const frame of frames) {
        const arrivedAt = this.#arrival()
        if (frame.type === 'system') {
          this.#note(frame, arrivedAt)
          continue
        }
        const entry = entryOf(frame, { arrivedAt, skew: this.#skew, live: true })
        entries[entry.log].push(entry)
        if (entry.authorKey !== this.ownKey) this.#options.onArrival(entry)
      }
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
    this.#ledger.value = ledgers.receive(this.#ledger.peek(), log, entries, this.ownKey)
  }

  #takePages(pages: readonly FetchedPage[]): void {
    batch(() => {
      const arrivedAt = this.#options.timers.now()
      for (const { log, page, reachesStart } of pages) {
        const held = this.#ledger.peek()[log]
        if (held.epoch !== null && page.epoch !== held.epoch) continue
        const entries = page.entries.flatMap((frame) =>
          frame.type === 'message' || frame.type === 'private'
            ? [entryOf(frame, { arrivedAt, skew: this.#skew, live: false })]
            : [],
        )
        // Not `head_seq`: what was said since then is on its way on this very connection.
        this.#take(log, entries)
        if (reachesStart)
          this.#ledger.value = { ...this.#ledger.peek(), [log]: markStart(this.#ledger.peek()[log]) }
      }
    })
  }

  #note(frame: Welcome, at: number): void {
    const notice = noticeOf(frame, `notice:${this.#noticeCount++}`, at)
    if (notice === null) return
    this.#notices.value = addNotice(this.#notices.peek(), notice)
    this.#people.value = follow(this.#people.peek(), frame)
    if (this.#people.peek().stale) this.#askWhoIsHere()
  }

  #askWhoIsHere(): void {
    if (this.#cancelAsking !== null) return
    this.#cancelAsking = this.#options.timers.after(ASK_AGAIN_MS, () => {
      this.#cancelAsking = null
      this.#client.status(this.#room.peek()).then(
        (status) => {
          this.#people.value = fromStatus(status, LISTED)
        },
        // The list stays shorter than the count, and says so.
        () => undefined,
      )
    })
  }
}
