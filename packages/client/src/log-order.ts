import type { ServerMessageOf } from '@roomful/protocol'
import { Backoff } from './backoff.ts'
import { ClientError } from './client-error.ts'
import type { Clock } from './environment.ts'

type System = ServerMessageOf<'system'>
type Join = (log: string, since?: Since) => Promise<System>

/** Least milliseconds until a resumption that was refused, or brought nothing, is asked for again; the back-off comes on top. */
const ASK_AGAIN_MS = 1_000

/** The last entry that was told of a log. */
export interface Since {
  epoch: string
  seq: number
}

/** Entries of a log that this client was not told and will not be told. */
export interface Gap {
  /** A room, or `@me`. */
  room: string
  /** Number of the last entry that was told before it; 0 when that was of another history. */
  after: number
  /** Number of the first entry that follows; entries in between can be asked for with `history` while the server has them. */
  before: number
}

interface Welcome {
  epoch?: string | undefined
  resume?: System['resume'] | undefined
}

/** `asked`: the server shall send on from `seq`. `due`: it will be asked again. */
interface Place {
  /** `null`: the server does not say, so numbers only rise. */
  epoch: string | null
  seq: number
  resuming: 'no' | 'asked' | 'due'
  /** The server sends on up to this number, as it has said; otherwise not above `seq`. */
  head: number
  /** For as long as what was asked for brings no entry. */
  backoff: Backoff | null
}

/**
 * Sees to it that the entries of each log are told once, in order (MS6) and, across connections too, without a hole: where one
 * shows, the server is asked to send on from the last entry that was told (V8), and what comes out of turn until then is dropped.
 */
export class LogOrder {
  /** Of logs that the server has let us into (`max_rooms` at a time) and of those of `since`: no frame of another log adds one. */
  readonly #places = new Map<string, Place>()
  #epoch: string | undefined
  readonly #clock: Pick<Clock, 'after'>
  readonly #random: () => number
  readonly #join: Join
  readonly #catchUp: boolean
  readonly #isIn: (log: string) => boolean
  readonly #onGap: (gap: Gap) => void

  /** `join` asks the server. `isIn`: what the server says of other logs is not believed. Without `catchUp` numbers may have holes: somebody else reads what was missed. */
  constructor(
    clock: Pick<Clock, 'after'>,
    random: () => number,
    join: Join,
    catchUp: boolean,
    isIn: (log: string) => boolean,
    onGap: (gap: Gap) => void,
    since: Readonly<Record<string, Since>> = {},
  ) {
    this.#clock = clock
    this.#random = random
    this.#join = join
    this.#catchUp = catchUp
    this.#isIn = isIn
    this.#onGap = onGap
    for (const [log, { epoch, seq }] of Object.entries(since)) this.#place(log, epoch, seq)
  }

  /** Enters a log, behind the last entry that was told of it when there is one. */
  enter(log: string): Promise<System> {
    const place = this.#places.get(log)
    return place === undefined || place.epoch === null ? this.#join(log) : this.#ask(log, place, place.epoch)
  }

  /** Whether this entry is the next one to be told. */
  takes(log: string, seq: number): boolean {
    if (!this.#isIn(log)) return false
    const place = this.#places.get(log)
    if (place === undefined) {
      this.#place(log, null, seq)
      return true
    }
    if (seq <= place.seq) return false
    if (place.epoch !== null && seq > place.seq + 1) {
      if (place.seq >= place.head) {
        if (place.resuming === 'no') this.#mend(log, place, place.epoch)
        return false
      }
      this.#onGap({ room: log, after: place.seq, before: seq })
      place.head = 0
    }
    place.seq = seq
    place.backoff = null
    return true
  }

  /** A log's welcome: `head` is its newest entry, and the next one to come unless the server was asked to resume. */
  welcomed(log: string, { epoch, resume }: Welcome, head: number | undefined): void {
    this.#epoch = epoch ?? this.#epoch
    if (!this.#isIn(log)) return
    if (!this.#catchUp || epoch === undefined || head === undefined) {
      this.#places.delete(log)
      return
    }
    const place = this.#places.get(log)
    if (place === undefined || place.epoch === null) return this.#place(log, epoch, head)
    if (resume?.outcome === 'full') {
      place.resuming = 'no'
      place.head = head
    } else if (resume?.outcome === 'gap' || place.epoch !== epoch || place.seq > head) {
      const same = place.epoch === epoch && place.seq <= head
      // Asked twice, it is answered twice.
      if (!same || place.seq < head) this.#onGap({ room: log, after: same ? place.seq : 0, before: head + 1 })
      this.#place(log, epoch, head)
    } else if (place.seq < head) {
      this.#mend(log, place, epoch)
    }
  }

  /** Epoch in which a log was told; of one that is not watched, that of the last welcome. */
  epochOf(log: string): string | undefined {
    return this.#places.get(log)?.epoch ?? this.#epoch
  }

  /** The log was left: what is said in it meanwhile is not missed. */
  forget(log: string): void {
    this.#places.delete(log)
  }

  forgetAll(): void {
    this.#places.clear()
  }

  /** A new connection: nobody was asked anything on it. */
  restart(): void {
    if (!this.#catchUp) this.#places.clear()
    for (const place of this.#places.values()) {
      place.resuming = 'no'
      place.head = 0
      place.backoff = null
    }
  }

  #ask(log: string, place: Place, epoch: string): Promise<System> {
    place.resuming = 'asked'
    const asked = this.#join(log, { epoch, seq: place.seq })
    asked.catch(() => {
      if (place.resuming === 'asked') place.resuming = 'no'
    })
    return asked
  }

  /** Closes a hole: nobody else will ask. At once, but with back-off when the last time brought nothing. */
  #mend(log: string, place: Place, epoch: string, retryAfterMs = 0): void {
    if (place.resuming === 'due') return
    const askNow = (): void => {
      this.#ask(log, place, epoch).catch((error: unknown) => this.#refused(log, place, epoch, error))
    }
    if (place.backoff === null) {
      place.backoff = new Backoff(this.#random)
      return askNow()
    }
    place.resuming = 'due'
    const delay = place.backoff.next(Math.max(ASK_AGAIN_MS, retryAfterMs))
    this.#clock.after(delay, () => {
      if (this.#places.get(log) === place && place.resuming === 'due') askNow()
    })
  }

  /** Nothing need ever be said in that log again, so a server that has no time now is asked again. */
  #refused(log: string, place: Place, epoch: string, error: unknown): void {
    if (!(error instanceof ClientError) || !error.retryable) return
    // The next welcome tells what was missed.
    if (error.code === 'offline' || error.code === 'closed') return
    if (this.#places.get(log) === place && place.resuming === 'no')
      this.#mend(log, place, epoch, error.retryAfterMs)
  }

  #place(log: string, epoch: string | null, seq: number): void {
    const backoff = this.#places.get(log)?.backoff ?? null
    this.#places.set(log, { epoch, seq, resuming: 'no', head: 0, backoff })
  }
}
