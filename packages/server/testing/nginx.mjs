/** An nginx of one's own before Roomful nodes, with the configuration that stands in `deploy/nginx`. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Daemon, pathOfProgram } from './daemon.mjs'

const CONFIGURATION = fileURLToPath(new URL('../../../deploy/nginx/', import.meta.url))

const FILES = /** @type {const} */ (['nginx.conf', 'roomful.conf', 'roomful-upstream.conf'])

/** @typedef {typeof FILES[number]} FileName */
/** @typedef {readonly [file: FileName, from: string | RegExp, to: string]} Change */

/**
 * @typedef {object} NginxPlan
 * @property {readonly number[]} nodes ports of the loopback interface
 * @property {readonly Change[]} [changes] to the configuration, for tests
 * @property {string} [folder] kept by `remove`; default: a temporary one
 * @property {number} [port] default: a free one
 * @property {boolean} [ownGroup] as in `Place` @property {string} [logFile] as there
 */

/**
 * `reload`: new workers, with another plan or the same one.
 * @typedef {Daemon & { url: string, wsUrl: string, accessLog: () => string, reload: (plan?: NginxPlan) => void }} Nginx
 */

/** Rejects with one sentence. @param {NginxPlan} plan @returns {Promise<Nginx>} */
export async function startNginx(plan) {
  const daemon = await Daemon.start(
    {
      name: 'nginx',
      program: 'nginx',
      prepare: (place) => {
        write(place, plan)
        tell(place.folder, '-t', '-q')
      },
      args: ({ folder }) => [...argsOf(folder), '-g', `daemon off;${asRoot()}`],
      // Whatever it answers: no node need be there.
      ready: { say: 'GET /livez HTTP/1.0\r\n\r\n', answers: ['HTTP'] },
      removeSignal: 'SIGTERM',
    },
    plan,
  )
  return Object.assign(daemon, {
    url: `http://127.0.0.1:${daemon.port}`,
    wsUrl: `ws://127.0.0.1:${daemon.port}`,
    accessLog: () => readFileSync(join(daemon.folder, 'access.log'), 'utf8'),
    reload: (/** @type {NginxPlan} */ next = plan) => {
      write(daemon, next)
      tell(daemon.folder, '-s', 'reload')
    },
  })
}

/** Its workers would be somebody else, who may not use the folder. */
function asRoot() {
  return process.getuid?.() === 0 ? ' user root;' : ''
}

/** @param {string} folder */
function argsOf(folder) {
  return ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr']
}

/** @param {string} folder @param {readonly string[]} words */
function tell(folder, ...words) {
  const { status, stderr } = spawnSync(pathOfProgram('nginx') ?? 'nginx', [...argsOf(folder), ...words], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`nginx ${words.join(' ')} failed: ${stderr.trim()}`)
}

/** @param {{ folder: string, port: number }} place @param {NginxPlan} plan */
function write({ folder, port }, { nodes, changes = [] }) {
  mkdirSync(folder, { recursive: true })
  const servers = nodes.map((node) => `    server 127.0.0.1:${node} $1\n`).join('')
  /** @type {readonly Change[]} */
  const own = [
    ['roomful.conf', 'listen 80 ', `listen 127.0.0.1:${port} `],
    ['roomful.conf', / {4}listen \[::\]:80 .*\n/, ''],
    ['roomful.conf', '/var/log/nginx/access.log', 'access.log'],
    ['roomful.conf', '/var/log/nginx/error.log', 'stderr'],
    ['roomful-upstream.conf', /(?: {4}server 127\.0\.0\.1:\d+ (.*)\n)+/, servers],
  ]
  for (const file of FILES) {
    let text = readFileSync(join(CONFIGURATION, file), 'utf8')
    for (const [, from, to] of [...own, ...changes].filter(([where]) => where === file)) {
      const after = text.replace(from, to)
      if (after === text) throw new Error(`${file} does not hold ${from}`)
      text = after
    }
    writeFileSync(join(folder, file), text)
  }
}
