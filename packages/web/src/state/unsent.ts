import { ERRORS, type ErrorCode } from '@roomful/protocol'
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
  if (typeof value !== 'object' || value === null) return []
  const { clientId, text, to, at, after, state } = value as Partial<Record<keyof Outgoing, unknown>>
  if (
    typeof clientId !== 'string' ||
    typeof text !== 'string' ||
    typeof at !== 'number' ||
    typeof after !== 'number'
  )
    return []
  if (to !== null && typeof to !== 'string') return []
  const failed = typeof state === 'object' && state !== null && 'phase' in state && state.phase === 'failed'
  const code =
    failed && 'code' in state && typeof state.code === 'string' && isCode(state.code) ? state.code : 'closed'
  return [{ clientId, text, to, at, after, matched: null, state: { phase: 'failed', code } }]
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code)
}
