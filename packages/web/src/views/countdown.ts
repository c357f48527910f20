import { useEffect, useState } from 'preact/hooks'
import { secondsUntil } from '../state/connection.ts'
import { useApp } from './context.ts'

/** Whole seconds until a moment, counted down on the page. */
export function useCountdown(until: number): number {
  const { timers } = useApp()
  const [now, setNow] = useState(timers.now())
  useEffect(() => {
    setNow(timers.now())
    const ticking = setInterval(() => setNow(timers.now()), 500)
    return () => clearInterval(ticking)
  }, [until, timers])
  return secondsUntil(until, now)
}
