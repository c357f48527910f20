import { useEffect, useState } from 'preact/hooks'

/** A part of the page that is fetched when it is first wanted; `null` until it is there. */
export function useLazy<T>(isWanted: boolean, load: () => Promise<T>): T | null {
  const [part, setPart] = useState<{ readonly loaded: T } | null>(null)
  useEffect(() => {
    if (!isWanted || part !== null) return
    // What cannot be fetched is tried again with the next visit of the page.
    void load().then((loaded) => setPart({ loaded }))
  }, [isWanted])
  return part?.loaded ?? null
}
