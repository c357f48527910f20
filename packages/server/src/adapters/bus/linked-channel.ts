import type { Logger } from '../../ports/logger.ts'
import type { HintChannel } from './hint-bus.ts'

/** Longest wait for a connection, until it hears, and for the broker to take a text. */
export const OPEN_TIMEOUT_MS = 4_000
const SEND_TIMEOUT_MS = 4_000

/** Pause between a loss, or a try that failed, and the next try: a random time in between, so that nodes do not come all at once. */
const RECONNECT_MIN_MS = 100
const RECONNECT_MAX_MS = 500

/** Milliseconds that a connection must last for the outage before it to be over: a broker that lets one in and out again at once fills no log. */
const STEADY_MS = 1_000

/** A good-bye is not worth more. */
const END_TIMEOUT_MS = 1_000

/** Milliseconds between two looks whether the broker still answers: a network that is silent says nothing by itself. */
const CHECK_MS = 2_000

/** What is sent first: a broker may let one listen that may not speak. Whoever hears it ignores it. */
const PROBE = ''

/** One connection to a broker. It does not connect again: the channel around it opens the next. */
export interface Link {
  /** Rejects when the text, which may be empty, was lost or refused; the link is then given up. */
  send(hint: string): Promise<void>
  /** Resolves when the broker has answered. */
  check(): Promise<unknown>
  /** Ends it at once, without a word to the broker. */
  cut(): void
  /** Ends it in order. */
  end(): Promise<void>
  /** Resolves when it was lost or has ended; never rejects. */
  readonly ended: Promise<unknown>
}

/**
 * Connects, and resolves when everything that others send from then on is handed to `onHint`. `givenUp` comes when nobody waits for it any more,
 * also after it has failed: then no socket of it stays.
 */
export type OpenLink = (onHint: (hint: string) => void, givenUp: AbortSignal) => Promise<Link>

/**
 * A channel that opens the next connection by itself when one is lost, so that no library's own idea of reconnecting counts. `send` rejects at once while there
 * is none, when the broker refuses, and after `SEND_TIMEOUT_MS` when it says nothing; that connection is then given up. Rejects when the first one cannot be opened, or
 * takes nothing that is sent. The log tells each loss, and each return, once.
 */
export async function openLinkedChannel(open: OpenLink, logger: Logger): Promise<HintChannel> {
  const channel = new LinkedChannel(open, logger)
  await channel.connect()
  return channel
}

class LinkedChannel implements HintChannel {
  readonly #open: OpenLink
  readonly #logger: Logger
  #onHint: (hint: string) => void = () => {}
  #line: Line | null = null
  #running: Promise<void> = Promise.resolve()
  readonly #closing = new AbortController()

  constructor(open: OpenLink, logger: Logger) {
    this.#open = open
    this.#logger = logger
  }

  get isLost(): boolean {
    return this.#line === null
  }

  async connect(): Promise<void> {
    this.#line = await this.#opened()
    this.#running = this.#run()
  }

  onHint(listener: (hint: string) => void): void {
    this.#onHint = listener
  }

  async send(hint: string): Promise<void> {
    if (this.#line === null) throw new Error('The broker cannot be reached.')
    await this.#line.send(hint)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#line?.end()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#line?.ended
      this.#line = null
      if (signal.aborted) return
      const lostAt = performance.now()
      this.#logger.warn('bus_lost')
      const backAt = await this.#reopened()
      if (backAt !== null) this.#logger.info('bus_back', { away_ms: Math.round(backAt - lostAt) })
    }
  }

  /** Resolves when a connection has lasted, with the monotonic milliseconds of its beginning; with `null` when the channel is closed before. */
  async #reopened(): Promise<number | null> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await pause(RECONNECT_MIN_MS + Math.random() * (RECONNECT_MAX_MS - RECONNECT_MIN_MS), signal)
      if (signal.aborted) break
      const line = await this.#opened().catch(() => null)
      this.#line = line
      const openedAt = performance.now()
      if (signal.aborted) await line?.end()
      else if (line !== null && (await line.lasts(STEADY_MS))) return openedAt
      this.#line = null
    }
    return null
  }

  /** One that comes too late is cut. */
  async #opened(): Promise<Line> {
    const givenUp = new AbortController()
    const opening = this.#open((hint) => {
      if (hint !== PROBE && !this.#closing.signal.aborted) this.#onHint(hint)
    }, givenUp.signal)
    const proved = opening.then(async (link) => {
      await link.send(PROBE)
      return link
    })
    try {
      return new Line(await within(OPEN_TIMEOUT_MS, proved, this.#closing.signal))
    } catch (error) {
      givenUp.abort()
      opening.then(
        (link) => link.cut(),
        () => undefined,
      )
      throw error
    }
  }
}

/** A link that is given up when it does not answer or refuses what is sent, and whose end is the end of all that is under way on it. */
class Line {
  readonly ended: Promise<void>
  readonly #link: Link
  readonly #over = new AbortController()
  #underWay = 0

  constructor(link: Link) {
    this.#link = link
    const { signal } = this.#over
    // What is sent is answered, so there is nothing to look for.
    const timer = setInterval(() => this.#underWay > 0 || void this.#check(), CHECK_MS)
    timer.unref()
    this.ended = new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        clearInterval(timer)
        resolve()
      })
    })
    void link.ended.then(() => this.#over.abort())
  }

  /** Resolves after `ms`, or as soon as it is over, with whether it is there. */
  async lasts(ms: number): Promise<boolean> {
    await pause(ms, this.#over.signal)
    return !this.#over.signal.aborted
  }

  async send(hint: string): Promise<void> {
    this.#underWay++
    try {
      await within(SEND_TIMEOUT_MS, this.#link.send(hint), this.#over.signal)
    } catch (error) {
      this.#cut()
      throw error
    } finally {
      this.#underWay--
    }
  }

  async end(): Promise<void> {
    await within(END_TIMEOUT_MS, this.#link.end(), this.#over.signal).catch(() => undefined)
    this.#cut()
  }

  async #check(): Promise<void> {
    await within(SEND_TIMEOUT_MS, this.#link.check(), this.#over.signal).catch(() => this.#cut())
  }

  /** Over, whether the library notices or not. */
  #cut(): void {
    this.#link.cut()
    this.#over.abort()
  }
}

/** Rejects when `work` takes longer than `ms`, or the signal comes. */
async function within<T>(ms: number, work: Promise<T>, signal?: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let onAbort = () => {}
  const failed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1_000} s`)), ms)
    onAbort = () => reject(new Error('The connection was lost.'))
    signal?.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([work, failed])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms)
    timer.unref()
    function end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
