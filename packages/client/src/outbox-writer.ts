import { unanswered } from './client-error.ts'
import type { Clock } from './environment.ts'
import type { OutboxItem, OutboxItems } from './outbox-items.ts'
import type { OutboxStorage } from './outbox-storage.ts'

/** Milliseconds that one operation of a storage may take before the outbox goes on without it. */
export const STORAGE_TIMEOUT_MS = 2_000

/** Tells a storage what an outbox holds. */
export interface OutboxWriter {
  /** Reads all of it. One that waits for its turn gives way to the next. */
  load(found: (stored: readonly unknown[]) => void): void
  save(item: OutboxItem): void
  /** The outbox no longer holds it. */
  forget(item: OutboxItem): void
  /** Those that the storage has not forgotten yet, and whether it was told to. */
  readonly going: ReadonlyMap<string, boolean>
}

type Operation = () => Promise<unknown>

function deletion(storage: OutboxStorage, going: Map<string, boolean>): Operation | undefined {
  for (const [id, told] of going)
    if (!told) {
      going.set(id, true)
      return async () => storage.delete(id).finally(() => going.get(id) && going.delete(id))
    }
  return undefined
}

async function timed(operate: Operation, clock: Clock, fail: (error: unknown) => void): Promise<void> {
  const cancel = clock.after(STORAGE_TIMEOUT_MS, () => fail(unanswered('timeout')))
  await operate().catch(fail)
  cancel()
}

/**
 * One operation at a time, however long it takes, unless the storage itself keeps the order; then a page that dies has asked for all of it.
 * What waits for its turn is not a queue but what differs: at most `MAX_OUTBOX_ENTRIES` to put, and as many to delete, since nothing is put
 * before what is to be deleted is. `written`: the storage has it. `giveUp`: once, when an operation fails or is silent for `STORAGE_TIMEOUT_MS`.
 */
export function outboxWriter(
  storage: OutboxStorage,
  clock: Clock,
  items: OutboxItems,
  written: (item: OutboxItem) => void,
  giveUp: (error: unknown) => void,
): OutboxWriter {
  const going = new Map<string, boolean>()
  let reading: Operation | undefined
  let working = false
  let failed = false

  const next = (): Operation | undefined => {
    const first = reading ?? deletion(storage, going)
    reading = undefined
    if (first) return first
    const item = items.all.find(({ dirty }) => dirty)
    if (!item) return undefined
    item.dirty = false
    item.kept ??= false
    return async () => {
      await storage.put(item.entry)
      written(item)
    }
  }

  const fail = (error: unknown): void => {
    if (failed) return
    failed = true
    giveUp(error)
  }

  const work = async (): Promise<void> => {
    if (working) return
    working = true
    for (let operate = next(); operate; operate = next()) {
      const done = timed(operate, clock, fail)
      // One that was silent is asked one thing at a time, so that nothing piles up in it.
      if (!storage.ordered || failed) await done
    }
    working = false
  }

  return {
    load(found) {
      reading = async () => found(await storage.all())
      void work()
    },
    save(item) {
      item.dirty = true
      void work()
    },
    forget({ entry, kept }) {
      if (kept === undefined) return
      going.set(entry.clientId, false)
      void work()
    },
    going,
  }
}
