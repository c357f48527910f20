import { ClientError, type ClientErrorCode } from '@roomful/client'
import type { Signal } from '@preact/signals'
import type { Timers } from './announcer.ts'
import type { ChatClient } from './client.ts'
import * as ledgers from './ledger.ts'

export interface SendingOptions {
  readonly client: Pick<ChatClient, 'send' | 'whisper'>
  readonly ledger: Signal<ledgers.Ledger>
  readonly room: () => string
  readonly isOnline: () => boolean
  readonly timers: Timers
  readonly newId: () => string
  /** What came before an ack belongs before it. */
  readonly takeInbox: () => void
  readonly onRefusal: (code: ClientErrorCode) => void
}

/** Messages of one's own that wait at most. */
export const MAX_OUTGOING = 200

/** Milliseconds to wait when the server wants fewer messages and does not say how long. */
const PAUSE_MS = 1000

/** Brings one's own messages to the server: each once, and those that had to wait one after the other. */
export class Sending {
  readonly #options: SendingOptions
  #cancelPause: (() => void) | null = null

  constructor(options: SendingOptions) {
    this.#options = options
  }

  /** Whether one more can be taken. */
  get hasRoom(): boolean {
    return this.#outgoing.length < MAX_OUTGOING
  }

  get #outgoing(): readonly ledgers.Outgoing[] {
    return this.#options.ledger.peek().outgoing
  }

  say(text: string, to: string | null): void {
    const { ledger, newId, timers, isOnline, takeInbox } = this.#options
    const mustWait = !isOnline() || this.#outgoing.some(({ state }) => state.phase === 'queued')
    takeInbox()
    const message: Parameters<typeof ledgers.begin>[1] = {
      clientId: newId(),
      text,
      to,
      at: timers.now(),
      state: mustWait ? { phase: 'queued', doubt: false } : { phase: 'sending' },
    }
    ledger.value = ledgers.begin(ledger.peek(), message)
    if (mustWait) this.#next()
    else void this.#send(message.clientId)
  }

  /** Sends a failed message again, under the same id. */
  retry(clientId: string): void {
    const { ledger, isOnline } = this.#options
    const state = this.#outgoing.find((each) => each.clientId === clientId)?.state
    if (state?.phase !== 'failed') return
    ledger.value = ledgers.enqueue(ledger.peek(), clientId, ledgers.isUnconfirmed(state.code))
    if (isOnline()) this.#next()
  }

  /** Takes a message that is not on its way off the page. */
  withdraw(clientId: string): ledgers.Outgoing | null {
    const { ledger } = this.#options
    const message = this.#outgoing.find((each) => each.clientId === clientId)
    ledger.value = ledgers.discard(ledger.peek(), clientId)
    return message ?? null
  }

  /** In the room again: what was cut off before its ack settles by its id, and what waited goes out. */
  resume(): void {
    const { ledger } = this.#options
    for (const { clientId, state } of this.#outgoing)
      if (state.phase === 'failed' && ledgers.isUnconfirmed(state.code))
        ledger.value = ledgers.enqueue(ledger.peek(), clientId, true)
    this.#next()
  }

  end(): void {
    this.#cancelPause?.()
  }

  /** Sends the first one that waits, once nothing is on its way. */
  #next(): void {
    const { ledger, isOnline } = this.#options
    if (!isOnline() || this.#cancelPause !== null) return
    if (this.#outgoing.some(({ state }) => state.phase === 'sending')) return
    const waiting = this.#outgoing.find(({ state }) => state.phase === 'queued')
    if (waiting === undefined) return
    ledger.value = ledgers.restart(ledger.peek(), waiting.clientId)
    void this.#send(waiting.clientId)
  }

  async #send(clientId: string): Promise<void> {
    const { client, ledger, room, takeInbox } = this.#options
    const message = this.#outgoing.find((each) => each.clientId === clientId)
    if (message === undefined) return
    try {
      const ack =
        message.to === null
          ? await client.send(message.text, { room: room(), clientId })
          : await client.whisper(message.to, message.text, { clientId })
      takeInbox()
      ledger.value = ledgers.acknowledge(ledger.peek(), clientId, ack.seq)
    } catch (error) {
      this.#failed(clientId, error)
    }
    this.#next()
  }

  #failed(clientId: string, error: unknown): void {
    const { ledger, timers, onRefusal } = this.#options
    const code = error instanceof ClientError ? error.code : 'internal'
    ledger.value = ledgers.fail(ledger.peek(), clientId, code)
    if (code === 'offline' || code === 'rate_limited')
      ledger.value = ledgers.enqueue(ledger.peek(), clientId, false)
    else if (!ledgers.isUnconfirmed(code)) onRefusal(code)
    if (code !== 'rate_limited') return
    const wait = error instanceof ClientError ? error.retryAfterMs : undefined
    this.#cancelPause ??= timers.after(wait ?? PAUSE_MS, () => {
      this.#cancelPause = null
      this.#next()
    })
  }
}
