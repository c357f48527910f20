import type { Row } from '../../state/rows.ts'

/** Messages of others behind the row that was seen last; none when that row is gone. */
export function countNew(rows: readonly Row[], seen: string | null): number {
  let count = 0
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i]
    if (row === undefined || row.key === seen) return count
    if (row.kind === 'message' && !row.own) count++
  }
  return 0
}
