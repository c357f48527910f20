import { MAX_RETRY_AGE_MS, PRIVATE_LOG, ROOM_NAME, type ServerMessageOf } from '@roomful/protocol'
import { asClientError, ClientError, type ClientErrorCode } from './client-error.ts'
import { newClientId } from './client-id.ts'
import { logOf } from './entry-frame.ts'
import type { Clock } from './environment.ts'
import { type Guard, number, object, oneOf, string } from './guards.ts'
import { ownOutbox } from './indexed-db.ts'
import { Listeners } from './listeners.ts'
import type { Outbox, OutboxDraft, OutboxEntry, OutboxKeeping, OutboxState } from './outbox-entry.ts'
import { bytesOf, type OutboxItem, OutboxItems } from './outbox-items.ts'
import type { OutboxStorage } from './outbox-storage.ts'
import { type OutboxWriter, outboxWriter } from './outbox-writer.ts'

/** Most entries in an outbox, failed ones included. One more is `outbox_full`. */
export const MAX_OUTBOX_ENTRIES = 1_000

/** Most bytes of UTF-8 of all texts in an outbox. More is `outbox_full`. */
export const MAX_OUTBOX_BYTES = 4_194_304

export interface OutboxHooks {
  /** Sends it once. Rejects with a `ClientError`. */
  send(entry: OutboxEntry): Promise<ServerMessageOf<'ack'>>
  /** Whether what is for this log can be sent now. */
  isOpen(room: string): boolean
  /** Where it goes that names no room. */
  home: string
  /** Epoch of a log, as it was told last. */
  epochOf(log: string): string | undefined
  /** Who one is to the server, as it said last. */
  person(): string | undefined
  /** Tells the other tabs what has become of an entry. `kept`: it is in the storage. */
  tell?(entry: OutboxEntry, kept: boolean | undefined): void
}

/** An outbox as a client takes it in: `name` tells apart what is kept for several people, servers or rooms. */
export type OutboxBlock = (
  name: string,
  clock: Clock,
  random: () => number,
  hooks: OutboxHooks,
) => Outbox & Pick<StoredOutbox, 'flush'>

/**
 * An outbox for `createClient`. `storage`: where it outlives the page. Default: IndexedDB where there is one; `null`: memory only. One client
 * at a time: several in as many tabs send nothing twice, but what one throws away another may still send. `createSharedClient` is for tabs.
 */
export function storedOutbox(storage?: OutboxStorage | null): OutboxBlock {
  return (name, clock, random, hooks) =>
    new StoredOutbox(storage === undefined ? ownOutbox(name) : storage, clock, random, hooks)
}

const QUEUED: OutboxState = { phase: 'queued' }

/** An outbox over a storage; without one (`null`) it lives in memory. */
export class StoredOutbox implements Outbox {
  readonly #clock: Clock
  readonly #hooks: OutboxHooks
  readonly items: OutboxItems
  readonly #writer: OutboxWriter | null
  /** By log: the one that this tab sends. */
  readonly #busy = new Map<string, OutboxItem>()
  #persistent: boolean
  /** The storage has said what it holds. */
  #loaded = false
  /** Monotonic milliseconds before which the server wants to hear nothing. */
  #quietUntil = 0
  #cancelTimer: (() => void) | undefined
  readonly changes = new Listeners<OutboxEntry>()
  readonly #keepings = new Listeners<OutboxKeeping>()
  readonly onChange = this.changes.add
  readonly onKeeping = this.#keepings.add

  constructor(storage: OutboxStorage | null, clock: Clock, random: () => number, hooks: OutboxHooks) {
    this.#persistent = storage !== null
    this.#clock = clock
    this.items = new OutboxItems(random)
    this.#hooks = hooks
    this.#writer =
      storage &&
      outboxWriter(
        storage,
        clock,
        this.items,
        (item) => this.#written(item),
        (error) => this.#giveUp(error),
      )
    this.load()
  }

  get entries(): readonly OutboxEntry[] {
    return this.items.all.map(({ entry }) => entry)
  }

  get persistent(): boolean {
    return this.#persistent
  }

  add(draft: OutboxDraft): OutboxEntry {
    const { kind = 'message', text = '', clientId = newClientId() } = draft
    const { all } = this.items
    const bytes = all.reduce((sum, item) => sum + item.bytes, bytesOf(text))
    const room = logOf(draft, this.#hooks.home)
    let fault: ClientErrorCode | undefined
    if (all.length >= MAX_OUTBOX_ENTRIES || bytes > MAX_OUTBOX_BYTES) fault = 'outbox_full'
    else if (this.items.get(clientId)) fault = 'conflict'
    else if (room !== PRIVATE_LOG && !ROOM_NAME.test(room)) fault = 'invalid_room'
    if (fault) throw new ClientError(fault, 'Not taken.')
    const epoch = draft.epoch ?? this.#hooks.epochOf(room)
    const entry = { ...draft, kind, text, clientId, room, epoch, ...this.#stamp(), state: QUEUED }
    const item = this.items.hold(entry)
    this.changes.emit(entry)
    this.save(item)
    return entry
  }

  retry(clientId: string): void {
    const item = this.#resting(clientId)
    if (!item) return
    item.dueAt = 0
    item.backoff.reset()
    item.saved = false
    if (item.entry.state.phase === 'failed') {
      item.entry = { ...item.entry, ...this.#stamp() }
      this.items.sort()
    }
    this.#set(item, QUEUED)
    this.save(item)
  }

  discard(clientId: string): OutboxEntry | undefined {
    const item = this.#resting(clientId)
    if (!item) return undefined
    const { entry } = item
    this.drop(item, { phase: 'discarded' })
    this.flush()
    return entry
  }

  /** Sends what can be sent now, of each log the first one that has not failed, and comes back when more can be. */
  flush(): void {
    this.#cancelTimer?.()
    if (this.#persistent && !this.#loaded) return
    const now = this.#clock.monotonic()
    let next = Number.POSITIVE_INFINITY
    const seen = new Set<string>()
    for (const item of this.items.all) {
      const { room, state } = item.entry
      // A listener may have thrown it away.
      if (state.phase === 'failed' || seen.has(room) || !this.items.all.includes(item)) continue
      if (state.phase === 'queued' && item.saved && this.#outlived(item)) continue
      seen.add(room)
      if (state.phase !== 'queued' || !item.saved || !this.#hooks.isOpen(room)) continue
      const due = Math.max(item.dueAt, this.#quietUntil)
      if (due > now) next = Math.min(next, due)
      else if (this.#isBound(item)) void this.#send(item)
    }
    if (next < Number.POSITIVE_INFINITY) this.#cancelTimer = this.#clock.after(next - now, () => this.flush())
  }

  /** Whether this tab sends it now. */
  isSending(item: OutboxItem): boolean {
    return this.#busy.get(item.entry.room) === item
  }

  /** Takes in what the storage holds, also when it answers late; `found` is told all of it before anything is sent. */
  load(found?: (clientIds: ReadonlySet<string>) => void): void {
    // All of it is from before what was added here, whatever the clock said then.
    const isFirst = !this.#loaded
    this.#writer?.load((all) => this.#takeIn(all.filter(isEntry), isFirst, found))
    this.flush()
  }

  #takeIn(
    stored: readonly OutboxEntry[],
    isFirst: boolean,
    found?: (clientIds: ReadonlySet<string>) => void,
  ): void {
    const { items } = this
    const own = items.all
    const news = stored
      .filter(({ clientId }) => !this.#writer?.going.has(clientId) && !items.get(clientId))
      .toSorted((a, b) => a.at - b.at)
      // What was on its way may have arrived: the same `client_id` will tell.
      .map((entry) => (entry.state.phase === 'failed' ? entry : { ...entry, state: QUEUED }))
    for (const entry of news) items.hold(entry, true)
    if (isFirst) items.all = [...items.all.slice(own.length), ...own]
    else items.sort()
    this.#loaded = true
    found?.(new Set(stored.map(({ clientId }) => clientId)))
    for (const entry of news) this.changes.emit(entry)
    this.flush()
  }

  async #send(item: OutboxItem): Promise<void> {
    const { room } = item.entry
    this.#busy.set(room, item)
    this.#set(item, { phase: 'sending' })
    try {
      const ack = await this.#hooks.send(item.entry)
      this.drop(item, { phase: 'sent', ack })
    } catch (error) {
      this.#refused(item, asClientError(error))
    }
    this.#busy.delete(room)
    this.flush()
  }

  /** Whether it must not be sent any more without being asked for again. */
  #outlived(item: OutboxItem): boolean {
    const { at, person } = item.entry
    const now = this.#hooks.person()
    if (this.#clock.now() - at > MAX_RETRY_AGE_MS) this.#fail(item, 'expired', 'Too old.')
    else if ((person ?? now) !== (now ?? person)) this.#fail(item, 'other_person', 'Not yours.')
    else return false
    return true
  }

  /** Whether it says who sends it; otherwise it will in a moment. */
  #isBound(item: OutboxItem): boolean {
    const person = this.#hooks.person()
    if (item.entry.person !== undefined || person === undefined) return true
    item.entry = { ...item.entry, person }
    this.save(item)
    return false
  }

  #fail(item: OutboxItem, code: ClientErrorCode, message: string): void {
    this.#set(item, { phase: 'failed', code, message })
    this.save(item)
  }

  #refused(item: OutboxItem, { code, message, retryable, retryAfterMs = 0 }: ClientError): void {
    if (!retryable) {
      this.#fail(item, code, message)
    } else if (this.#hooks.isOpen(item.entry.room)) {
      const now = this.#clock.monotonic()
      const delay = item.backoff.next(retryAfterMs)
      item.dueAt = now + delay
      // These are about one room, where the others wait behind it anyway.
      if (code !== 'muted' && code !== 'slow_mode')
        this.#quietUntil = Math.max(this.#quietUntil, now + retryAfterMs)
      this.#set(item, { phase: 'queued', code, retryAt: this.#clock.now() + delay })
    } else {
      this.#set(item, { phase: 'queued', code })
    }
  }

  #stamp(): Pick<OutboxEntry, 'at' | 'person'> {
    return { at: Math.max(this.#clock.now(), this.items.lastAt + 1), person: this.#hooks.person() }
  }

  /** One that is not on its way. */
  #resting(clientId: string): OutboxItem | undefined {
    const item = this.items.get(clientId)
    return item?.entry.state.phase === 'sending' ? undefined : item
  }

  #set(item: OutboxItem, state: OutboxState, tells = item.saved): void {
    item.entry = { ...item.entry, state }
    if (tells) this.#hooks.tell?.(item.entry, item.kept)
    this.changes.emit(item.entry)
  }

  requeue(item: OutboxItem): void {
    this.#set(item, QUEUED)
  }

  /** It no longer holds it; the storage is told, and everybody. */
  drop(item: OutboxItem, state: OutboxState): void {
    this.forget(item)
    this.#set(item, state, true)
  }

  /** It no longer holds it; the storage is told. */
  forget(item: OutboxItem): void {
    this.items.release(item)
    this.#writer?.forget(item)
  }

  /** Puts it into the storage; it may be sent when it is there. */
  save(item: OutboxItem): void {
    item.saved = false
    this.#writer?.save(item)
    // Whoever asked for it is to know of it before it is sent.
    if (!this.#persistent) queueMicrotask(() => this.#written(item))
  }

  /** Others are told no earlier, so that what they know of is in the storage when they ask it. */
  #written(item: OutboxItem): void {
    if (item.saved || !this.items.all.includes(item)) return
    item.saved = true
    if (this.#persistent) item.kept = true
    this.#hooks.tell?.(item.entry, item.kept)
    this.flush()
  }

  /** It is still told everything, so that it does not bring back what was sent or thrown away, but nobody waits for it. */
  #giveUp(error: unknown): void {
    this.#persistent = false
    for (const item of this.items.all) this.#written(item)
    this.#keepings.emit({ persistent: false, error })
    this.flush()
  }
}

/** A storage may hold what another version wrote. */
const isEntry = object<Pick<OutboxEntry, 'kind' | 'at' | 'clientId' | 'text' | 'room' | 'state'>>({
  kind: oneOf('message', 'edit', 'delete', 'reaction'),
  at: number,
  clientId: string,
  text: string,
  room: string,
  state: object<OutboxState>({ phase: string as Guard<OutboxState['phase']> }),
})
