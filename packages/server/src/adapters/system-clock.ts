import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Clock, Random } from '../ports/clock.ts'

/** The clock of this machine. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    every(ms, task) {
      const timer = setInterval(task, ms).unref()
      return () => clearInterval(timer)
    },
    after(ms, task) {
      const timer = setTimeout(task, ms).unref()
      return () => clearTimeout(timer)
    },
    endOfTurn(task) {
      setImmediate(task)
    },
  }
}

/** The random source of this machine, fit for secrets. */
export function createSystemRandom(): Random {
  return { token: (bytes) => randomBytes(bytes).toString('base64url') }
}
