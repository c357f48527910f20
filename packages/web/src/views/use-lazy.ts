import { useEffect, useState } from 'preact/hooks'

/** A part of the page that is fetched when it is first wanted; `null` until it is there. What cannot be fetched is tried again whenever `wanted` is something else. */
export function useLazy<T>(wanted: unknown, load: () => Promise<T>): T | null {
  const [part, setPart] = useState<{ readonly loaded: T } | null>(null)
  useEffect(() => {
    if (!wanted || part !== null) return
    load().then(
      (loaded) => setPart({ loaded }),
      () => undefined,
    )
  }, [wanted])
  return part?.loaded ?? null
}
