import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type * as Moderating from './moderating.tsx'

type Parts = typeof Moderating

/** Shared, so that who shows it again has it at once. */
const parts = signal<Parts | null>(null)

/** What the page shows of moderation, fetched when there is first something of it; `null` until it is there. */
export function useModerating(isWanted: boolean): Parts | null {
  useEffect(() => {
    // What cannot be fetched is tried again with the next one who wants it.
    if (isWanted && parts.peek() === null)
      void import('./moderating.tsx').then((loaded) => {
        parts.value = loaded
      })
  }, [isWanted])
  return isWanted ? parts.value : null
}
