/** Drills with a history: an old folder is upgraded, and one of many messages is backed up while people speak, wiped and restored. */
import { execFile } from 'node:child_process'
import { createReadStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadDriver } from '../../packages/server/dist/adapters/sqlite/driver.js'
import { MIGRATIONS, migrate } from '../../packages/server/dist/adapters/sqlite/migrations.js'
import { openSqliteStore } from '../../packages/server/dist/adapters/sqlite/sqlite-store.js'
import { Scene } from '../fault/harness/scene.mjs'
import { TestServer } from '../fault/harness/server.mjs'
import { until } from '../fault/harness/wait.mjs'

/** @typedef {import('../fault/runs/run.mjs').Figure} Figure */

const MAIN = fileURLToPath(new URL('../../packages/server/bundle/main.js', import.meta.url))
const DATABASE = 'roomful.db'
const LOGGER = { debug() {}, info() {}, warn() {}, error() {} }

/** Entries of one commit, and rooms that they are spread over. */
const BATCH = 5_000
const ROOMS = 50

/** Messages of the old folder. */
const OLD = 100

const RESTORED_WITHIN_S = 60

const run = promisify(execFile)

/** The built program, until it ends; rejects unless with code 0. @param {...string} args */
const roomful = async (...args) => (await run(process.execPath, [MAIN, ...args, '--lang', 'en'])).stdout

/** @param {number} began */
const secondsSince = (began) => (performance.now() - began) / 1_000

/** A server of this version on the folder of the first one. @returns {Promise<Figure[]>} */
export async function upgrade() {
  const folder = mkdtempSync(join(tmpdir(), 'roomful-drill-'))
  try {
    await makeOld(folder)
    const server = await TestServer.start({ dataFolder: folder })
    const answer = await fetch(`${server.url}/api/v1/rooms/old/messages?limit=${OLD}`)
    const { entries } = /** @type {{ entries: unknown[] }} */ (await answer.json())
    const code = await server.stop()
    return [
      { name: 'messages of an older folder, after the upgrade', value: entries.length, exactly: OLD },
      { name: 'steps of the schema that it lacked', value: MIGRATIONS.length - 1, atLeast: 1 },
      { name: 'exit code of the upgraded server', value: code ?? -1, exactly: 0 },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} folder */
async function makeOld(folder) {
  const file = join(folder, DATABASE)
  const database = (await loadDriver()).open(file)
  migrate(database, file, MIGRATIONS.slice(0, 1))
  database.prepare(`INSERT INTO meta (key, value) VALUES ('epoch', 'old-epoch')`).run([])
  database.prepare(`INSERT INTO logs (id, name, head) VALUES (1, 'old', ?)`).run([OLD])
  const insert = database.prepare(
    `INSERT INTO entries (log_id, seq, id, kind, author, text, timestamp, at) VALUES (1, ?, ?, 'message', 'Ann', ?, ?, ?)`,
  )
  for (let seq = 1; seq <= OLD; seq++)
    insert.run([seq, `old-${seq}`, `said long ago ${seq}`, '2026-01-01T00:00:00.000Z', 1_767_225_600_000])
  database.close()
}

/** @param {{ messages: number, seed: number }} plan @returns {Promise<Figure[]>} */
export async function history({ messages, seed }) {
  const folder = mkdtempSync(join(tmpdir(), 'roomful-drill-'))
  const data = join(folder, 'data')
  const backup = join(folder, 'backup.db')
  const scene = await opened(data, messages, seed)
  try {
    const { server } = scene
    const [speaker] = await scene.addSpeakers(3)
    const chatter = setInterval(() => scene.speak(scene.random.pick(scene.speakers)), 20)
    await until('people speak', () => scene.acks > 20, 60_000)
    const said = scene.acks
    const backedUpS = await timed(() => roomful('backup', backup, '--data', data))
    const meanwhile = scene.acks - said
    clearInterval(chatter)
    await scene.quiet()
    for (const each of scene.speakers) each.leave()
    const stopped = await server.stop()
    const wipedS = await timed(async () => {
      for (const end of ['', '-wal', '-shm']) rmSync(join(data, DATABASE + end), { force: true })
    })
    const restoredS = await timed(() => roomful('restore', backup, '--data', data))
    const readyMs = await server.start()
    const page = join(folder, 'all.jsonl')
    const exportedS = await timed(() => roomful('export', page, '--data', data))
    const lines = await linesOf(page)
    return [
      { name: 'messages before the backup', value: messages + said },
      { name: 'said and acknowledged while it was made', value: meanwhile, atLeast: 1 },
      { name: 'the server ended (exit code)', value: stopped ?? -1, exactly: 0 },
      { name: 'backup while live', unit: 's', value: backedUpS },
      { name: 'restore', unit: 's', value: restoredS },
      {
        name: 'backup, wipe and restore',
        unit: 's',
        value: backedUpS + wipedS + restoredS,
        atMost: RESTORED_WITHIN_S,
      },
      { name: 'ready again', unit: 'ms', value: readyMs },
      { name: 'messages that an export finds then', value: lines - 1, atLeast: messages + said },
      { name: 'export of them', unit: 's', value: exportedS },
      { name: 'people who were told of a gap of numbers', value: speaker?.gaps.length ?? -1, exactly: 0 },
    ]
  } finally {
    await scene.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} data @param {number} messages @param {number} seed */
async function opened(data, messages, seed) {
  mkdirSync(data, { recursive: true })
  const store = await openSqliteStore({ folder: data, logger: LOGGER })
  for (let from = 0; from < messages; from += BATCH) {
    const count = Math.min(BATCH, messages - from)
    await store.append(Array.from({ length: count }, (_, i) => entry(from + i)))
  }
  await store.close()
  return Scene.open({ seed, dataFolder: data })
}

/** @param {number} number */
function entry(number) {
  const at = 1_767_225_600_000 + number
  return {
    log: `room-${number % ROOMS}`,
    copy: null,
    id: `drill-${number}`,
    kind: /** @type {const} */ ('message'),
    author: `Person ${number % 997}`,
    authorId: null,
    target: null,
    text: `Message ${number} of a long history, as people write them: a sentence or two.`,
    timestamp: new Date(at).toISOString(),
    at,
    clientId: null,
    about: null,
  }
}

/** Seconds that it took. @param {() => Promise<unknown>} work */
async function timed(work) {
  const began = performance.now()
  await work()
  return secondsSince(began)
}

/** @param {string} file */
async function linesOf(file) {
  let lines = 0
  for await (const _line of createInterface({ input: createReadStream(file) })) lines += 1
  return lines
}
