import { ClientError, type ClientErrorCode } from '@roomful/client'
import { PRIVATE_LOG } from '@roomful/protocol'
import type { Signal } from '@preact/signals'
import type { Timers } from './announcer.ts'
import type { ChatClient } from './client.ts'
import * as ledgers from './ledger.ts'

export interface SendingOptions {
  readonly client: Pick<ChatClient, 'send' | 'whisper' | 'edit' | 'remove' | 'react'>
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

  /** `about`: number of the message that is answered or changed. */
  add(draft: Pick<ledgers.Outgoing, 'text' | 'log' | 'to' | 'about' | 'change'>): void {
    const { ledger, newId, timers, isOnline, takeInbox } = this.#options
    const mustWait = !isOnline() || this.#outgoing.some(({ state }) => state.phase === 'queued')
    takeInbox()
    const clientId = newId()
    const state: ledgers.OutgoingState = mustWait ? { phase: 'queued', doubt: false } : { phase: 'sending' }
    ledger.value = ledgers.begin(ledger.peek(), { ...draft, clientId, at: timers.now(), state })
    if (mustWait) this.#next()
    else void this.#send(clientId)
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
    const { ledger, takeInbox } = this.#options
    const message = this.#outgoing.find((each) => each.clientId === clientId)
    if (message === undefined) return
    try {
      const ack = await this.#transmit(message)
      takeInbox()
      ledger.value = ledgers.acknowledge(ledger.peek(), clientId, ack.seq)
    } catch (error) {
      this.#failed(message, error)
    }
    this.#next()
  }

  #transmit({ clientId, text, log, to, about, change }: ledgers.Outgoing): ReturnType<ChatClient['send']> {
    const { client } = this.#options
    const room = log === 'private' ? PRIVATE_LOG : this.#options.room()
    const seq = about ?? 0
    if (change === null) {
      const options = about === null ? { clientId } : { clientId, replyTo: about }
      return to === null ? client.send(text, { ...options, room }) : client.whisper(to, text, options)
    }
    switch (change.kind) {
      case 'edit':
        return client.edit(seq, text, { room, clientId })
      case 'delete':
        return client.remove(seq, { room, clientId })
      case 'reaction':
        return client.react(seq, change.emoji, { room, clientId, remove: change.removed })
    }
  }

  #failed({ clientId, change }: ledgers.Outgoing, error: unknown): void {
    const { ledger, timers, onRefusal } = this.#options
    const code = error instanceof ClientError ? error.code : 'internal'
    ledger.value = ledgers.fail(ledger.peek(), clientId, code)
    if (code === 'offline' || code === 'rate_limited')
      ledger.value = ledgers.enqueue(ledger.peek(), clientId, false)
    else if (!ledgers.isUnconfirmed(code)) {
      // A reaction is put again with less effort than it takes to read why it failed.
      if (change?.kind === 'reaction') ledger.value = ledgers.discard(ledger.peek(), clientId)
      onRefusal(code)
    }
    if (code !== 'rate_limited') return
    const wait = error instanceof ClientError ? error.retryAfterMs : undefined
    this.#cancelPause ??= timers.after(wait ?? PAUSE_MS, () => {
      this.#cancelPause = null
      this.#next()
    })
  }
}
