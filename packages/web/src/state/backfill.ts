import { ClientError } from '@roomful/client'
import { MAX_HISTORY_PAGE, type ServerMessageOf } from '@roomful/protocol'
import { batch, signal } from '@preact/signals'
import type { Timers } from './announcer.ts'
import type { Held } from './held.ts'
import { type Gap, gapsOf, type LogName, sizeOf } from './log.ts'

export type HistoryPage = ServerMessageOf<'history'>

/** `before` and `after` are exclusive. */
export type PageRange = { readonly before: number } | { readonly after: number }

export interface BackfillOptions {
  /** What is held now. */
  readonly held: () => Held
  readonly fetch: (log: LogName, range: PageRange, limit: number) => Promise<HistoryPage>
  /** Takes pages in, all at once. */
  readonly apply: (pages: readonly FetchedPage[]) => void
  readonly timers: Timers
}

export interface FetchedPage {
  readonly log: LogName
  readonly page: HistoryPage
  /** The page tells that nothing lies before it. */
  readonly reachesStart: boolean
}

/** Gaps up to this many messages are closed by themselves; longer ones when somebody looks at them. */
const HEAL_AT_ONCE = 1000

/** Page size when a room is opened: enough for a tall screen, small enough to come at once. */
const FIRST_PAGE = 50

/** Messages on each side of one that a link leads to. */
const AROUND = 25

/** Tries of one page before the reader is left with a button. */
const TRIES = 5

/** Work of which there is one at a time: loading older messages, and closing the gaps of each log. */
export type Work = 'older' | LogName

/** Fetches what the page does not hold: older pages, and the gaps that a lost connection left. */
export class Backfill {
  readonly #options: BackfillOptions
  readonly #busy = signal<ReadonlySet<Work>>(new Set())
  readonly #lost = signal<ReadonlySet<string>>(new Set())
  readonly #stuck = signal<ReadonlySet<Work>>(new Set())
  #older: Promise<void> = Promise.resolve()
  #generation = 0

  constructor(options: BackfillOptions) {
    this.#options = options
  }

  get loadingOlder(): boolean {
    return this.#busy.value.has('older')
  }

  isHealing(log: LogName): boolean {
    return this.#busy.value.has(log)
  }

  /** Whether the last try failed, so that the next one is the reader's to ask for. */
  isStuck(work: Work): boolean {
    return this.#stuck.value.has(work)
  }

  /** Whether the server has said that it cannot fill this gap. */
  isLost(gap: Gap): boolean {
    return this.#lost.value.has(keyOf(gap))
  }

  /** After every welcome: the newest page, then every gap that is not too long. Work of before is given up. */
  async catchUp(): Promise<void> {
    this.stop()
    this.#stuck.value = new Set()
    const generation = this.#generation
    if (this.#options.held().room.entries.length === 0) await this.older()
    if (generation === this.#generation) await this.mend()
  }

  /** Closes every gap that is not too long. */
  async mend(): Promise<void> {
    const generation = this.#generation
    for (const log of ['room', 'private'] as const) {
      for (const gap of gapsOf(this.#options.held()[log], log)) {
        if (generation !== this.#generation) return
        if (sizeOf(gap) <= HEAL_AT_ONCE) await this.heal(gap, 'after')
        else if (gap.before > this.#options.held()[log].head) await this.#newest(gap)
      }
    }
  }

  /** Loads the page around a message of the room, and private messages of the time since. */
  async around(seq: number): Promise<void> {
    while (this.#busy.peek().has('older')) await this.#older
    this.#older = this.#loadAround(seq)
    await this.#older
  }

  #loadAround(seq: number): Promise<void> {
    return this.#once('older', async (alive) => {
      const { room, private: whispers } = this.#options.held()
      const before = Math.min(seq + AROUND, room.head + 1)
      const page = await this.#page('room', { before }, 2 * AROUND, alive)
      if (page === null) return false
      const pages: FetchedPage[] = [{ log: 'room', page, reachesStart: page.complete }]
      const from = page.complete ? Number.NEGATIVE_INFINITY : timeOf(page)
      const complete =
        whispers.start !== null || (await this.#whispersSince(from, Number.POSITIVE_INFINITY, pages, alive))
      if (alive()) this.#options.apply(pages)
      return complete
    })
  }

  /** Gives up what is under way. */
  stop(): void {
    this.#generation++
    this.#busy.value = new Set()
  }

  /**
   * Loads the page before the oldest message held, and private messages of the same time with it, so that
   * everything older appears at once and in its place.
   */
  older(): Promise<void> {
    if (this.#busy.peek().has('older')) return this.#older
    this.#older = this.#loadOlder()
    return this.#older
  }

  #loadOlder(): Promise<void> {
    return this.#once('older', async (alive) => {
      const { room, private: whispers } = this.#options.held()
      const pages: FetchedPage[] = []
      let from = Number.NEGATIVE_INFINITY
      if (room.start === null) {
        const first = room.entries[0]?.seq
        const limit = first === undefined ? FIRST_PAGE : MAX_HISTORY_PAGE
        const page = await this.#page('room', { before: first ?? room.head + 1 }, limit, alive)
        if (page === null) return false
        pages.push({ log: 'room', page, reachesStart: page.complete })
        if (!page.complete) from = timeOf(page)
      }
      // Where no room page is left to go with them, one page at a time is enough.
      const most = room.start === null ? Number.POSITIVE_INFINITY : 1
      const complete = whispers.start !== null || (await this.#whispersSince(from, most, pages, alive))
      if (alive()) this.#options.apply(pages)
      return complete
    })
  }

  /** Adds pages of private messages until they reach back to `from`. Returns false when one could not be had. */
  async #whispersSince(
    from: number,
    most: number,
    pages: FetchedPage[],
    alive: () => boolean,
  ): Promise<boolean> {
    const { entries, head } = this.#options.held().private
    let before = entries[0]?.seq ?? head + 1
    let covered = entries[0]?.sentAt ?? Number.POSITIVE_INFINITY
    for (let fetched = 0; covered > from && fetched < most; fetched++) {
      const page = await this.#page('private', { before }, MAX_HISTORY_PAGE, alive)
      if (page === null) return false
      pages.push({ log: 'private', page, reachesStart: page.complete })
      if (page.complete || page.entries.length === 0) break
      before = page.entries[0]?.seq ?? before
      covered = timeOf(page)
    }
    return true
  }

  /** Closes a gap, from the side where the reader is. A long one is closed page by page, as it is looked at. */
  heal(gap: Gap, from: 'after' | 'before'): Promise<void> {
    return this.#once(gap.log, async (alive) => {
      let { after, before } = gap
      while (alive() && before - after > 1) {
        const range = from === 'after' ? { after } : { before }
        const page = await this.#page(gap.log, range, Math.min(MAX_HISTORY_PAGE, before - after - 1), alive)
        if (page === null) return false
        const fresh = page.entries.filter(({ seq }) => seq > after && seq < before)
        if (fresh.length === 0) {
          this.#lost.value = new Set([...this.#lost.peek(), keyOf({ log: gap.log, after, before })])
          return true
        }
        this.#options.apply([{ log: gap.log, page, reachesStart: false }])
        if (from === 'after') after = fresh.at(-1)?.seq ?? after
        else before = fresh[0]?.seq ?? before
        if (sizeOf(gap) > HEAL_AT_ONCE) return true
      }
      return true
    })
  }

  /** The end of the log, so that the reader has the present while a long gap waits. */
  #newest(gap: Gap): Promise<void> {
    return this.#once(gap.log, async (alive) => {
      const page = await this.#page(gap.log, { before: gap.before }, MAX_HISTORY_PAGE, alive)
      if (page !== null) this.#options.apply([{ log: gap.log, page, reachesStart: false }])
      return page !== null
    })
  }

  /** Does a piece of work unless it is under way; `alive` turns false when it has been given up. */
  async #once(work: Work, act: (alive: () => boolean) => Promise<boolean>): Promise<void> {
    if (this.#busy.peek().has(work)) return
    const generation = this.#generation
    const alive = (): boolean => generation === this.#generation
    this.#busy.value = new Set([...this.#busy.peek(), work])
    const done = await act(alive)
    if (!alive()) return
    batch(() => {
      this.#busy.value = without(this.#busy.peek(), work)
      this.#stuck.value = done ? without(this.#stuck.peek(), work) : new Set([...this.#stuck.peek(), work])
    })
  }

  /** One page, or null when it cannot be had now: the next welcome or the reader tries again. */
  async #page(
    log: LogName,
    range: PageRange,
    limit: number,
    alive: () => boolean,
  ): Promise<HistoryPage | null> {
    for (let tries = 1; alive(); tries++) {
      try {
        const page = await this.#options.fetch(log, range, limit)
        return alive() ? page : null
      } catch (error) {
        if (!(error instanceof ClientError) || error.code === 'offline' || !error.retryable || tries >= TRIES)
          return null
        await new Promise<void>((resolve) => {
          this.#options.timers.after(error.retryAfterMs ?? 500 * 2 ** tries, resolve)
        })
      }
    }
    return null
  }
}

function keyOf(gap: Gap): string {
  return `${gap.log}:${gap.after}:${gap.before}`
}

function timeOf(page: HistoryPage): number {
  const time = Date.parse(page.entries[0]?.timestamp ?? '')
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time
}

function without(set: ReadonlySet<Work>, work: Work): ReadonlySet<Work> {
  return new Set([...set].filter((each) => each !== work))
}
