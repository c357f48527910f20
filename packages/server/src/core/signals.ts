/** Signals: what people do at this moment. Told at most once a second and log, stored nowhere, and gone when told. */
import type { Clock } from '../ports/clock.ts'
import type { FanOut } from './fan-out.ts'
import type { Log } from './log.ts'
import type { LogBook } from './log-book.ts'
import { Frame, SIGNAL } from './tail.ts'

/** What happens in a log within this many milliseconds is told at once. */
const INTERVAL_MS = 1000

/** How exactly that is kept, in milliseconds. */
const TICK_MS = 250

/** Most names of a typing signal; its count is exact beyond them. */
const MAX_TYPING_NAMES = 5

/** Most presence signals of a log at a time; the others are told a second later. */
const MAX_PRESENCE_SIGNALS = 20

export type PresenceEvent = 'away' | 'back'

/** What is to be told in one log. It holds what the people in a room can fill: each person once. */
interface Pending {
  /** Names by person's id; `null` for one without a name, who is counted only. */
  readonly typing: Map<string, string | null>
  /** Highest numbers by room and name. */
  readonly markers: Map<string, Map<string, number>>
  readonly presence: Map<string, PresenceEvent>
  /** Monotonic milliseconds at which the log was last told something. */
  toldAt: number
}

export class Signals {
  readonly #clock: Clock
  readonly #fanOut: FanOut
  readonly #logs: LogBook
  readonly #pending = new Map<Log, Pending>()
  #scheduled = false
  #stopTimer: (() => void) | null = null

  constructor(clock: Clock, fanOut: FanOut, logs: LogBook) {
    this.#clock = clock
    this.#fanOut = fanOut
    this.#logs = logs
  }

  /** The person `who` is writing. */
  typing(log: string, who: string, name: string | null): void {
    this.#of(log)?.typing.set(who, name)
  }

  /** Somebody has read `room` up to `seq`, which is higher than what was told before. */
  marker(log: string, room: string, name: string, seq: number): void {
    const markers = this.#of(log)?.markers
    const ofRoom = markers?.get(room)
    if (ofRoom === undefined) markers?.set(room, new Map([[name, seq]]))
    else ofRoom.set(name, seq)
  }

  presence(log: string, name: string, event: PresenceEvent): void {
    this.#of(log)?.presence.set(name, event)
  }

  stop(): void {
    this.#stopTimer?.()
  }

  /** `null` where nobody here reads. */
  #of(name: string): Pending | null {
    const log = this.#logs.get(name)
    if (log === undefined || log.idle) return null
    let pending = this.#pending.get(log)
    if (pending === undefined) {
      pending = { typing: new Map(), markers: new Map(), presence: new Map(), toldAt: -Infinity }
      this.#pending.set(log, pending)
    }
    if (pending.toldAt === -Infinity && !this.#scheduled) {
      this.#scheduled = true
      this.#clock.endOfTurn(this.#tellDue)
    }
    return pending
  }

  readonly #tellDue = (): void => {
    this.#scheduled = false
    this.#stopTimer?.()
    this.#stopTimer = null
    const now = this.#clock.monotonic()
    for (const [log, pending] of this.#pending) {
      if (now - pending.toldAt < INTERVAL_MS) continue
      const told = !log.idle && this.#tell(log, pending)
      if (told) pending.toldAt = now
      else this.#pending.delete(log)
    }
    if (this.#pending.size > 0) this.#stopTimer = this.#clock.after(TICK_MS, this.#tellDue)
  }

  /** Returns false when there was nothing to tell. */
  #tell(log: Log, { typing, markers, presence }: Pending): boolean {
    const room = log.wireName
    const signals: object[] = []
    if (typing.size > 0) signals.push(typingSignal(room, typing))
    for (const [of, seqs] of markers)
      signals.push({
        type: 'read',
        room: of,
        markers: [...seqs].map(([username, seq]) => ({ username, seq })),
      })
    for (const [username, event] of presence) {
      if (signals.length >= MAX_PRESENCE_SIGNALS) break
      presence.delete(username)
      signals.push({ type: 'presence', room, event, username })
    }
    typing.clear()
    markers.clear()
    for (const signal of signals) this.#fanOut.push(log, new Frame(SIGNAL, JSON.stringify(signal), 'v1'))
    return signals.length > 0
  }
}

function typingSignal(room: string, typing: ReadonlyMap<string, string | null>): object {
  const names = [...typing.values()].filter((name) => name !== null)
  return { type: 'typing', room, usernames: names.slice(0, MAX_TYPING_NAMES), count: typing.size }
}
