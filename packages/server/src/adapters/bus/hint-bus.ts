import type { Bus, Hint, PresenceHint, Signal } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Entry } from '../../ports/store.ts'
import { type EntryTrace, MAX_HINT_TRACES } from '../../ports/tracer.ts'
import { type HintListener, HintListeners } from '../hint-listeners.ts'
import type { BusCounts } from '../metrics/bus-counts.ts'
import type { HintCodec } from './hint-codec.ts'

/** What a broker has to do for a bus: carry texts from each node to all others, as well as it can. */
export interface HintChannel {
  /** Called once, with what is to hear every text that arrives, one's own too where the broker does so. */
  onHint(listener: (hint: string) => void): void
  /** Rejects when the text was lost. */
  send(hint: string): Promise<void>
  /** Whether there is no connection to the broker at this moment. */
  readonly isLost: boolean
  close(): Promise<void>
}

/** What waits for the broker; beyond it the oldest is lost. The others find entries in the store, presence shows by its version, signals are gone. */
const MAX_WAITING_ENTRIES = 20_000
const MAX_WAITING_SIGNALS = 5_000
const MAX_WAITING_PRESENCE = 400

/** Entries, and characters of their texts, that one hint carries at most, a single longer one aside. */
const MAX_HINT_ENTRIES = 2_000
const MAX_HINT_CHARACTERS = 512 * 1024

/** The same of signals and of presence, of which each holds a bounded number of changes. */
const MAX_HINT_SIGNALS = 1_000
const MAX_HINT_PRESENCE = 8

/** Milliseconds in which the broker takes what still waits when the bus is closed. */
const CLOSE_WITHIN_MS = 1_000

export interface HintBusOptions {
  readonly codec: HintCodec
  readonly channel: HintChannel
  readonly logger: Logger
  readonly counts: BusCounts
  /** Whether the broker sends a node its own texts too. Default: false. */
  readonly hasEcho?: boolean
}

/** A `Bus` over a broker: gathers what was said while the last hint is on its way, and never waits. */
export function createHintBus(options: HintBusOptions): Bus {
  return new HintBus(options)
}

class HintBus implements Bus {
  readonly #codec: HintCodec
  readonly #channel: HintChannel
  readonly #logger: Logger
  readonly #counts: BusCounts
  readonly #hasEcho: boolean
  readonly #listeners = new HintListeners()
  readonly #entries: Entry[] = []
  readonly #signals: Signal[] = []
  readonly #presence: PresenceHint[] = []
  readonly #traces: EntryTrace[] = []
  #isSending = false
  #sending: Promise<void> = Promise.resolve()
  #isLosing = false
  #closing: Promise<void> | null = null
  /** Nothing is sent any more. */
  #isEnded = false

  constructor({ codec, channel, logger, counts, hasEcho = false }: HintBusOptions) {
    this.#hasEcho = hasEcho
    this.#codec = codec
    this.#counts = counts
    this.#logger = logger
    this.#channel = channel
    channel.onHint((text) => this.#hear(text))
  }

  publish({ entries = [], signals = [], presence = [], traces = [] }: Hint): void {
    if (this.#closing !== null) return
    wait(this.#entries, entries, MAX_WAITING_ENTRIES)
    wait(this.#signals, signals, MAX_WAITING_SIGNALS)
    wait(this.#presence, presence, MAX_WAITING_PRESENCE)
    wait(this.#traces, traces, MAX_HINT_TRACES)
    if (!this.#isSending) this.#sending = this.#send()
  }

  subscribe(listener: HintListener): () => void {
    return this.#listeners.add(listener)
  }

  get isLost(): boolean {
    return this.#channel.isLost
  }

  get echoes(): number | null {
    return this.#hasEcho ? this.#counts.echoed : null
  }

  close(): Promise<void> {
    this.#listeners.end()
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    let late: NodeJS.Timeout | undefined
    const tooLate = new Promise<void>((resolve) => (late = setTimeout(resolve, CLOSE_WITHIN_MS)))
    await Promise.race([this.#sending, tooLate])
    clearTimeout(late)
    this.#isEnded = true
    await this.#channel.close()
  }

  get #isWaiting(): boolean {
    return this.#entries.length + this.#signals.length + this.#presence.length > 0
  }

  async #send(): Promise<void> {
    this.#isSending = true
    while (this.#isWaiting && !this.#isEnded) {
      try {
        await this.#channel.send(this.#codec.encode(this.#take()))
        this.#counts.sent++
        this.#isLosing = false
      } catch (error) {
        this.#counts.lost++
        // Once for each time that the broker is away: the store closes the gaps.
        if (!this.#isLosing) this.#logger.warn('hints_lost', {}, error)
        this.#isLosing = true
      }
    }
    this.#isSending = false
  }

  #take(): Hint {
    const entries = this.#takeEntries()
    const signals = this.#signals.splice(0, MAX_HINT_SIGNALS)
    const presence = this.#presence.splice(0, MAX_HINT_PRESENCE)
    const traces = this.#traces.splice(0)
    return {
      entries,
      ...(signals.length === 0 ? null : { signals }),
      ...(presence.length === 0 ? null : { presence }),
      ...(traces.length === 0 ? null : { traces }),
    }
  }

  #takeEntries(): Entry[] {
    let characters = 0
    const end = this.#entries.findIndex(({ text }, i) => {
      characters += text.length
      return i > 0 && (i >= MAX_HINT_ENTRIES || characters > MAX_HINT_CHARACTERS)
    })
    return this.#entries.splice(0, end === -1 ? this.#entries.length : end)
  }

  #hear(text: string): void {
    const heard = this.#codec.decode(text)
    if (heard === null) return
    this.#counts.received++
    this.#listeners.tell(heard, this.#logger)
  }
}

/** One by one: a large batch would be too many arguments. */
function wait<T>(waiting: T[], more: readonly T[], limit: number): void {
  for (const one of more) waiting.push(one)
  if (waiting.length > limit) waiting.splice(0, waiting.length - limit)
}
