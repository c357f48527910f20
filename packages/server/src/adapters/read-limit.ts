/** Most entries or rooms that one call to a store returns, however many were asked for: a long read holds up appends. */
const MAX_READ = 1_000

/** What a store serves of an asked-for `limit`: a whole number from 0 to `MAX_READ`. */
export function readLimit(limit: number): number {
  return Number.isNaN(limit) ? 0 : Math.floor(Math.max(0, Math.min(limit, MAX_READ)))
}

/** A bound of a range as a number that SQLite and JSON take. */
export function finite(bound: number): number {
  return Math.max(-1, Math.min(bound, Number.MAX_SAFE_INTEGER))
}
