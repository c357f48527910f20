/** The part of Web Storage that the page uses. */
export interface KeyValues {
  get(key: string): string | null
  set(key: string, value: string): void
  remove(key: string): void
  keys(): readonly string[]
}

/**
 * What each window writes is its own, and a window without a word of its own finds what was written last: that of one that was killed.
 * What another window has written since stays when this one removes its own.
 */
export function ownFirst(own: KeyValues, shared: KeyValues): KeyValues {
  const get = (key: string): string | null => own.get(key) ?? shared.get(key)
  return {
    get,
    set: (key, value) => {
      own.set(key, value)
      shared.set(key, value)
    },
    remove: (key) => {
      if (shared.get(key) === get(key)) shared.remove(key)
      if (shared.get(key) === null) own.remove(key)
      else own.set(key, '')
    },
    keys: () => shared.keys(),
  }
}

/**
 * A storage area behind a prefix that never throws: where the browser forbids it or it is full, values live as long
 * as the page. `area` is called each time, since merely naming `localStorage` throws when it is blocked.
 */
export function guardedStorage(area: () => Storage, prefix: string): KeyValues {
  const memory = new Map<string, string>()
  const attempt = <T>(act: (storage: Storage) => T, otherwise: T): T => {
    try {
      return act(area())
    } catch {
      return otherwise
    }
  }
  return {
    get: (key) => memory.get(key) ?? attempt((storage) => storage.getItem(prefix + key), null),
    set: (key, value) => {
      const kept = attempt((storage) => {
        storage.setItem(prefix + key, value)
        return true
      }, false)
      if (kept) memory.delete(key)
      else memory.set(key, value)
    },
    remove: (key) => {
      memory.delete(key)
      attempt((storage) => storage.removeItem(prefix + key), undefined)
    },
    keys: () => {
      const stored = attempt((storage) => Object.keys(storage), [])
      const own = stored.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
      return [...new Set([...own, ...memory.keys()])]
    },
  }
}
