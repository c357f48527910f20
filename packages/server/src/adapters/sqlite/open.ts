import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MAX_LET_GO_IDS, MAX_LOGS, type StoreLimits } from '../../ports/store.ts'
import { type Database, type Driver, loadDriver, RESULT, resultCode } from './driver.ts'
import { BUSY_TIMEOUT_MS, Engine } from './engine.ts'
import { SECRET_FILE } from '../secret.ts'
import { DATABASE_FILE, LOCK_FILE, sizeOf } from './files.ts'
import { inspectForStart } from './inspect.ts'
import { migrate } from './migrations.ts'

/** How long a start waits for a process before it to let go of the data folder. */
const LOCK_TIMEOUT_MS = 1_000

/** Size of the write-ahead log at which it is moved into the database, in pages of 4 KiB: a larger one costs less in all, and more at once. */
const CHECKPOINT_PAGES = 4_000

/** Least bytes of a database that holds anything. */
const SMALLEST_PAGE = 512

/** Memory for pages of the database, in KiB. With 64 MiB a server grew to it within a minute and was no faster. */
const CACHE_KIB = 16_384

/**
 * Opens the database in a data folder, creating both when missing, and keeps every other process off it until the engine is
 * closed. What goes wrong is thrown as an `Error` whose message is one sentence that says what to do.
 */
export async function openEngine(folder: string, limits: StoreLimits = {}): Promise<Engine> {
  const driver = await loadDriver()
  prepareFolder(folder)
  const lock = lockFolder(driver, folder)
  try {
    return openDatabase(driver, folder, lock, limits)
  } catch (error) {
    lock.close()
    throw error
  }
}

/** Makes sure of a data folder in which this process can write. Throws as `openEngine` does. */
export function prepareFolder(folder: string): void {
  try {
    makeFolder(folder)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new Error(folderSentence(folder, cause), { cause })
  }
}

/** Not by `recursive`: where a file system answers ENOENT to every mkdir, as /proc does, Node.js 20 then tries for ever. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) {
    if (statSync(folder).isDirectory()) return
    throw Object.assign(new Error('It is no folder'), { code: 'ENOTDIR' })
  }
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

function folderSentence(folder: string, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return `${folder} is not a folder: choose another data folder with --data.`
  if (code === 'ENOSPC') return fullSentence(folder)
  return notWritableSentence(folder, code)
}

const fullSentence = (folder: string) =>
  `The disk that holds the data folder ${folder} is full: free some space and start again.`

const notWritableSentence = (folder: string, why: string) =>
  `Cannot write to the data folder ${folder} (${why}): give this user the permission to, or choose another folder with --data.`

/** Keeps other processes off a data folder until the answer is closed. Throws as `openEngine` does. */
export function lockFolder(driver: Driver, folder: string): Database {
  let lock: Database | null = null
  try {
    lock = driver.open(join(folder, LOCK_FILE))
    lock.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}`)
    lock.exec('PRAGMA journal_mode = MEMORY')
    // The lock of an open transaction is the operating system's own: it ends with the process, however that ends.
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock?.close()
    if (resultCode(cause) !== RESULT.busy) throw new Error(openSentence(folder, LOCK_FILE, cause), { cause })
    throw new Error(
      `Another Roomful process is using the data folder ${folder}: stop it first, or choose another folder with --data.`,
      { cause },
    )
  }
}

function openDatabase(
  driver: Driver,
  folder: string,
  lock: Database,
  { maxLogs = MAX_LOGS, maxLetGoIds = MAX_LET_GO_IDS }: StoreLimits,
): Engine {
  const file = join(folder, DATABASE_FILE)
  let database: Database | null = null
  try {
    refuseStump(file)
    const wasUsed = existsSync(join(folder, SECRET_FILE))
    if (wasUsed && sizeOf(file) === 0) throw new Error(emptiedSentence(folder))
    database = driver.open(file)
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.exec(`PRAGMA cache_size = -${CACHE_KIB}`)
    // What is deleted is overwritten: a text that its author took back shall not stay in a free page.
    database.exec('PRAGMA secure_delete = ON')
    if (wasUsed && isBare(database)) throw new Error(emptiedSentence(folder))
    migrate(database, file)
    refuseDamaged(database, file)
    const limits = { maxLogs, maxLetGoIds }
    return new Engine({ database, lock, driver: driver.name, file, limits })
  } catch (cause) {
    database?.close()
    if (resultCode(cause) === null) throw cause
    throw new Error(openSentence(folder, DATABASE_FILE, cause), { cause })
  }
}

/** SQLite takes a file without a first page for a new one and lets go of what lies beside it. */
function refuseStump(file: string): void {
  const bytes = sizeOf(file)
  if (bytes < SMALLEST_PAGE && (bytes > 0 || sizeOf(`${file}-wal`) > 0))
    throw new Error(damagedSentence(file, 'it ends within its first page'))
}

const damagedSentence = (file: string, fault: string) =>
  `${file} is damaged (${fault}): ${remedy(dirname(file))}`

/** A server makes its secret after the first commit into the database, and takes no message before it has both. */
const emptiedSentence = (folder: string) =>
  `The database ${join(folder, DATABASE_FILE)} is missing or empty, though ${SECRET_FILE} beside it shows that a server has kept messages there: put the file back, ${remedy(folder)}`

const remedy = (folder: string) =>
  `restore a backup with roomful restore FILE --force, or move everything in ${folder} away to begin anew.`

/** Whether it holds no table, as when it is new: until the first checkpoint all the rest is in the write-ahead log. */
function isBare(database: Database): boolean {
  return database.prepare('SELECT name FROM sqlite_schema LIMIT 1').all([]).length === 0
}

/** What a torn write-ahead log ends with, SQLite has left out by now: what is there must be whole. */
function refuseDamaged(database: Database, file: string): void {
  try {
    inspectForStart(database, sizeOf(file))
  } catch (cause) {
    if (!(cause instanceof Error) || resultCode(cause) !== null) throw cause
    throw new Error(damagedSentence(file, cause.message), { cause })
  }
}

function openSentence(folder: string, name: string, cause: unknown): string {
  const file = join(folder, name)
  switch (resultCode(cause)) {
    case RESULT.busy:
      return `${file} is locked by another program: close that one and start again.`
    case RESULT.full:
      return fullSentence(folder)
    case RESULT.readonly:
    case RESULT.cantOpen:
      return notWritableSentence(folder, `${name} cannot be opened for writing`)
    case RESULT.corrupt:
    case RESULT.notADatabase:
      return `${file} is damaged or no database of Roomful: ${remedy(folder)}`
    default:
      return `${file} cannot be opened (${cause instanceof Error ? cause.message : String(cause)}): check the disk, or choose another folder with --data.`
  }
}
