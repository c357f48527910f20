import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BUILT_WORKER } from '../../../testing/sqlite.ts'
import { type Bytes, type Database, loadDriver, RESULT, resultCode, transactionOf } from './driver.ts'

let folder: string
let database: Database
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roomful-driver-'))
  database = (await loadDriver()).open(join(folder, 'a.db'))
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

function codeOf(work: () => unknown): number | null {
  try {
    work()
  } catch (error) {
    return resultCode(error)
  }
  throw new Error('It did not fail.')
}

describe('the SQL library', () => {
  it('is the built-in one wherever that is', async () => {
    const expected = process.getBuiltinModule('node:sqlite') ? 'node:sqlite' : 'libsql'
    expect((await loadDriver()).name).toBe(expected)
  })

  it('is loaded without a word, and other warnings are still heard', () => {
    const script = join(folder, 'load.mjs')
    writeFileSync(
      script,
      `import { loadDriver } from ${JSON.stringify(new URL('driver.js', BUILT_WORKER).href)}
      ;(await loadDriver()).open(':memory:').close()
      process.emitWarning('another one', 'ExperimentalWarning')`,
    )
    const { stderr, status } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(stderr).toContain('ExperimentalWarning: another one')
    expect(stderr).not.toContain('SQLite')
  })

  it('takes and gives values of each type', () => {
    const values = ['大廳 😀', 2 ** 52, null, Buffer.from([0, 1, 255])]
    database.exec('CREATE TABLE t (a, b, c, d)')
    expect(database.prepare('INSERT INTO t VALUES (?, ?, ?, ?)').run(values)).toBe(1)
    const [row] = database.prepare('SELECT * FROM t').all([])
    expect([row?.['a'], row?.['b'], row?.['c']]).toEqual(values.slice(0, 3))
    expect([...new Uint8Array(row?.['d'] as Bytes)]).toEqual([0, 1, 255])
    expect(database.prepare('DELETE FROM t WHERE a = ?').run(['nobody'])).toBe(0)
  })

  it('tells what went wrong by the number of SQLite', async () => {
    const { open } = await loadDriver()
    const other = open(join(folder, 'a.db'))
    other.exec('BEGIN EXCLUSIVE')
    expect(codeOf(() => database.exec('CREATE TABLE t (a)'))).toBe(RESULT.busy)
    other.close()
    expect(codeOf(() => open(folder).exec('CREATE TABLE t (a)'))).toBe(RESULT.cantOpen)
    expect(codeOf(() => database.exec('nonsense'))).toBe(1)
    expect(resultCode(new Error('something else'))).toBeNull()
    expect(resultCode('5')).toBeNull()
  })
})

describe('a transaction', () => {
  beforeEach(() => database.exec('CREATE TABLE t (a UNIQUE)'))
  const count = () => database.prepare('SELECT * FROM t').all([]).length

  it('is committed and answers', () => {
    const answer = transactionOf(database)(() => database.prepare('INSERT INTO t VALUES (?)').run([1]))
    expect(answer).toBe(1)
    expect(count()).toBe(1)
  })

  it('leaves nothing when it fails, and the next one works', () => {
    const fail = () =>
      transactionOf(database)(() => {
        database.exec('INSERT INTO t VALUES (1)')
        throw new Error('planted')
      })
    expect(fail).toThrow('planted')
    expect(count()).toBe(0)
    transactionOf(database)(() => database.exec('INSERT INTO t VALUES (2)'))
    expect(count()).toBe(1)
  })

  it('throws its own error even when SQLite has rolled it back already', () => {
    const fail = () =>
      transactionOf(database)(() => database.exec('INSERT OR ROLLBACK INTO t VALUES (1), (1)'))
    expect(fail).toThrow('UNIQUE')
    expect(count()).toBe(0)
  })
})
