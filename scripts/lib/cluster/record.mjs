/** What runs in a cluster's folder, written down so that a second start can tell, also after the first one was killed. */
import { readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `startedAt`: by which a process is told from a later one with its number; `null` where the system does not say. */
/** @typedef {{ name: string, pid: number, startedAt: string | null }} Running */

const SCRIPT = 'npm run cluster'

export class RunRecord {
  #file
  /** @type {Map<string, Running>} */
  #running = new Map()

  /** @param {string} folder */
  constructor(folder) {
    this.#file = join(folder, 'cluster.json')
    this.add(SCRIPT, process.pid)
  }

  /** @param {string} name @param {number} pid */
  add(name, pid) {
    this.#running.set(name, { name, pid, startedAt: startOf(pid) })
    writeFileSync(this.#file, `${JSON.stringify([...this.#running.values()], null, 2)}\n`)
  }

  remove() {
    rmSync(this.#file, { force: true })
  }
}

/** Throws one sentence when a cluster still runs in the folder; clears away what one that was killed has left there. @param {string} folder */
export function takeFolder(folder) {
  const running = recorded(folder).filter(({ pid, startedAt }) => isAlive(pid) && startOf(pid) === startedAt)
  const postmaster = postmasterOf(folder)
  if (postmaster !== null && !running.some(({ pid }) => pid === postmaster))
    running.push({ name: 'postgres', pid: postmaster, startedAt: null })
  if (running.length > 0) {
    const script = running.find(({ name }) => name === SCRIPT)
    const which = running.map(({ name, pid }) => `${name} ${pid}`).join(', ')
    const pids = script === undefined ? running.map(({ pid }) => pid).join(' ') : script.pid
    throw new Error(
      `a cluster still runs in ${folder} (${which}): end it with kill ${pids}, or choose another --folder.`,
    )
  }
  rmSync(join(folder, 'data/postmaster.pid'), { force: true })
}

/** @param {string} folder @returns {Running[]} */
function recorded(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'cluster.json'), 'utf8'))
  } catch {
    // There is none, or its writer was killed in the middle.
    return []
  }
}

/** The PostgreSQL that serves the folder's data, by the file that it keeps there, which says nothing when it was killed. @param {string} folder */
function postmasterOf(folder) {
  const data = join(folder, 'data')
  try {
    const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
    // It works in its data folder (PostgreSQL, postmaster.c, ChangeToDataDir).
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data) ? pid : null
  } catch {
    return null
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's, as PostgreSQL is where root has started it and another user asks.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** When a process was started, in ticks since the machine was (proc(5), stat, field 22). @param {number} pid */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is a name in parentheses, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
