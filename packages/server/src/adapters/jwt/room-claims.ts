/** What a token says of rooms, and the claims that rules look at. */
import type { JWTPayload } from 'jose'
import { type Grants, readGrants } from '../../ports/grants.ts'

/** Values of one claim that count. */
const MAX_VALUES = 1_000

/**
 * The grants in the claim `name`: `{"rooms":{"class-*":["join","read","write"]}}`. `null` when it says nothing of rooms, `undefined` when what it says is no
 * grants: such a token is bad.
 */
export function grantsIn(payload: JWTPayload, name: string): Grants | null | undefined {
  const claim = payload[name]
  if (claim === undefined) return null
  if (typeof claim !== 'object' || claim === null || Array.isArray(claim)) return undefined
  if (!('rooms' in claim)) return null
  return readGrants(claim.rooms) ?? undefined
}

/** Texts, numbers and truth values of these claims, alone or in a list, as texts. */
export function textsOf(payload: JWTPayload, names: readonly string[]): Record<string, readonly string[]> {
  const claims = names.map((name) => {
    const claim = Object.hasOwn(payload, name) ? payload[name] : undefined
    const values: unknown[] = Array.isArray(claim) ? claim.slice(0, MAX_VALUES) : [claim]
    return [name, values.filter(isPlain).map(String)] as const
  })
  return Object.fromEntries(claims)
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}
