/** What the operating system says of a process: all its threads, user and kernel time. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Linux tells process times in hundredths of a second, on every architecture that Node runs on. */
export const TICK_MS = 10

/** @typedef {{ cpuMs: number, memoryKiB: number }} Usage memory: resident set */

/** @param {number} pid @returns {Usage} */
function fromProc(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces; utime and stime are fields 14 and 15 of the line (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    memoryKiB: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0),
  }
}

/** @param {number} pid @returns {Usage} */
function fromPs(pid) {
  const [memory = '', time = ''] = execFileSync('ps', ['-o', 'rss=,time=', '-p', String(pid)], {
    encoding: 'utf8',
  })
    .trim()
    .split(/\s+/)
  const seconds = time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0)
  return { cpuMs: seconds * 1000, memoryKiB: Number(memory) }
}

/** CPU time of a process since its start, and its memory. @param {number} pid */
export const usageOf = (pid) => (process.platform === 'linux' ? fromProc(pid) : fromPs(pid))
