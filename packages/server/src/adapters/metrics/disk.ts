import { statfsSync } from 'node:fs'
import type { Family } from '../../ports/metrics.ts'

/** Room on the disk of a data folder; without a number where there is no folder (`null`), or the system does not say. */
export function diskFamilies(folder: string | null): readonly Family[] {
  const free = folder === null ? null : freeBytes(folder)
  return [
    {
      type: 'gauge',
      name: 'roomful_data_free_bytes',
      help: 'Bytes that are free on the disk of the data folder; no number where the history is elsewhere.',
      merge: 'min',
      samples: free === null ? [] : [{ labels: {}, value: free }],
    },
  ]
}

/** What this user may still write. */
function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return null
  }
}
