import { childrenOf } from '../../packages/server/testing/daemon.mjs'
import { usageOf } from '../generator/usage.mjs'

/** Processor time of a process and of those that it has started and that run, in seconds. @param {number} pid */
export const processorSeconds = (pid) =>
  [pid, ...childrenOf(pid)].reduce((sum, one) => sum + cpuMsOf(one), 0) / 1_000

/** One that has ended meanwhile is not counted. @param {number} pid */
function cpuMsOf(pid) {
  try {
    return usageOf(pid).cpuMs
  } catch {
    return 0
  }
}
