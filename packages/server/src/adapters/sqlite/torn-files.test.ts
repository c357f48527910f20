/** Files as a power cut, a bad disk or a careless hand leave them: refused with a sentence, or a prefix of what was acknowledged. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  openIn,
  startWriter,
  temporaryFolder,
  WAL_FRAME,
  WAL_HEADER,
  writtenWal,
} from '../../../testing/sqlite.ts'
import { entry, numbersTo, seqOf } from '../../../testing/store-support.ts'
import { secretOf } from '../secret.ts'
import { type Database, loadDriver } from './driver.ts'
import { sizeOf } from './files.ts'
import { inspectForStart, inspectNewest } from './inspect.ts'
import { openEngine } from './open.ts'
import { restore } from './restore.ts'

const PAGE = 4_096
const LOGS = ['a', 'b', '@c', '@d']

let temporary: ReturnType<typeof temporaryFolder>
let folder: string
let database: Buffer
let wal: Buffer
/** Texts of the batches, of which each log has got every one. */
let whole: string[]
/** How many of them the database file holds without its write-ahead log. */
let settled: number

interface Left {
  readonly refused: string | null
  /** Texts of each log. */
  readonly logs: readonly (readonly string[])[]
}

beforeAll(async () => {
  temporary = temporaryFolder()
  folder = join(temporary.folder, 'data')
  const store = await openIn(folder)
  for (let batch = 0; batch < 40; batch++)
    await store.append(
      numbersTo(10).flatMap((number) => {
        const text = `s${batch * 10 + number}`
        const sent = (log: string, copy: string | null = null) => entry({ log, copy, text, clientId: text })
        return [sent('a'), sent('b'), sent('@c', '@d')]
      }),
    )
  await store.close()
  settled = 400
  const writer = startWriter(folder, 0)
  await vi.waitFor(() => expect(writer.acknowledged.length).toBeGreaterThan(40), { timeout: 60_000 })
  await writer.kill()
  database = readFileSync(join(folder, 'roomful.db'))
  wal = writtenWal(folder)
  whole = [...wholeBatches((await left(database, wal)).logs)]
  expect(whole).toEqual(expect.arrayContaining(writer.acknowledged))
  expect(database.length).toBeGreaterThan(50 * PAGE)
  expect(wal.length).toBeGreaterThan(100 * WAL_FRAME)
})
afterAll(() => temporary.remove())

/** Whether a page of the database has no cell (SQLite file format, B-tree pages: two bytes behind the third). */
function isEmpty(page: number): boolean {
  return database.readUInt16BE(page * PAGE + 3) === 0
}

/** What a start makes of these files. That numbers have no holes and end at the head is checked here, for every one. */
async function left(main: Buffer, log: Buffer): Promise<Left> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  writeFileSync(join(folder, 'roomful.db'), main)
  writeFileSync(join(folder, 'roomful.db-wal'), log)
  let engine: Awaited<ReturnType<typeof openEngine>>
  try {
    engine = await openEngine(folder)
  } catch (error) {
    const { message } = error as Error
    expect(message).toMatch(/^[^\n]+: [^\n]+\.$/)
    expect(message).toContain('roomful.db')
    return { refused: message, logs: [] }
  }
  try {
    const logs = LOGS.map((name) => {
      const texts: string[] = []
      for (;;) {
        const page = engine.read(name, { after: texts.length }, 1_000)
        expect(page.map(({ seq }) => seq)).toEqual(numbersTo(page.length).map((seq) => texts.length + seq))
        texts.push(...page.map(({ text }) => text))
        if (page.length === 0) return texts
      }
    })
    expect(engine.heads(LOGS)).toEqual(logs.map(({ length }) => length))
    return { refused: null, logs }
  } finally {
    engine.close()
  }
}

/** The texts that all logs have alike: a batch is whole or not there. */
function wholeBatches(logs: Left['logs']): readonly string[] {
  const [texts = []] = logs
  for (const other of logs) expect(other).toEqual(texts)
  return texts
}

const turned = (bytes: Buffer, at: number, count = 1) => {
  const copy = Buffer.from(bytes)
  for (let i = at; i < Math.min(at + count, copy.length); i++) copy[i] = (copy[i] ?? 0) ^ 0xff
  return copy
}

const evenly = (count: number, length: number) =>
  numbersTo(count).map((i) => Math.floor((i * length) / (count + 1)))

describe('a write-ahead log', () => {
  it('that ends anywhere leaves a prefix of what was acknowledged', async () => {
    const frames = [1, 2, 3, 50].map((number) => WAL_HEADER + number * WAL_FRAME)
    const lengths = [0, 1, 31, 32, 33, ...frames, ...frames.map((at) => at - 1), ...evenly(20, wal.length)]
    let longest = 0
    for (const length of lengths) {
      const { refused, logs } = await left(database, wal.subarray(0, length))
      const texts = wholeBatches(logs)
      expect(refused, `cut at ${length}`).toBeNull()
      expect(texts, `cut at ${length}`).toEqual(whole.slice(0, texts.length))
      expect(texts.length).toBeGreaterThanOrEqual(settled)
      longest = Math.max(longest, texts.length)
    }
    expect(longest).toBeGreaterThan(settled + 20)
  })

  it('with a byte turned over anywhere leaves a prefix of what was acknowledged', async () => {
    const places = [0, 5, 17, 25, WAL_HEADER, WAL_HEADER + 9, WAL_HEADER + 30, ...evenly(40, wal.length)]
    const lengths = new Set<number>()
    for (const at of places) {
      const { refused, logs } = await left(database, turned(wal, at))
      const texts = wholeBatches(logs)
      expect(refused, `turned at ${at}`).toBeNull()
      expect(texts, `turned at ${at}`).toEqual(whole.slice(0, texts.length))
      lengths.add(texts.length)
    }
    expect(lengths.size).toBeGreaterThan(5)
  })
})

describe('a database file', () => {
  const nothing = Buffer.alloc(0)

  it('that ends anywhere is refused, or whole', async () => {
    const places = [1, 99, 100, PAGE - 1, PAGE, PAGE + 1, ...evenly(15, database.length), database.length - 1]
    for (const length of places) {
      const { refused } = await left(database.subarray(0, length), nothing)
      expect(refused, `cut at ${length}`).toMatch(/is damaged/)
      expect(refused).toContain('restore a backup with roomful restore FILE --force')
    }
  })

  it('with a page that was overwritten is refused, whichever it is', async () => {
    for (let page = 0; page < database.length / PAGE; page++) {
      const { refused } = await left(turned(database, page * PAGE, PAGE), nothing)
      expect(refused, `page ${page + 1}`).toMatch(/is damaged/)
    }
  })

  it('with a page in the place of another is refused', async () => {
    for (const at of evenly(20, database.length / PAGE)) {
      const copy = Buffer.from(database)
      database.copy(copy, at * PAGE, (at - 1) * PAGE, at * PAGE)
      // With nothing on it, one is as good as the other until something is written.
      if (isEmpty(at - 1) && isEmpty(at)) continue
      const { refused } = await left(copy, nothing)
      expect(refused, `page ${at + 1}`).toMatch(/is damaged/)
    }
  })

  it.each([1, 0xff])(
    'with a byte changed by %i is refused, or has every number once and all texts but the one that it hit',
    async (bits) => {
      let refusals = 0
      for (const at of evenly(80, database.length)) {
        const copy = Buffer.from(database)
        copy[at] = (copy[at] ?? 0) ^ bits
        const { refused, logs } = await left(copy, nothing)
        if (refused !== null) refusals++
        else
          expect(logs.flat().filter((text, i) => text !== whole[i % settled]).length).toBeLessThanOrEqual(1)
      }
      expect(refusals).toBeGreaterThan(10)
    },
  )

  it('that is empty beside a write-ahead log is refused', async () => {
    const { refused } = await left(nothing, wal)
    expect(refused).toMatch(/is damaged \(it ends within its first page\)/)
  })
})

describe('a folder in which a server has kept messages', () => {
  const bare = async (): Promise<Buffer> => {
    const connection = (await loadDriver()).open(join(temporary.folder, 'bare.db'))
    connection.exec('PRAGMA journal_mode = WAL')
    connection.close()
    return readFileSync(join(temporary.folder, 'bare.db'))
  }
  const none = Buffer.alloc(0)

  it.each([
    ['missing', null],
    ['empty', () => none],
    ['without a table, its write-ahead log being lost', bare],
  ])('is not taken for a new one when its database is %s', async (_, make) => {
    await left(database, none)
    await secretOf(folder)
    const file = join(folder, 'roomful.db')
    const bytes = make === null ? null : await make()
    if (bytes === null) rmSync(file)
    else writeFileSync(file, bytes)
    const size = sizeOf(file)
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(openIn(folder)).rejects.toThrow(
        `The database ${file} is missing or empty, though server.secret beside it shows that a server has kept messages there: put the file back, restore a backup with roomful restore FILE --force, or move everything in ${folder} away to begin anew.`,
      )
    expect(sizeOf(file)).toBe(size)
    expect(existsSync(file)).toBe(bytes !== null)

    const backup = join(temporary.folder, 'backup.db')
    writeFileSync(backup, database)
    await restore({ file: backup, folder, force: true, now: 0 })
    const store = await openIn(folder)
    expect(await store.heads(LOGS)).toEqual(LOGS.map(() => settled))
    await store.close()
  })

  it('is new until it has a secret, wherever its first start was ended', async () => {
    for (const bytes of [null, none, await bare()]) {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder)
      writeFileSync(join(folder, 'lock.db'), none)
      writeFileSync(join(folder, 'server.secret.new'), 'half')
      if (bytes !== null) writeFileSync(join(folder, 'roomful.db'), bytes)
      const store = await openIn(folder)
      expect((await store.append([entry()])).map(seqOf)).toEqual([1])
      await store.close()
    }
  })

  it('starts again although nothing was ever said, once it has both', async () => {
    rmSync(folder, { recursive: true, force: true })
    const first = await openIn(folder)
    await secretOf(folder)
    await first.close()
    const again = await openIn(folder)
    expect(again.epoch).toBe(first.epoch)
    await again.close()
  })
})

describe('the numbers of the newest entries', () => {
  const opened = async (): Promise<Database> => {
    await left(database, Buffer.alloc(0))
    return (await loadDriver()).open(join(folder, 'roomful.db'))
  }

  it.each([
    ['a hole', `DELETE FROM entries WHERE seq = 398 AND log_id = 1`],
    ['a lost end', `DELETE FROM entries WHERE seq = 400 AND log_id = 2`],
    ['a head that lags', `UPDATE logs SET head = 399 WHERE id = 3`],
    ['no log', `DELETE FROM logs WHERE id = 4`],
  ])('with %s are refused in a database of any size', async (_, sql) => {
    const connection = await opened()
    inspectNewest(connection)
    for (const bytes of [1_000, 10_000_000, 1_000_000_000]) inspectForStart(connection, bytes)
    connection.exec(sql)
    expect(() => inspectNewest(connection)).toThrow(/entries/)
    for (const bytes of [1_000, 10_000_000, 1_000_000_000])
      expect(() => inspectForStart(connection, bytes)).toThrow(/entries/)
    connection.close()
    await expect(openEngine(folder)).rejects.toThrow(
      /roomful\.db is damaged \(.*\): restore a backup with roomful restore FILE --force/,
    )
  })
})
