/** A PostgreSQL server of the test's own. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Daemon } from './daemon.mjs'

const VERSIONS = '/usr/lib/postgresql'

/** Folder of the programs, `null` where PostgreSQL is not installed. */
const POSTGRES_BIN = existsSync(VERSIONS)
  ? join(VERSIONS, readdirSync(VERSIONS).toSorted((a, b) => Number(b) - Number(a))[0] ?? '', 'bin')
  : null

/** `url`: of a database that is empty at first. @typedef {Daemon & { readonly url: string }} PostgresServer */

/** @returns {Promise<PostgresServer>} */
export async function startPostgresDaemon() {
  if (POSTGRES_BIN === null) throw new Error('PostgreSQL is not installed: sudo apt-get install postgresql')
  const bin = POSTGRES_BIN
  const identity = unprivileged()
  const daemon = await Daemon.start({
    name: 'postgres',
    program: join(bin, 'postgres'),
    identity,
    prepare({ folder }) {
      const how = ['-A', 'trust', '-U', 'roomful', '-E', 'UTF8', '--locale=C', '--no-sync']
      const options = { ...identity, cwd: folder, stdio: /** @type {const} */ ('ignore') }
      execFileSync(join(bin, 'initdb'), ['-D', join(folder, 'data'), ...how], options)
    },
    args: ({ folder, port }) => [
      ...['-D', join(folder, 'data'), '-p', String(port), '-h', '127.0.0.1', '-k', folder],
      // A process that is killed takes nothing along that it has written: only the machine could, and that goes on.
      ...['-c', 'max_connections=200', '-F'],
    ],
    ready: { say: startupMessage(), answers: ['R'] },
    stopSignal: 'SIGINT',
  })
  return Object.assign(daemon, { url: `postgres://roomful@127.0.0.1:${daemon.port}/postgres` })
}

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
