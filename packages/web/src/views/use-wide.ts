import { useEffect, useState } from 'preact/hooks'

const WIDE = '(min-width: 60rem)'

/** Whether there is room for the list of people beside the transcript. */
export function useWide(): boolean {
  const [wide, setWide] = useState(() => matchMedia(WIDE).matches)
  useEffect(() => {
    const query = matchMedia(WIDE)
    const follow = (): void => setWide(query.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  return wide
}
