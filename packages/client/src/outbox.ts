import { PRIVATE_LOG, type ServerMessageOf } from '@roomful/protocol'
import type { Client } from './api.ts'
import { Backoff } from './backoff.ts'
import { ClientError } from './client-error.ts'
import { newClientId } from './client-id.ts'
import type { Clock } from './environment.ts'
import { Listeners } from './listeners.ts'
import type { Outbox, OutboxDraft, OutboxEntry, OutboxKeeping, OutboxState } from './outbox-entry.ts'
import type { OutboxStorage } from './outbox-storage.ts'

/** Most entries in an outbox, failed ones included. One more is `outbox_full`. */
export const MAX_OUTBOX_ENTRIES = 1_000

/** Most bytes of UTF-8 of all texts in an outbox. More is `outbox_full`. */
export const MAX_OUTBOX_BYTES = 4_194_304

/** Milliseconds for which a storage may be silent before the outbox goes on without it. */
export const STORAGE_TIMEOUT_MS = 2_000

export interface OutboxHooks {
  /** Sends it once. Rejects with a `ClientError`. */
  send(entry: OutboxEntry): Promise<ServerMessageOf<'ack'>>
  /** Whether what is for this log can be sent now. */
  isOpen(room: string): boolean
  /** Where it goes that names no room. */
  home: string
}

interface Item {
  entry: OutboxEntry
  /** Kept by the storage, or the storage was given up. */
  saved: boolean
  /** Monotonic milliseconds before which it is not tried again. */
  dueAt: number
  readonly backoff: Backoff
}

const QUEUED: OutboxState = { phase: 'queued' }

/** An outbox over a storage; without one (`null`) it lives in memory. */
export class StoredOutbox implements Outbox {
  readonly #storage: OutboxStorage | null
  readonly #clock: Clock
  readonly #random: () => number
  readonly #hooks: OutboxHooks
  #items: Item[] = []
  #persistent: boolean
  #loaded = false
  #lastAt = 0
  /** Monotonic milliseconds before which the server wants to hear nothing. */
  #quietUntil = 0
  #cancelTimer: (() => void) | undefined
  #storing: Promise<unknown> = Promise.resolve()
  readonly #changes = new Listeners<OutboxEntry>()
  readonly #keepings = new Listeners<OutboxKeeping>()
  readonly onChange = this.#changes.add
  readonly onKeeping = this.#keepings.add

  constructor(storage: OutboxStorage | null, clock: Clock, random: () => number, hooks: OutboxHooks) {
    this.#storage = storage
    this.#persistent = storage !== null
    this.#clock = clock
    this.#random = random
    this.#hooks = hooks
    void this.#load()
  }

  get entries(): readonly OutboxEntry[] {
    return this.#items.map(({ entry }) => entry)
  }

  get persistent(): boolean {
    return this.#persistent
  }

  add(draft: OutboxDraft): OutboxEntry {
    const { kind = 'message', text = '', room, clientId = newClientId() } = draft
    const held = [...this.entries.map((entry) => entry.text), text].join('')
    if (this.#items.length >= MAX_OUTBOX_ENTRIES || new TextEncoder().encode(held).length > MAX_OUTBOX_BYTES)
      throw new ClientError('outbox_full', 'Too much waits to be sent.')
    this.#lastAt = Math.max(this.#clock.now(), this.#lastAt + 1)
    const log = draft.to === undefined ? (room ?? this.#hooks.home).normalize('NFC') : PRIVATE_LOG
    const entry = { ...draft, kind, text, clientId, room: log, at: this.#lastAt, state: QUEUED }
    const item = this.#hold(entry)
    this.#changes.emit(entry)
    void this.#save(item)
    return entry
  }

  retry(clientId: string): void {
    const item = this.#resting(clientId)
    if (item === undefined) return
    item.dueAt = 0
    item.backoff.reset()
    this.#set(item, QUEUED)
    void this.#save(item)
  }

  discard(clientId: string): OutboxEntry | undefined {
    const item = this.#resting(clientId)
    if (item === undefined) return undefined
    const { entry } = item
    this.#drop(item, { phase: 'discarded' })
    this.flush()
    return entry
  }

  /** Sends what can be sent now, of each log the first one that has not failed, and comes back when more can be. */
  flush(): void {
    this.#cancelTimer?.()
    if (!this.#loaded) return
    const now = this.#clock.monotonic()
    let next = Number.POSITIVE_INFINITY
    const seen = new Set<string>()
    for (const item of [...this.#items]) {
      const { room, state } = item.entry
      if (state.phase === 'failed' || seen.has(room)) continue
      seen.add(room)
      if (state.phase !== 'queued' || !item.saved || !this.#hooks.isOpen(room)) continue
      const due = Math.max(item.dueAt, this.#quietUntil)
      if (due > now) next = Math.min(next, due)
      else void this.#send(item)
    }
    if (next !== Number.POSITIVE_INFINITY)
      this.#cancelTimer = this.#clock.after(next - now, () => this.flush())
  }

  /** Another tab with the same storage has changed an entry. `store`: this tab is to send it. */
  adopt(entry: OutboxEntry, store: boolean): void {
    const { phase } = entry.state
    let item = this.#find(entry.clientId)
    if (phase === 'sent' || phase === 'discarded') this.#items = this.#items.filter((each) => each !== item)
    else if (item === undefined) {
      item = this.#hold(entry)
      item.saved = true
    }
    if (item !== undefined) item.entry = entry
    this.#lastAt = Math.max(this.#lastAt, entry.at)
    this.#items.sort((a, b) => a.entry.at - b.entry.at)
    this.#changes.emit(entry)
    if (store && item !== undefined && phase === 'queued') void this.#save(item)
  }

  /** The tab that sent is gone. */
  async takeOver(): Promise<void> {
    for (const item of [...this.#items]) if (item.entry.state.phase === 'sending') this.#set(item, QUEUED)
    await this.#load()
  }

  async #load(): Promise<void> {
    const stored = await this.#store(async (storage) => (await storage.all()).filter(isEntry))
    const added = this.#items
    this.#items = []
    for (const entry of stored?.toSorted((a, b) => a.at - b.at) ?? []) {
      if (added.some((item) => item.entry.clientId === entry.clientId)) continue
      this.#lastAt = Math.max(this.#lastAt, entry.at)
      // What was on its way may have arrived: the same `client_id` will tell.
      this.#hold(entry.state.phase === 'failed' ? entry : { ...entry, state: QUEUED }).saved = true
    }
    const found = this.entries
    this.#items.push(...added)
    this.#loaded = true
    for (const entry of found) this.#changes.emit(entry)
    this.flush()
  }

  async #send(item: Item): Promise<void> {
    this.#set(item, { phase: 'sending' })
    try {
      const ack = await this.#hooks.send(item.entry)
      this.#drop(item, { phase: 'sent', ack })
    } catch (error) {
      this.#refused(item, error instanceof ClientError ? error : new ClientError('internal', String(error)))
    }
    this.flush()
  }

  #refused(item: Item, { code, message, retryable, retryAfterMs = 0 }: ClientError): void {
    if (!retryable) {
      this.#set(item, { phase: 'failed', code, message })
      void this.#save(item)
    } else if (this.#hooks.isOpen(item.entry.room)) {
      const now = this.#clock.monotonic()
      const delay = item.backoff.next(retryAfterMs)
      item.dueAt = now + delay
      this.#quietUntil = Math.max(this.#quietUntil, now + retryAfterMs)
      this.#set(item, { phase: 'queued', code, retryAt: this.#clock.now() + delay })
    } else {
      this.#set(item, { phase: 'queued', code })
    }
  }

  #hold(entry: OutboxEntry): Item {
    const item: Item = { entry, saved: false, dueAt: 0, backoff: new Backoff(this.#random) }
    this.#items.push(item)
    return item
  }

  #find(clientId: string): Item | undefined {
    return this.#items.find(({ entry }) => entry.clientId === clientId)
  }

  /** One that is not on its way. */
  #resting(clientId: string): Item | undefined {
    const item = this.#find(clientId)
    return item?.entry.state.phase === 'sending' ? undefined : item
  }

  #set(item: Item, state: OutboxState): void {
    item.entry = { ...item.entry, state }
    this.#changes.emit(item.entry)
  }

  #drop(item: Item, state: OutboxState): void {
    this.#items = this.#items.filter((each) => each !== item)
    void this.#store((storage) => storage.delete(item.entry.clientId))
    this.#set(item, state)
  }

  async #save(item: Item): Promise<void> {
    const { entry } = item
    item.saved = false
    const stored = this.#store((storage) => storage.put(entry))
    await (this.#persistent ? stored : undefined)
    item.saved = true
    this.flush()
  }

  /** One after the other, so that a storage need not order them. Never rejects; `undefined` when it failed. */
  #store<T>(operate: (storage: OutboxStorage) => Promise<T>): Promise<T | undefined> {
    const storage = this.#storage
    if (storage === null) return Promise.resolve(undefined)
    const done = this.#storing.then(
      () =>
        new Promise<T | undefined>((resolve) => {
          const fail = (error: unknown): void => {
            resolve(undefined)
            this.#giveUp(error)
          }
          const cancel = this.#clock.after(STORAGE_TIMEOUT_MS, () =>
            fail(new Error('The storage is silent.')),
          )
          Promise.resolve(storage).then(operate).then(resolve, fail).finally(cancel)
        }),
    )
    this.#storing = done
    return done
  }

  /** It is still told everything, so that it does not bring back what was sent or thrown away, but nobody waits for it. */
  #giveUp(error: unknown): void {
    if (!this.#persistent) return
    this.#persistent = false
    for (const item of this.#items) item.saved = true
    this.#keepings.emit({ persistent: false, error })
    this.flush()
  }
}

/** Does once what the entry says. */
export function deliver(client: Client, entry: OutboxEntry): Promise<ServerMessageOf<'ack'>> {
  const { kind, text, to, seq = 0 } = entry
  if (kind === 'edit') return client.edit(seq, text, entry)
  if (kind === 'delete') return client.remove(seq, entry)
  if (kind === 'reaction') return client.react(seq, text, entry)
  return to === undefined ? client.send(text, entry) : client.whisper(to, text, entry)
}

/** A storage may hold what another version wrote. */
function isEntry(value: unknown): value is OutboxEntry {
  const entry = value as Partial<OutboxEntry> | null
  return (
    ['message', 'edit', 'delete', 'reaction'].includes(entry?.kind ?? '') &&
    [entry?.clientId, entry?.text, entry?.room, entry?.state?.phase].every(
      (field) => typeof field === 'string',
    )
  )
}
