import { randomFillSync } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Clock, Random } from '../ports/clock.ts'

/** The clock of this machine. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    idle: () => performance.eventLoopUtilization().idle,
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

/** Bytes that are asked of the system at a time: each time costs more than all else that is done with a token. */
const POOL_BYTES = 4_096

/** The random source of this machine, fit for secrets. What was given is wiped. */
export function createSystemRandom(): Random {
  const pool = Buffer.alloc(POOL_BYTES)
  let used = POOL_BYTES
  return {
    token(bytes) {
      if (bytes > POOL_BYTES) throw new RangeError(`at most ${POOL_BYTES} bytes`)
      if (used + bytes > POOL_BYTES) {
        randomFillSync(pool)
        used = 0
      }
      const part = pool.subarray(used, used + bytes)
      used += bytes
      const token = part.toString('base64url')
      part.fill(0)
      return token
    },
  }
}
