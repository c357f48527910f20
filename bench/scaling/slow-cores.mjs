/** Cores that are slower than they are: a group of Linux for each thread that is to have one, with a share of a real core. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where version 1 of control groups has the processor. Version 2 cannot take one thread of a process by itself. */
const GROUPS = '/sys/fs/cgroup/cpu'
const PERIOD_MICROSECONDS = 10_000

/** @typedef {{ readonly throttled: () => number, readonly remove: () => void }} SlowCore `throttled`: part of its periods in which it wanted more than it got */

/** Why threads cannot be given slow cores here; null when they can. */
export function missingSlowCores() {
  if (!existsSync(join(GROUPS, 'cpu.cfs_quota_us'))) return `there is no ${GROUPS} with quotas`
  return process.getuid?.() === 0 ? null : 'groups of processes are for root'
}

/**
 * From now on the thread has a core with this part of the speed of a real one. It must have ended before `remove`.
 * @param {number} tid @param {number} speed between 0 and 1
 * @returns {SlowCore}
 */
export function slowCoreFor(tid, speed) {
  const folder = join(GROUPS, `roomful-bench-${process.pid}-${tid}`)
  const write = (/** @type {string} */ name, /** @type {number} */ value) =>
    writeFileSync(join(folder, name), String(value))
  mkdirSync(folder)
  write('cpu.cfs_period_us', PERIOD_MICROSECONDS)
  write('cpu.cfs_quota_us', Math.round(PERIOD_MICROSECONDS * speed))
  write('tasks', tid)
  return {
    throttled() {
      const stat = readFileSync(join(folder, 'cpu.stat'), 'utf8')
      const of = (/** @type {string} */ name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1])
      return of('nr_throttled') / of('nr_periods')
    },
    remove: () => rmdirSync(folder),
  }
}
