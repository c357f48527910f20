import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  BUILT_WORKER,
  keepingLogger,
  openIn,
  openTemporary,
  startWriter,
  temporaryFolder,
  WAL_HEADER,
  writtenWal,
} from '../../../testing/sqlite.ts'
import { storeContract } from '../../../testing/store-contract.ts'
import { entries, entry, numbersTo, seqOf } from '../../../testing/store-support.ts'
import { storeProperties } from '../../../testing/store-properties.ts'
import { loadDriver } from './driver.ts'

storeContract('the SQLite store', openTemporary)
storeProperties('the SQLite store', openTemporary, 60)

let temporary: ReturnType<typeof temporaryFolder>
let folder: string
beforeEach(() => {
  temporary = temporaryFolder()
  folder = join(temporary.folder, 'data')
})
afterEach(() => temporary.remove())

/** The sentence with which a start is refused. */
async function refusal(where = folder): Promise<string> {
  const error: unknown = await openIn(where).then(
    async (store) => {
      await store.close()
      return null
    },
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error)) throw new Error('The store was opened.')
  expect(error.name).toBe('Error')
  expect(error.message).toMatch(/^[^\n]+: [^\n]+\.$/)
  return error.message
}

const databaseIn = async (where = folder) => (await loadDriver()).open(join(where, 'roomful.db'))

describe('the data folder', () => {
  it('is created with everything above it, for this user only', async () => {
    const deep = join(folder, 'not', 'there', '大廳')
    await (await openIn(deep)).close()
    expect(readdirSync(deep).sort()).toEqual(['lock.db', 'roomful.db'])
    expect(execFileSync('stat', ['-c', '%a', deep], { encoding: 'utf8' }).trim()).toBe('700')
  })

  it('holds everything in one file after closing', async () => {
    const store = await openIn(folder)
    await store.append(entries(100))
    await store.close()
    expect(readdirSync(folder).sort()).toEqual(['lock.db', 'roomful.db'])
  })

  it('has an epoch of its own', async () => {
    const stores = [await openIn(folder), await openIn(join(temporary.folder, 'other'))]
    expect(new Set(stores.map(({ epoch }) => epoch)).size).toBe(2)
    await Promise.all(stores.map((store) => store.close()))
  })

  it('is named in the refusal when it is a file', async () => {
    writeFileSync(folder, '')
    expect(await refusal()).toBe(`${folder} is not a folder: choose another data folder with --data.`)
    expect(await refusal(join(folder, 'in-it'))).toContain('is not a folder')
  })

  it('is named in the refusal when it is read-only', async ({ skip }) => {
    mkdirSync(folder)
    const release = makeReadOnly(folder)
    if (release === null) {
      skip('root may write everywhere here, and mounting is not allowed')
      return
    }
    try {
      expect(await refusal()).toMatch(
        new RegExp(`^Cannot write to the data folder ${folder} \\(E[A-Z]+\\): .* with --data\\.$`),
      )
      expect(await refusal(join(folder, 'in-it'))).toContain('Cannot write to the data folder')
    } finally {
      release()
    }
  })

  it.runIf(existsSync('/proc/self'))(
    'is named in the refusal when nothing can be created there',
    async () => {
      expect(await refusal('/proc/roomful/data')).toContain(
        'Cannot write to the data folder /proc/roomful/data',
      )
    },
  )

  it('is refused when the file in it is no database', async () => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'roomful.db'), 'something else '.repeat(1_000))
    expect(await refusal()).toContain('is damaged or no database of Roomful')
    expect(await refusal()).toContain(join(folder, 'roomful.db'))
  })

  it('is refused when a folder has the name of the file', async () => {
    // One in memory has no size, as a file that is new.
    const onDisk = temporaryFolder(tmpdir())
    mkdirSync(join(onDisk.folder, 'roomful.db'), { recursive: true })
    expect(await refusal(onDisk.folder)).toContain('roomful.db cannot be opened for writing')
    onDisk.remove()
  })
})

describe('the schema', () => {
  it('of a newer version is refused, and nothing is changed', async () => {
    await (await openIn(folder)).close()
    const database = await databaseIn()
    database.exec(`INSERT INTO migrations (number, name, checksum) VALUES (7, 'from the future', 'x')`)
    expect(await refusal()).toMatch(
      /was written by a newer Roomful \(schema 7, this one knows 4\): start that/,
    )
    database.exec('DELETE FROM migrations WHERE number = 7')
    database.close()
    await (await openIn(folder)).close()
  })

  it('that differs is refused', async () => {
    await (await openIn(folder)).close()
    const database = await databaseIn()
    database.exec(`UPDATE migrations SET checksum = 'x'`)
    database.close()
    expect(await refusal()).toContain('(step 1 differs)')
  })

  it('finds pages and rooms without reading everything', async () => {
    const store = await openIn(folder)
    const database = await databaseIn()
    const plan = (sql: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all([])
        .map((row) => row['detail'])
    expect(plan('SELECT * FROM entries WHERE log_id = 1 AND seq < 9 ORDER BY seq DESC LIMIT 5')).toEqual([
      'SEARCH entries USING INDEX entries_by_number (log_id=? AND seq<?)',
    ])
    expect(plan(`SELECT * FROM logs WHERE name > 'a' AND substr(name, 1, 1) <> '@' ORDER BY name`)).toEqual([
      'SEARCH logs USING INDEX rooms (name>?)',
    ])
    database.close()
    await store.close()
  })
})

describe('a second one on the same folder', () => {
  it('is refused within the process, and let in after the first', async () => {
    const first = await openIn(folder)
    expect(await refusal()).toBe(
      `Another Roomful process is using the data folder ${folder}: stop it first, or choose another folder with --data.`,
    )
    await first.append(entries(3))
    await first.close()
    const second = await openIn(folder)
    expect(await second.heads(['lobby'])).toEqual([3])
    await second.close()
  })

  it('is refused from another process, and let in when that was killed', async () => {
    const writer = startWriter(folder, 0)
    try {
      await vi.waitFor(() => expect(writer.acknowledged.length).toBeGreaterThan(5), { timeout: 60_000 })
      expect(await refusal()).toContain('Another Roomful process is using the data folder')
      const before = writer.acknowledged.length
      await vi.waitFor(() => expect(writer.acknowledged.length).toBeGreaterThan(before), { timeout: 60_000 })
    } finally {
      await writer.kill()
    }
    await (await openIn(folder)).close()
  })
})

describe('reading', () => {
  it('gives at most 1,000 entries, however many are asked for', async () => {
    const store = await openIn(folder)
    await store.append(entries(1_200))
    const page = await store.read('lobby', { after: 0 }, 5_000)
    expect(page.map(({ seq }) => seq)).toEqual(numbersTo(1_000))
    await store.close()
  })

  it('finds heads and numbers of more logs than are kept in memory', async () => {
    const store = await openIn(folder)
    const logs = numbersTo(21_000).map((number) => `r${number}`)
    const seqs = async (names: readonly string[]) =>
      (await store.append(names.map((log) => entry({ log })))).map(seqOf)
    expect(await seqs([...logs, 'r1'])).toEqual([...logs.map(() => 1), 2])
    expect(await store.heads(logs)).toEqual([2, ...logs.slice(1).map(() => 1)])
    expect(await seqs(['r1', 'r10000', 'r21000'])).toEqual([3, 2, 2])
    await store.close()
  })
})

describe('client ids of what was removed', () => {
  it('are counted rightly after a removal that failed', async () => {
    const store = await openIn(folder, keepingLogger(), BUILT_WORKER, { maxLetGoIds: 3 })
    const database = await databaseIn()
    const sent = numbersTo(5).map((number) => entry({ clientId: `c${number}`, at: number }))
    await store.append(sent)
    database.exec(`CREATE TRIGGER planted BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'planted'); END`)
    const keep = (count: number) => store.trim({ keep: count, before: null, idsBefore: null }, 2)
    await expect(keep(3)).rejects.toThrow('The database failed.')
    expect((await store.read('lobby', { after: 0 }, 9)).map(({ seq }) => seq)).toEqual(numbersTo(5))
    database.exec('DROP TRIGGER planted')
    database.close()
    await keep(3)
    expect((await store.append(sent)).map(({ outcome }) => outcome)).toEqual(sent.map(() => 'duplicate'))
    await store.close()
  })
})

describe('what was deleted', () => {
  it('is not in the file any more once the store is closed, neither a short text nor a long one', async () => {
    const store = await openIn(folder)
    const said = [
      entry({ text: 'secret' }),
      entry({ text: 'secret '.repeat(2_000) }),
      entry({ text: 'kept' }),
    ]
    await store.append([...said, entry({ kind: 'edit', about: 1, text: 'corrected secret' })])
    await store.append([1, 2].map((about) => entry({ kind: 'delete', about, text: '' })))
    await store.close()
    const file = readFileSync(join(folder, 'roomful.db'))
    expect([file.includes('kept'), file.includes('secret')]).toEqual([true, false])
  })

  const WAIT = { timeout: 60_000, interval: 20 }

  it('is in none of the files soon after, while the store is open', async () => {
    const store = await openIn(folder)
    const said = [
      entry({ text: 'secret' }),
      entry({ text: 'secret '.repeat(2_000) }),
      entry({ text: 'kept' }),
    ]
    await store.append(said)
    expect(filesWith('secret')).not.toEqual([])
    await store.append([1, 2].map((about) => entry({ kind: 'delete', about, text: '' })))
    await vi.waitFor(() => expect(filesWith('secret')).toEqual([]), WAIT)
    expect(filesWith('kept')).toEqual(['roomful.db'])
    await store.append([entry({ text: 'later' })])
    await store.close()
    expect(filesWith('later')).toEqual(['roomful.db'])
  })

  it('stays in the log while somebody reads that, holds nobody up, and goes then', async () => {
    const renewAfterMs = 20
    const store = await openIn(folder, keepingLogger(), BUILT_WORKER, { renewAfterMs })
    await store.append([entry({ text: 'secret' })])
    const reader = await databaseIn()
    reader.exec('BEGIN')
    expect(reader.prepare('SELECT * FROM entries').all([])).toHaveLength(1)
    await store.append([entry({ kind: 'delete', about: 1, text: '' })])
    const deleted = performance.now()
    // Tries that are in vain; each append is served between two of them.
    while (performance.now() - deleted < 10 * renewAfterMs) await store.append([entry()])
    expect(filesWith('secret')).not.toEqual([])
    reader.exec('COMMIT')
    reader.close()
    await vi.waitFor(() => expect(filesWith('secret')).toEqual([]), WAIT)
    await store.close()
  })

  it('is in none of the files soon after a start that follows a kill', async () => {
    const writer = startWriter(folder, 0)
    await vi.waitFor(() => expect(writer.acknowledged.length).toBeGreaterThan(5), { timeout: 60_000 })
    await writer.kill()
    expect(writtenWal(folder).length).toBeGreaterThan(WAL_HEADER)
    const store = await openIn(folder, keepingLogger(), BUILT_WORKER, { renewAfterMs: 20 })
    await vi.waitFor(() => expect(writtenWal(folder).length).toBe(WAL_HEADER), WAIT)
    await store.close()
  })

  function filesWith(text: string): string[] {
    return readdirSync(folder)
      .filter((name) => readFileSync(join(folder, name)).includes(text))
      .sort()
  }
})

describe('the log', () => {
  it('tells which library is used, and nothing else of a quiet life', async () => {
    const logger = keepingLogger()
    const store = await openIn(folder, logger)
    await store.append([entry()])
    await store.close()
    const { name } = await loadDriver()
    expect(logger.logged.map(({ event, fields }) => [event, fields])).toEqual([
      ['store_opened', { driver: name }],
    ])
  })
})

/** Takes the right to write; the answer gives it back, `null` when it cannot be taken. */
function makeReadOnly(path: string): (() => void) | null {
  if (process.getuid?.() !== 0) {
    chmodSync(path, 0o500)
    return () => chmodSync(path, 0o700)
  }
  if (!existsSync('/bin/mount')) return null
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=1m', 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    return null
  }
  return () => execFileSync('umount', [path])
}
