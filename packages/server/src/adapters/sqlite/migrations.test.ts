import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, loadDriver } from './driver.ts'
import { MIGRATIONS, type Migration, migrate } from './migrations.ts'

const FIRST: Migration = { name: 'first', sql: 'CREATE TABLE a (x); INSERT INTO a VALUES (1);' }
const SECOND: Migration = { name: 'second', sql: 'ALTER TABLE a ADD COLUMN y; CREATE TABLE b (z);' }
const BROKEN: Migration = { name: 'broken', sql: 'CREATE TABLE c (z); CREATE TABLE c (z);' }

let database: Database
beforeEach(async () => {
  database = (await loadDriver()).open(':memory:')
})
afterEach(() => database.close())

const tables = () =>
  database
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
    .all([])
    .map((row) => row['name'])
const applied = () =>
  database
    .prepare('SELECT name FROM migrations ORDER BY number')
    .all([])
    .map((row) => row['name'])

describe('migrating', () => {
  it('applies every step in order, once', () => {
    migrate(database, 'f', [FIRST, SECOND])
    migrate(database, 'f', [FIRST, SECOND])
    expect(applied()).toEqual(['first', 'second'])
    expect(tables()).toEqual(['a', 'b', 'migrations'])
  })

  it('applies only what is missing, and keeps what is there', () => {
    migrate(database, 'f', [FIRST])
    database.exec('INSERT INTO a VALUES (2)')
    migrate(database, 'f', [FIRST, SECOND])
    expect(database.prepare('SELECT x FROM a').all([])).toHaveLength(2)
    expect(applied()).toEqual(['first', 'second'])
  })

  it('leaves everything as it was when a step fails', () => {
    migrate(database, 'f', [FIRST])
    expect(() => migrate(database, 'f', [FIRST, SECOND, BROKEN])).toThrow('already exists')
    expect(applied()).toEqual(['first'])
    expect(tables()).toEqual(['a', 'migrations'])
    migrate(database, 'f', [FIRST, SECOND])
  })

  it('refuses what a newer version wrote, and names the file', () => {
    migrate(database, 'data/roomful.db', [FIRST, SECOND])
    expect(() => migrate(database, 'data/roomful.db', [FIRST])).toThrow(
      /^data\/roomful\.db was written by a newer Roomful \(schema 2, this one knows 1\): /,
    )
  })

  it('refuses a step that was changed, left out or put in', () => {
    migrate(database, 'f', [FIRST, SECOND])
    for (const other of [
      [FIRST, { ...SECOND, sql: `${SECOND.sql} ` }],
      [SECOND, FIRST],
      [BROKEN, FIRST, SECOND],
    ])
      expect(() => migrate(database, 'f', other)).toThrow('has another schema than this Roomful writes')
    expect(applied()).toEqual(['first', 'second'])
  })

  it('knows the published steps as they were published', () => {
    migrate(database, 'f')
    const checksums = database.prepare('SELECT checksum FROM migrations ORDER BY number').all([])
    expect(checksums.map((row) => String(row['checksum']).slice(0, 12))).toEqual([
      '92defe3263b5',
      'c1cd0505f329',
      'f08adbbe42b2',
      '011ccc6a9c87',
    ])
    expect(MIGRATIONS).toHaveLength(4)
  })
})
