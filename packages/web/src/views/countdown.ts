import { useEffect, useState } from 'preact/hooks'
import { secondsUntil } from '../state/connection.ts'
import { useApp } from './context.ts'

/** Whole seconds until a moment, counted down on the page. */
export function useCountdown(until: number): number {
  return secondsUntil(until, useNow())
}

/** The page clock, read twice a second. */
export function useNow(): number {
  const { timers } = useApp()
  const [, setNow] = useState(0)
  useEffect(() => {
    const ticking = setInterval(() => setNow(timers.now()), 500)
    return () => clearInterval(ticking)
  }, [timers])
  return timers.now()
}
