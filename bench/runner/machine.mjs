/** On what was measured. */
import { statfsSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import { root } from '../../scripts/lib/tree.mjs'
import { outputOf } from './tools.mjs'
import { ownCores } from './trial.mjs'

/** Numbers of file systems in statfs(2): on some, a commit costs nothing. @type {Readonly<Record<number, string>>} */
const FILE_SYSTEMS = {
  0xef53: 'ext4',
  0x01021994: 'tmpfs',
  0x794c7630: 'overlayfs',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x2fc12fc1: 'zfs',
}

/** Open files that one process may have: a connection is one. @returns {number} */
export function descriptorLimit() {
  const text = process.platform === 'win32' ? null : outputOf('sh', ['-c', 'ulimit -Hn'])
  return text === null || text === 'unlimited' ? Infinity : Number(text)
}

/**
 * @typedef {object} Machine
 * @property {string} cpu
 * @property {number} cores
 * @property {string} system
 * @property {number} memoryGiB
 * @property {string} disk file system under the data of the servers
 * @property {number} load average of the minute before
 * @property {boolean} pinned whether server and generator each had a core of their own
 */

/** @returns {Machine} */
export function machine() {
  const { type: disk } = statfsSync(root)
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    system: `${type()} ${release()} ${arch()}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    disk: FILE_SYSTEMS[disk] ?? `0x${disk.toString(16)}`,
    load: Number((loadavg()[0] ?? NaN).toFixed(2)),
    pinned: ownCores() !== null,
  }
}
