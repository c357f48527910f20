import { readFileSync } from 'node:fs'
import { TICK_MS, usageOf } from './usage.mjs'

/**
 * @typedef {object} Reading what happened between the start of a meter and its reading
 * @property {number} seconds
 * @property {number} cpuMs of the server
 * @property {number} memoryKiB of the server, at the end
 * @property {number} busy share of one core that this process, the generator, used
 * @property {number} others cores that all other programs used: what may have disturbed. NaN where it cannot be known
 */

/** Milliseconds that all cores together were not idle, since the start of the system. */
function machineMs() {
  if (process.platform !== 'linux') return NaN
  // user nice system idle iowait irq softirq steal: proc(5)
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) * TICK_MS
}

/** Times a stretch of work: the clock, the server's CPU time, our own, that of the rest. */
export class Meter {
  #pid
  #started = performance.now()
  #server
  #own = process.cpuUsage()
  #machine = machineMs()

  /** @param {number} pid of the server */
  constructor(pid) {
    this.#pid = pid
    this.#server = usageOf(pid)
  }

  /** @returns {Reading} */
  read() {
    const ms = performance.now() - this.#started
    const { user, system } = process.cpuUsage(this.#own)
    const ownMs = (user + system) / 1000
    const server = usageOf(this.#pid)
    const cpuMs = server.cpuMs - this.#server.cpuMs
    return {
      seconds: ms / 1000,
      cpuMs,
      memoryKiB: server.memoryKiB,
      busy: ownMs / ms,
      others: Math.max(0, machineMs() - this.#machine - cpuMs - ownMs) / ms,
    }
  }
}
