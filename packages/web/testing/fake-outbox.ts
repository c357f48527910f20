import {
  ClientError,
  type Outbox,
  type OutboxDraft,
  type OutboxEntry,
  type OutboxKeeping,
  type OutboxState,
} from '@roomful/client'
import type { ServerMessageOf } from '@roomful/protocol'

type Ack = ServerMessageOf<'ack'>

/** One try to bring an entry to the server. */
export interface Send {
  readonly entry: OutboxEntry
  settle(seq: number): void
  fail(error: ClientError): void
}

/** An outbox that sends by hand: of each log one after the other, as that of the SDK does. */
export class FakeOutbox implements Outbox {
  persistent = true
  /** What is on its way. */
  sends: Send[] = []
  #entries: readonly OutboxEntry[]
  #online = false
  #listeners = new Set<(entry: OutboxEntry) => void>()
  #keepers = new Set<(keeping: OutboxKeeping) => void>()
  #now: number
  #ids: number

  /** `kept`: what an earlier life of the page left. */
  constructor(now: number, kept: readonly OutboxEntry[] = [], ids = 0) {
    this.#now = now
    this.#entries = kept.map((entry) =>
      entry.state.phase === 'failed' ? entry : { ...entry, state: { phase: 'queued' } },
    )
    this.#ids = ids
  }

  get entries(): readonly OutboxEntry[] {
    return this.#entries
  }

  get ids(): number {
    return this.#ids
  }

  add(draft: OutboxDraft): OutboxEntry {
    if (this.#entries.length >= 1_000) throw new ClientError('outbox_full', '')
    this.#ids += 1
    const { kind = 'message', text = '', clientId = `c${this.#ids}`, to, room = 'lobby' } = draft
    const log = to === undefined ? room : '@me'
    const entry: OutboxEntry = {
      ...draft,
      kind,
      text,
      clientId,
      room: log,
      // No two alike, and none later than what is heard of them.
      at: this.#now - 1_000 + this.#ids,
      state: { phase: 'queued' },
    }
    this.#entries = [...this.#entries, entry]
    this.#tell(entry)
    this.#flush()
    return entry
  }

  retry(clientId: string): void {
    this.#become(clientId, { phase: 'queued' })
    this.#flush()
  }

  discard(clientId: string): OutboxEntry | undefined {
    const entry = this.#entries.find((each) => each.clientId === clientId)
    if (entry === undefined || entry.state.phase === 'sending') return undefined
    this.#become(clientId, { phase: 'discarded' })
    this.#flush()
    return entry
  }

  onChange(listener: (entry: OutboxEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onKeeping(listener: (keeping: OutboxKeeping) => void): () => void {
    this.#keepers.add(listener)
    return () => this.#keepers.delete(listener)
  }

  /** The storage fails. */
  refuseToKeep(): void {
    this.persistent = false
    for (const keeper of this.#keepers) keeper({ persistent: false, error: null })
  }

  up(): void {
    this.#online = true
    this.#flush()
  }

  down(): void {
    this.#online = false
    for (const send of this.sends.splice(0)) send.fail(new ClientError('closed', '', { retryable: true }))
  }

  #flush(): void {
    if (!this.#online) return
    const seen = new Set<string>()
    for (const { clientId, room, state } of this.#entries) {
      if (state.phase === 'failed' || seen.has(room)) continue
      seen.add(room)
      if (state.phase === 'queued' && state.retryAt === undefined) this.#send(clientId)
    }
  }

  #send(clientId: string): void {
    const entry = this.#become(clientId, { phase: 'sending' })
    if (entry === undefined) return
    const ack = (seq: number): Ack => ({
      type: 'ack',
      client_id: clientId,
      id: `i${seq}`,
      room: entry.room,
      seq,
      timestamp: new Date(this.#now).toISOString(),
    })
    this.sends.push({
      entry,
      settle: (seq) => this.#answered(clientId, { phase: 'sent', ack: ack(seq) }),
      fail: ({ code, message, retryable, retryAfterMs }) =>
        this.#answered(
          clientId,
          retryable
            ? {
                phase: 'queued',
                code,
                ...(retryAfterMs !== undefined && { retryAt: this.#now + retryAfterMs }),
              }
            : { phase: 'failed', code, message },
        ),
    })
  }

  /** A try is answered once. */
  #answered(clientId: string, state: OutboxState): void {
    if (this.#entries.find((each) => each.clientId === clientId)?.state.phase !== 'sending') return
    this.#become(clientId, state)
    this.#flush()
  }

  #become(clientId: string, state: OutboxState): OutboxEntry | undefined {
    const entry = this.#entries.find((each) => each.clientId === clientId)
    if (entry === undefined) return undefined
    const now = { ...entry, state }
    const gone = state.phase === 'sent' || state.phase === 'discarded'
    this.#entries = gone
      ? this.#entries.filter((each) => each !== entry)
      : this.#entries.map((each) => (each === entry ? now : each))
    this.#tell(now)
    return now
  }

  #tell(entry: OutboxEntry): void {
    for (const listener of this.#listeners) listener(entry)
  }
}
