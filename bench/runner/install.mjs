/** Installs the foreign servers, apart from the product. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { run, step } from '../../scripts/lib/steps.mjs'
import { bunPackage, PEERS_FOLDER } from './tools.mjs'

const SOCKETIO = 'socket.io@4'
const BUN_VERSION = '1'

const DEBIAN_PACKAGES = [
  'python3-fastapi',
  'python3-uvicorn',
  'python3-uvloop',
  'python3-websockets',
  'python3-flask-socketio',
  'python3-gevent',
  'python3-gevent-websocket',
]

async function npmInstall() {
  mkdirSync(PEERS_FOLDER, { recursive: true })
  writeFileSync(`${PEERS_FOLDER}/package.json`, '{\n  "private": true\n}\n')
  const bun = bunPackage()
  const packages = [SOCKETIO, ...(bun === null ? [] : [`${bun}@${BUN_VERSION}`])]
  const options = [
    '--prefix',
    PEERS_FOLDER,
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
  ]
  await run('npm', ['install', ...options, ...packages], { shell: process.platform === 'win32' })
}

async function aptInstall() {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-q'], { env })
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...DEBIAN_PACKAGES], { env })
}

/** Installs all peers that this system can have. */
export async function installPeers() {
  await step('Installing Socket.IO and Bun', npmInstall)
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0)
    await step('Installing FastAPI and Flask-SocketIO', aptInstall)
  else console.log(`FastAPI and Flask-SocketIO: on Debian, sudo apt-get install ${DEBIAN_PACKAGES.join(' ')}`)
}
