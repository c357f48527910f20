/** A PostgreSQL server of one's own. */
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { addressesOf, Daemon, NotInstalled } from './daemon.mjs'

const VERSIONS = '/usr/lib/postgresql'

/** Folder of the programs, `null` where PostgreSQL is not installed. */
const POSTGRES_BIN = existsSync(VERSIONS)
  ? join(VERSIONS, readdirSync(VERSIONS).toSorted((a, b) => Number(b) - Number(a))[0] ?? '', 'bin')
  : null

/** `url`: of a database that is empty at first. @typedef {Daemon & { readonly url: string }} PostgresServer */

/**
 * @typedef {object} PostgresPlace
 * @property {string} [folder] what is in it is served again; default: a temporary one
 * @property {boolean} [durable] whether what is committed survives the end of the machine, not only of the process; default: false
 * @property {readonly string[]} [wrapper] command that starts it
 * @property {boolean} [ownGroup] as in `Place` @property {string} [logFile] as there
 * @property {import('./daemon.mjs').Outside} [outside] as there
 */

/** @param {PostgresPlace} [place] @returns {Promise<PostgresServer>} */
export async function startPostgresDaemon({ durable = false, ...place } = {}) {
  if (POSTGRES_BIN === null) throw new NotInstalled('PostgreSQL', 'postgresql')
  const bin = POSTGRES_BIN
  const identity = unprivileged()
  const asUser = place.wrapper === undefined || identity === null ? [] : ['setpriv', ...flagsOf(identity)]
  const daemon = await Daemon.start(
    {
      name: 'postgres',
      program: join(bin, 'postgres'),
      identity,
      prepare: ({ folder }) => prepare(bin, folder, identity, place.outside?.network),
      args: ({ folder, port }) => [
        ...['-D', join(folder, 'data'), '-p', String(port), '-h', addressesOf(place).join(), '-k', ''],
        // Without: a process that is killed takes nothing along that it has written, only the machine could.
        ...['-c', 'max_connections=200', '-c', `fsync=${durable ? 'on' : 'off'}`],
      ],
      ready: { say: startupMessage(), answers: ['R'] },
      stopSignal: 'SIGINT',
      // The segment of shared memory by which a second server would notice it.
      removeSignal: 'SIGQUIT',
    },
    // What wraps it needs the rights that it gives up.
    { ...place, wrapper: [...(place.wrapper ?? []), ...asUser] },
  )
  return Object.assign(daemon, { url: `postgres://roomful@127.0.0.1:${daemon.port}/postgres` })
}

/**
 * Makes the files of a server, unless they are there.
 * @param {string} bin @param {string} folder @param {import('./daemon.mjs').Identity | null} identity @param {string | undefined} network
 */
function prepare(bin, folder, identity, network) {
  const data = join(folder, 'data')
  mkdirSync(data, { recursive: true, mode: 0o700 })
  if (identity !== null) {
    chmodSync(folder, 0o711)
    chownSync(data, identity.uid, identity.gid)
  }
  if (spawnSync('test', ['-w', data], { ...identity }).status !== 0)
    throw new Error(
      `PostgreSQL does not run as root, and the user postgres cannot use ${folder}: name another folder with --folder, such as one in /var/lib.`,
    )
  if (existsSync(join(data, 'PG_VERSION'))) return
  const how = ['-A', 'trust', '-U', 'roomful', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), ['-D', data, ...how], { ...identity, cwd: data, stdio: 'ignore' })
  if (network !== undefined) appendFileSync(join(data, 'pg_hba.conf'), `host all all ${network} trust\n`)
}

/** Whether PostgreSQL could keep its files in a folder, of which the last parts need not be there. @param {string} folder @returns {boolean} */
export function canHold(folder) {
  const identity = POSTGRES_BIN === null ? null : unprivileged()
  if (identity === null) return true
  let there = folder
  while (!existsSync(there)) there = dirname(there)
  return spawnSync('test', ['-x', there], { ...identity, cwd: '/' }).status === 0
}

/** @param {import('./daemon.mjs').Identity} identity */
const flagsOf = ({ uid, gid }) => [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']

/** PostgreSQL does not run as root. */
function unprivileged() {
  if (process.getuid?.() !== 0) return null
  const id = (/** @type {string} */ flag) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** What a client says first (PostgreSQL, frontend/backend protocol 3.0): one that serves answers with R, one that is about to with an error. */
function startupMessage() {
  const content = Buffer.from('\0\x03\0\0user\0roomful\0database\0postgres\0\0', 'latin1')
  const length = Buffer.alloc(4)
  length.writeInt32BE(content.length + 4)
  return Buffer.concat([length, content])
}
