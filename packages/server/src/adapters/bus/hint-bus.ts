import type { Bus, Grown } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Entry } from '../../ports/store.ts'
import type { HintCodec } from './hint-codec.ts'

/** What a broker has to do for a bus: carry texts from each node to all others, as well as it can. */
export interface HintChannel {
  /** Called once, with what is to hear every text that arrives, one's own too. */
  onHint(listener: (hint: string) => void): void
  /** Rejects when the text was lost. */
  send(hint: string): Promise<void>
  close(): Promise<void>
}

/** Entries that wait for the broker; beyond it the oldest are lost, which the others find in the store. */
const MAX_WAITING_ENTRIES = 20_000

/** Entries, and characters of their texts, that one hint carries at most, a single longer one aside. */
const MAX_HINT_ENTRIES = 2_000
const MAX_HINT_CHARACTERS = 512 * 1024

export interface HintBusOptions {
  readonly codec: HintCodec
  readonly channel: HintChannel
  readonly logger: Logger
}

/** A `Bus` over a broker: gathers what was said while the last hint is on its way, and never waits. */
export function createHintBus(options: HintBusOptions): Bus {
  return new HintBus(options)
}

class HintBus implements Bus {
  readonly #codec: HintCodec
  readonly #channel: HintChannel
  readonly #logger: Logger
  readonly #listeners = new Set<{ readonly call: (grown: Grown) => void }>()
  readonly #waiting: Entry[] = []
  #isSending = false
  #isLosing = false
  #closing: Promise<void> | null = null

  constructor({ codec, channel, logger }: HintBusOptions) {
    this.#codec = codec
    this.#logger = logger
    this.#channel = channel
    channel.onHint((hint) => this.#hear(hint))
  }

  publish({ entries }: Grown): void {
    if (this.#closing !== null) return
    // One by one: a large batch would be too many arguments.
    for (const entry of entries) this.#waiting.push(entry)
    const tooMany = this.#waiting.length - MAX_WAITING_ENTRIES
    if (tooMany > 0) this.#waiting.splice(0, tooMany)
    if (!this.#isSending) void this.#send()
  }

  subscribe(listener: (grown: Grown) => void): () => void {
    // A registration of its own, so that the same function can be subscribed twice and each end is the end of one.
    const registration = { call: listener }
    if (this.#closing === null) this.#listeners.add(registration)
    return () => void this.#listeners.delete(registration)
  }

  close(): Promise<void> {
    this.#listeners.clear()
    this.#closing ??= this.#channel.close()
    return this.#closing
  }

  async #send(): Promise<void> {
    this.#isSending = true
    while (this.#waiting.length > 0 && this.#closing === null) {
      try {
        await this.#channel.send(this.#codec.encode({ entries: this.#take() }))
        this.#isLosing = false
      } catch (error) {
        // Once for each time that the broker is away: the store closes the gaps.
        if (!this.#isLosing) this.#logger.warn('hints_lost', {}, error)
        this.#isLosing = true
      }
    }
    this.#isSending = false
  }

  #take(): Entry[] {
    let characters = 0
    const end = this.#waiting.findIndex(({ text }, i) => {
      characters += text.length
      return i > 0 && (i >= MAX_HINT_ENTRIES || characters > MAX_HINT_CHARACTERS)
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }

  #hear(hint: string): void {
    const grown = this.#codec.decode(hint)
    if (grown === null) return
    for (const registration of this.#listeners) {
      try {
        registration.call(grown)
      } catch (error) {
        this.#logger.error('hint_failed', {}, error)
      }
    }
  }
}
