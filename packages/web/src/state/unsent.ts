import type { Outgoing } from './ledger.ts'
import type { KeyValues } from './storage.ts'

/** Own messages that were not acknowledged when the page went away. The same tab finds them again after a reload. */
export interface Unsent {
  load(): readonly Outgoing[]
  save(outgoing: readonly Outgoing[]): void
}

/** `key` names the room and the person. */
export function createUnsent(storage: KeyValues, key: string): Unsent {
  return {
    load: () => {
      const value = storage.get(key)
      if (value === null) return []
      try {
        const kept: unknown = JSON.parse(value)
        return Array.isArray(kept) ? kept.flatMap(revive) : []
      } catch {
        return []
      }
    },
    save: (outgoing) => {
      if (outgoing.length === 0) storage.remove(key)
      else storage.set(key, JSON.stringify(outgoing))
    },
  }
}

/** One that was not refused may have arrived: it counts as cut off, and is sent again under its own id. */
function revive(value: unknown): readonly Outgoing[] {
  if (!isOutgoing(value)) return []
  const { state } = value
  return [
    {
      ...value,
      matched: null,
      state:
        state.phase === 'failed' || state.phase === 'queued' ? state : { phase: 'failed', code: 'closed' },
    },
  ]
}

/** Only this page writes there; what an older version wrote is told by its shape. */
function isOutgoing(value: unknown): value is Outgoing {
  return (
    typeof value === 'object' &&
    value !== null &&
    'clientId' in value &&
    'text' in value &&
    'to' in value &&
    'log' in value &&
    'change' in value &&
    'after' in value &&
    'state' in value
  )
}
