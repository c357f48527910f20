/** Who is measured, and how each is started. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inTree, root } from '../../scripts/lib/tree.mjs'
import {
  bunPackage,
  bunProgram,
  outputOf,
  packageVersion,
  pythonVersions,
  pythonWith,
} from '../runner/tools.mjs'

/**
 * @typedef {object} Launch
 * @property {number} port on which it is to listen
 * @property {string} folder empty, for its data
 * @property {boolean} compress
 */

/**
 * @typedef {object} Peer
 * @property {string} id
 * @property {string} title
 * @property {import('../generator/client.mjs').Dialect} dialect
 * @property {boolean} beats whether it cuts off clients that give no sign of life
 * @property {(launch: Launch) => string[]} command
 * @property {() => string | null} missing why it cannot run here; null when it can
 * @property {() => Record<string, string>} versions
 * @property {boolean} compresses whether it can be told to
 */

const INSTALL = 'npm run bench -- --install'
const ROOMFUL = 'packages/server/bundle/main.js'

const FASTAPI = ['fastapi', 'uvicorn', 'uvloop', 'websockets']
const FLASK = ['flask_socketio', 'gevent', 'geventwebsocket']

/** @param {string} file */
const beside = (file) => fileURLToPath(new URL(file, import.meta.url))

/** Roomful's build knows compression when its settings do. */
function roomfulCompresses() {
  const settings = inTree('packages/server/dist/config/settings.js')
  return existsSync(settings) && /^\s*compression:/m.test(readFileSync(settings, 'utf8'))
}

const roomfulVersions = () => {
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(inTree('package.json'), 'utf8'))
  const commit = outputOf('git', ['-C', root, 'rev-parse', '--short', 'HEAD'])
  return { roomful: version, ...(commit === null ? {} : { commit }), node: process.versions.node }
}

const nodeVersions = (/** @type {string} */ name, /** @type {string | null} */ version) => ({
  ...(version === null ? {} : { [name]: version }),
  node: process.versions.node,
})

/** How a Roomful server is started here. @param {number} port @param {string} data @param {readonly string[]} [more] flags */
export const roomfulCommand = (port, data, more = []) => [
  process.execPath,
  inTree(ROOMFUL),
  ...['--port', String(port), '--data', data, '--log-level', 'warn'],
  // Peers run with `NODE_ENV=production`, in which limits like these are refused.
  ...['--production', 'off'],
  // Limits stay switched on, so what counting costs is measured; these are so high that they refuse nothing here.
  ...['--rate-limit', '100000', '--rate-burst', '1000000', '--max-connections', '20000'],
  ...['--byte-rate-limit', '1000000000', '--join-rate-limit', '1000000', '--signal-rate-limit', '1000000'],
  ...['--connect-rate-limit', '1000000', '--request-rate-limit', '1000000'],
  ...more,
]

/** @param {string} id @param {string} title @param {(folder: string) => string} data @returns {Peer} */
const roomful = (id, title, data) => ({
  id,
  title,
  dialect: 'plain',
  beats: true,
  command: ({ port, folder, compress }) =>
    roomfulCommand(port, data(folder), compress ? ['--compression', 'on'] : []),
  missing: () => (existsSync(inTree(ROOMFUL)) ? null : 'it is not built: npm run build'),
  versions: roomfulVersions,
  get compresses() {
    return roomfulCompresses()
  },
})

/** @type {readonly Peer[]} */
export const PEERS = [
  roomful('roomful', 'Roomful, committed', (folder) => folder),
  roomful('memory', 'Roomful, :memory:', () => ':memory:'),
  {
    id: 'ws',
    title: 'ws, loop and send',
    dialect: 'plain',
    beats: false,
    command: ({ port, compress }) => [
      process.execPath,
      beside('ws.mjs'),
      String(port),
      compress ? 'compress' : 'plain',
    ],
    missing: () => null,
    versions: () => nodeVersions('ws', packageVersion('ws', root)),
    compresses: true,
  },
  {
    id: 'bun',
    title: 'Bun publish',
    dialect: 'plain',
    beats: false,
    command: ({ port, compress }) => [
      bunProgram(),
      beside('bun.mjs'),
      String(port),
      compress ? 'compress' : 'plain',
    ],
    missing: () => {
      if (bunPackage() === null) return 'Bun has no package for this system'
      return existsSync(bunProgram()) ? null : `not installed: ${INSTALL}`
    },
    versions: () => ({ bun: outputOf(bunProgram(), ['--version']) ?? '' }),
    compresses: true,
  },
  {
    id: 'socketio',
    title: 'Socket.IO',
    dialect: 'socketio',
    beats: false,
    command: ({ port }) => [process.execPath, beside('socketio.mjs'), String(port)],
    missing: () => (packageVersion('socket.io') === null ? `not installed: ${INSTALL}` : null),
    versions: () => nodeVersions('socket.io', packageVersion('socket.io')),
    compresses: false,
  },
  {
    id: 'fastapi',
    title: 'FastAPI, uvicorn',
    dialect: 'plain',
    beats: false,
    command: ({ port }) => [
      pythonWith(FASTAPI) ?? 'python3',
      ...['-m', 'uvicorn', 'fastapi_rooms:app', '--app-dir', beside('.'), '--port', String(port)],
      ...['--loop', 'uvloop', '--ws', 'websockets', '--ws-ping-interval', '3600', '--log-level', 'warning'],
    ],
    missing: () =>
      pythonWith(FASTAPI) === null
        ? `Python without ${FASTAPI.join(', ')}: ${INSTALL} as root on Debian`
        : null,
    versions: () => pythonVersions(FASTAPI, FASTAPI),
    compresses: false,
  },
  {
    id: 'flask',
    title: 'Flask-SocketIO',
    dialect: 'socketio',
    beats: false,
    command: ({ port }) => [pythonWith(FLASK) ?? 'python3', beside('flask_rooms.py'), String(port)],
    missing: () =>
      pythonWith(FLASK) === null ? `Python without ${FLASK.join(', ')}: ${INSTALL} as root on Debian` : null,
    versions: () => pythonVersions(['Flask-SocketIO', 'gevent', 'gevent-websocket'], FLASK),
    compresses: false,
  },
  {
    id: 'floor',
    title: 'floor, only writes',
    dialect: 'plain',
    beats: false,
    command: ({ port }) => [process.execPath, beside('floor.mjs'), String(port)],
    missing: () => null,
    versions: () => ({ node: process.versions.node }),
    compresses: false,
  },
]
