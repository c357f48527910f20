import type { OutboxStorage } from './outbox-storage.ts'

const STORE = 'outbox'

type Run = <T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => T) => Promise<T>

/** Waits for the one event or for the other. */
function settled(target: IDBRequest | IDBTransaction, done: string, failed: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    target.addEventListener(done, resolve)
    target.addEventListener(failed, () => reject(new Error(String(target.error))))
  })
}

/** Runs one transaction after the other on the database, which is opened when it is first needed. */
function transactions(factory: IDBFactory): Run {
  let opened: Promise<IDBDatabase> | null = null

  const open = async (): Promise<IDBDatabase> => {
    const opening = factory.open('roomful', 1)
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(STORE))
    await settled(opening, 'success', 'error')
    const database = opening.result
    // A later version of the page waits for it, or the browser clears its data.
    for (const end of ['versionchange', 'close'])
      database.addEventListener(end, () => {
        database.close()
        opened = null
      })
    return database
  }

  return async (mode, act) => {
    try {
      opened ??= open()
      const transaction = (await opened).transaction(STORE, mode)
      const result = act(transaction.objectStore(STORE))
      // Asked for at once, it happens also when the page dies now.
      transaction.commit()
      await settled(transaction, 'complete', 'abort')
      return result
    } catch (error) {
      // It was closed, or could not be opened: the next time may be better.
      opened = null
      throw error
    }
  }
}

/**
 * Keeps an outbox in IndexedDB, shared by all tabs of one origin. `owner` tells apart what is kept for several people or servers.
 * Rejects where the browser forbids it (some private modes), where the disk is full, and where the database cannot be opened.
 */
export function indexedDbOutbox(owner: string, factory: IDBFactory = indexedDB): OutboxStorage {
  const run = transactions(factory)
  return {
    // Transactions on one store happen in the order in which they were begun.
    ordered: true,
    put: (entry) => run('readwrite', (store) => store.put(entry, [owner, entry.clientId])),
    delete: (clientId) => run('readwrite', (store) => store.delete([owner, clientId])),
    all: async () => {
      // An array sorts after every string, so this is every key that begins with the owner.
      const keys = IDBKeyRange.bound([owner], [owner, []])
      const request: IDBRequest<unknown[]> = await run('readonly', (store) => store.getAll(keys))
      return request.result
    },
  }
}

/** IndexedDB, or `null` where there is none, as in Node. */
export function ownOutbox(owner: string): OutboxStorage | null {
  return globalThis.indexedDB ? indexedDbOutbox(owner) : null
}

/** Somebody's outbox in a room that still holds something. */
export interface KeptOutbox {
  readonly username: string
  readonly room: string
  readonly count: number
}

/**
 * The outboxes in IndexedDB for this `url` that hold something, by username and room: each is sent by a client with these options. Rejects
 * where the browser forbids IndexedDB or has none.
 */
export async function keptOutboxes(url: string): Promise<KeptOutbox[]> {
  const keys = await transactions(indexedDB)('readonly', (store) => store.getAllKeys())
  const counts = new Map<string, number>()
  for (const key of keys.result) {
    const owner = Array.isArray(key) ? key[0] : key
    if (typeof owner === 'string') counts.set(owner, (counts.get(owner) ?? 0) + 1)
  }
  return [...counts].flatMap(([owner, count]) => {
    // No name holds a slash.
    const [username = '', room] = owner.split(`@${url}#`)
    return room === undefined ? [] : { username, room, count }
  })
}
