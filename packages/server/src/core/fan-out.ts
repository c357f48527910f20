import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Store } from '../ports/store.ts'
import type { Tracer } from '../ports/tracer.ts'
import { entryFrame } from './frames.ts'
import { Histogram, SECONDS } from './histogram.ts'
import type { Cursor, Log, Reader } from './log.ts'
import { type Frame, Tail } from './tail.ts'

/** Most bytes that a cursor which is behind is given at a time: what one slow peer holds in memory. */
const CATCH_UP_BYTES = 65_536
/** Most entries that one read of the store brings for a cursor that is behind. */
const CATCH_UP_ENTRIES = 100

/** Reads of the store for cursors that are behind, at a time: commits wait behind them, and the live ones wait for commits. */
const MAX_CATCH_UP_READS = 1

/**
 * After a flush this long the fan-out rests, for a share of the time that it took: a write costs the same whether it carries
 * one message or fifty, so whoever serves thousands gathers more for the next. Nobody waits longer than the most. With a lower
 * bound, 500 readers got their messages later (p99 of 40 messages/s: 22 ms instead of 12) and nothing cheaper.
 */
const TIRING_FLUSH_MS = 25
const REST_SHARE = 0.5
const MAX_REST_MS = 20

/**
 * Where more waits than there is time for (thousands who come back), it rests longer: the others have this multiple of the time
 * that the flush took, and the most at that. Otherwise a lively room leaves a quarter of the time for letting people in, who
 * then wait for seconds. "More than there is time for": since the flush the process was idle for less than this share.
 */
const OTHERS_SHARE = 2
const MAX_YIELD_MS = 200
const IDLE_SHARE = 0.1

/**
 * Moves cursors. Everything that was pushed during one turn of the event loop goes to each live cursor in one write;
 * a connection whose socket is full gets nothing queued, its cursors fall behind and are served when it drains. Those of one
 * that waits for its turn are served then, with one write for all that was said meanwhile.
 */
export class FanOut {
  readonly #clock: Clock
  readonly #store: Store
  readonly #logger: Logger
  readonly #tracer: Tracer | null
  #logs: Log[] = []
  /** Monotonic milliseconds at which the first of what waits was said here. */
  #since = Infinity
  #replying: Reader[] = []
  #corked: Reader[] = []
  #scheduled = false
  #resting = false
  #cancelRest = (): void => {}
  /** Monotonic milliseconds: the end of the last flush, until when it rests, and until when it rests if others wait. */
  #flushedAt = 0
  #restUntil = 0
  #yieldUntil = 0
  /** Of the clock, at the end of the last flush. */
  #idleThen = 0
  #turn = 0
  #reads = 0
  /** Cursors that wait for their read. */
  readonly #toRead = new Set<Cursor>()
  /** Called with a log that nobody reads any more, when the last that was said in it was served. */
  onIdle: (log: Log) => void = () => {}
  /** Frames handed to live cursors since the start, pages handed to those that were behind, and seconds that each turn of writing took. */
  deliveries = 0
  catchUps = 0
  readonly seconds = new Histogram(SECONDS)
  /** Seconds from saying the first message of a batch to the end of the turn that wrote it. */
  readonly lag = new Histogram(SECONDS)

  constructor(clock: Clock, store: Store, logger: Logger, tracer: Tracer | null = null) {
    this.#clock = clock
    this.#store = store
    this.#logger = logger
    this.#tracer = tracer
  }

  /** Adds a frame to a log; its readers get it at the end of this turn. */
  push(log: Log, frame: Frame): void {
    log.tail.push(frame)
    if (frame.seq > 0) log.head = frame.seq
    if (!log.dirty) {
      log.dirty = true
      this.#logs.push(log)
      this.#schedule()
    }
  }

  /** What was pushed last was said here, the first of it at this time (monotonic milliseconds). */
  saidSince(since: number): void {
    if (this.#logs.length > 0) this.#since = Math.min(this.#since, since)
  }

  /** The connection has replies to be sent at the end of this turn, ahead of what its logs got. */
  replying(connection: Reader): void {
    this.#replying.push(connection)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#clock.endOfTurn(this.flushWhenRested)
  }

  /** Writes what was pushed, now or when it has rested; replies now. Called at the end of the turn, and when a batch was committed. */
  readonly flushWhenRested = (): void => {
    this.#scheduled = false
    const restMs = this.#logs.length === 0 ? 0 : this.#restMs()
    if (restMs <= 0) return this.flush()
    this.#sendReplies()
    if (this.#resting) return
    this.#resting = true
    this.#cancelRest = this.#clock.after(restMs, () => {
      this.#resting = false
      this.flushWhenRested()
    })
  }

  #restMs(): number {
    const now = this.#clock.monotonic()
    if (now < this.#restUntil) return this.#restUntil - now
    if (now >= this.#yieldUntil) return 0
    const isBusy = this.#clock.idle() - this.#idleThen < (now - this.#flushedAt) * IDLE_SHARE
    return isBusy ? Math.min(MAX_REST_MS, this.#yieldUntil - now) : 0
  }

  /** Writes all that was pushed, and lets go of its timer. */
  stop(): void {
    this.flush()
    this.#cancelRest()
  }

  /** Writes all that was pushed. */
  flush(): void {
    if (this.#logs.length === 0) return this.#sendReplies()
    const began = this.#clock.monotonic()
    const logs = this.#logs
    this.#logs = []
    this.#turn++
    for (const connection of this.#replying) this.#cork(connection)
    if (logs.length > 1) this.#corkReadersOfSeveral(logs)
    this.#sendReplies()
    for (const log of logs) this.#flushLog(log)
    for (const connection of this.#corked) connection.uncork()
    this.#corked.length = 0
    this.#planRest(began)
    if (this.#since !== Infinity) this.lag.add((this.#flushedAt - this.#since) / 1_000)
    this.#since = Infinity
  }

  #planRest(began: number): void {
    const now = this.#clock.monotonic()
    const tookMs = now - began
    this.seconds.add(tookMs / 1_000)
    const isTiring = tookMs >= TIRING_FLUSH_MS
    this.#flushedAt = now
    this.#idleThen = isTiring ? this.#clock.idle() : 0
    this.#restUntil = isTiring ? now + Math.min(tookMs * REST_SHARE, MAX_REST_MS) : 0
    this.#yieldUntil = isTiring ? now + Math.min(tookMs * OTHERS_SHARE, MAX_YIELD_MS) : 0
  }

  #sendReplies(): void {
    const replying = this.#replying
    this.#replying = []
    for (const connection of replying) connection.sendReplies()
  }

  #flushLog(log: Log): void {
    const { tail, live } = log
    const { flushed: from, flushedSeq, end: to } = tail
    // One buffer per audience, built when its first reader is met.
    const buffers: (Uint8Array | null | undefined)[] = []
    for (let i = live.length - 1; i >= 0; i--) {
      const cursor = live[i] as Cursor
      const { connection } = cursor
      if (connection.deferred) {
        log.demote(cursor, from, flushedSeq)
        continue
      }
      const { audience } = connection
      let bytes = buffers[audience.index]
      if (bytes === undefined) {
        bytes = tail.join(from, to, audience).bytes
        buffers[audience.index] = bytes
      }
      if (bytes !== null) connection.send(bytes)
    }
    this.deliveries += live.length * (to - from)
    this.#flushFresh(log)
    tail.markFlushed()
    log.dirty = false
    this.#tracer?.flushed(log.name, live.length)
    if (log.idle) this.onIdle(log)
  }

  /** Cursors that were opened in the middle of the turn get the rest of it. */
  #flushFresh(log: Log): void {
    const { tail, fresh } = log
    while (fresh.length > 0) {
      const cursor = fresh[fresh.length - 1] as Cursor
      const { connection } = cursor
      if (connection.deferred) {
        log.demote(cursor, cursor.position, cursor.seq)
        continue
      }
      const { position, noticesFrom } = cursor
      const { bytes } = tail.join(position, tail.end, connection.audience, Infinity, noticesFrom)
      log.promote(cursor)
      if (bytes !== null) connection.send(bytes)
    }
  }

  #corkReadersOfSeveral(logs: readonly Log[]): void {
    const turn = this.#turn
    for (const { live, fresh } of logs)
      for (const cursors of [live, fresh])
        for (const { connection } of cursors) {
          if (connection.seenInTurn === turn) this.#cork(connection)
          else connection.seenInTurn = turn
        }
  }

  #cork(connection: Reader): void {
    if (connection.cork()) this.#corked.push(connection)
  }

  /** A connection's socket has room again: its cursors that are behind move on. */
  drained(cursors: Iterable<Cursor>): void {
    for (const cursor of cursors) if (cursor.mode === 'behind') this.#advance(cursor)
  }

  /** Starts a cursor that was opened behind, after what its connection was answered and in the same write. */
  begin(cursor: Cursor): void {
    const { connection } = cursor
    const corked = connection.cork()
    connection.sendReplies()
    this.#advance(cursor)
    if (corked) connection.uncork()
  }

  /** Serves a cursor that is behind until it has caught up or its socket is full again. */
  #advance(cursor: Cursor): void {
    const { log, connection } = cursor
    const { tail } = log
    while (cursor.mode === 'behind' && !connection.deferred && !cursor.reading) {
      if (cursor.position >= tail.flushed) {
        // Of what the next flush brings to all it has some already, or is not to get some.
        if (cursor.position > tail.flushed || cursor.noticesFrom > tail.flushed) log.freshen(cursor)
        else log.promote(cursor)
      } else if (cursor.position < tail.start) {
        cursor.reading = true
        this.#toRead.add(cursor)
        this.#readNext()
      } else {
        const { position, noticesFrom } = cursor
        const joined = tail.join(position, tail.flushed, connection.audience, CATCH_UP_BYTES, noticesFrom)
        cursor.position = joined.position
        if (joined.seq > 0) cursor.seq = joined.seq
        this.#catchUp(connection, joined.bytes)
      }
    }
  }

  #catchUp(connection: Reader, bytes: Uint8Array | null): void {
    if (bytes === null) return
    this.catchUps++
    connection.send(bytes)
  }

  #readNext(): void {
    for (const cursor of this.#toRead) {
      if (this.#reads >= MAX_CATCH_UP_READS) return
      this.#toRead.delete(cursor)
      if (cursor.mode === 'behind') void this.#readBehind(cursor)
    }
  }

  async #readBehind(cursor: Cursor): Promise<void> {
    const { log, connection } = cursor
    this.#reads++
    const { head } = log
    try {
      const entries = await this.#store.read(log.name, { after: cursor.seq }, cursor.pageEntries)
      if (cursor.mode !== 'behind') return
      const next = entries[0]?.seq
      if (next === undefined ? cursor.seq < head : next > cursor.seq + 1) {
        // The store has let go of what this cursor should be given next: it must not go on behind the hole as if there were none.
        log.first = Math.max(log.first, next ?? head + 1)
        return connection.fallOut()
      }
      const page = new Tail(0, cursor.seq)
      // What the store has and this log has not comes with the log.
      const known = entries.filter(({ seq }) => seq <= log.head)
      for (const entry of known) page.push(entryFrame(entry))
      const joined = page.join(0, known.length, connection.audience, CATCH_UP_BYTES)
      if (joined.seq > 0) cursor.seq = joined.seq
      // As many as fit are asked for next time: short entries many at once, long ones few.
      cursor.pageEntries = joined.position < known.length ? joined.position : CATCH_UP_ENTRIES
      // Notices that fell off the tail are skipped: they are state of then, not entries.
      cursor.position =
        log.tail.positionBehind(cursor.seq) ??
        (entries.length === 0 && log.head === head ? log.tail.start : -1)
      this.#catchUp(connection, joined.bytes)
    } catch (error) {
      this.#logger.warn('catch_up_failed', { connection: connection.id }, error)
      connection.overload()
    } finally {
      this.#reads--
      cursor.reading = false
      this.#advance(cursor)
      this.#readNext()
    }
  }
}
