import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second in /proc (proc_pid_stat(5); 100 on Linux whatever the kernel's own). */
const TICKS = 100

/** Fields of /proc/PID/stat behind the name: parent, then user, system, and the same of children that have ended. */
const PARENT = 1
const TIMES = [11, 12, 13, 14]

/** @param {string} pid */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

/** Processor time of a process and its children, in seconds. @param {number} pid */
export function processorSeconds(pid) {
  let ticks = 0
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = statOf(entry)
    if (stat === null || (Number(entry) !== pid && Number(stat[PARENT]) !== pid)) continue
    const isParent = Number(entry) === pid
    for (const at of isParent ? TIMES : TIMES.slice(0, 2)) ticks += Number(stat[at])
  }
  return ticks / TICKS
}
