import { execFileSync } from 'node:child_process'
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Scene } from '../harness/scene.mjs'
import { sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const DISK_MIB = 96
const TIMES = 5
const REFUSED_WITHIN_MS = 5_000
const BACK_WITHIN_MS = 5_000

/** A disk of its own where this user may mount one (tmpfs), and how it is filled and emptied. */
class SmallDisk {
  folder = mkdtempSync(join(tmpdir(), 'roomful-disk-'))
  #ballast = join(this.folder, 'ballast')

  constructor() {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'roomful-fault', this.folder])
  }

  fill() {
    const file = openSync(this.#ballast, 'a')
    const block = Buffer.alloc(4_096, 1)
    try {
      for (;;) writeSync(file, block)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    } finally {
      fsyncSync(file)
      closeSync(file)
    }
  }

  empty() {
    rmSync(this.#ballast, { force: true })
  }

  dispose() {
    execFileSync('umount', ['-l', this.folder])
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The disk of the data folder is full, and has room again. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function disk({ seed, scale, mutant }) {
  const small = new SmallDisk()
  const scene = await Scene.open({ seed, mutant, dataFolder: join(small.folder, 'data') })
  const { server, random } = scene
  const times = Math.max(2, Math.round(TIMES * scale))
  try {
    await scene.addSlims(5)
    const speakers = await scene.addSpeakers(10)
    const chatter = setInterval(() => scene.pending < 100 && scene.speak(random.pick(speakers), 0.1), 5)
    const refusals = () => speakers.reduce((sum, { unavailable }) => sum + unavailable, 0)
    let refusedMs = 0
    let backMs = 0
    let unready = 0
    for (let time = 0; time < times; time++) {
      await sleep(300)
      small.fill()
      scene.faults += 1
      const filled = performance.now()
      const before = refusals()
      // A write-ahead log is used again from its start, so that some commits fit into what it has.
      await until(
        'a refusal',
        () => {
          small.fill()
          return refusals() > before
        },
        60_000,
      )
      refusedMs = Math.max(refusedMs, performance.now() - filled)
      if (await saysSo(server, small)) unready += 1
      await sleep(500)
      small.empty()
      const emptied = performance.now()
      const acks = scene.acks
      await until('something is acknowledged again', () => scene.acks > acks, 60_000)
      backMs = Math.max(backMs, performance.now() - emptied)
    }
    clearInterval(chatter)
    const verdict = await scene.judge({ acks: 100, faults: times })
    const slowest = scene.slowestRefusalMs
    return {
      verdict,
      figures: [
        { name: 'times the disk was full', value: scene.faults, exactly: times },
        { name: 'refused with `unavailable`', value: refusals(), atLeast: times },
        { name: 'first refusal after the disk was full, latest', unit: 'ms', value: refusedMs },
        { name: 'refused, latest after it was sent', unit: 'ms', value: slowest, atMost: REFUSED_WITHIN_MS },
        { name: 'not ready while it was full', value: unready, exactly: times },
        { name: 'works again with room, latest', unit: 'ms', value: backMs, atMost: BACK_WITHIN_MS },
        { name: 'restarts of the server', value: server.starts - 1, exactly: 0 },
      ],
    }
  } finally {
    await scene.close()
    small.dispose()
  }
}

/**
 * Whether it says that it is not ready while the disk stays full.
 * @param {import('../harness/server.mjs').TestServer} server @param {SmallDisk} small
 */
async function saysSo(server, small) {
  const unready = async () => {
    small.fill()
    return (await server.status('/readyz')) === 503
  }
  return until('it says that it is not ready', unready, 30_000, 50).then(
    () => true,
    () => false,
  )
}
