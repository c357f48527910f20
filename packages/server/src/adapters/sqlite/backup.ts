/** `roomful backup`: a copy of the database while a server writes to it. */
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Database, type Driver, loadDriver, RESULT, resultCode } from './driver.ts'
import { BUSY_TIMEOUT_MS } from './engine.ts'
import { codeOf, DATABASE_FILE, ownFile, removeDatabase, sizeOf, syncFile, syncFolder } from './files.ts'
import { contains, type Contents, type Heads, headsOf, inspectAll } from './inspect.ts'
import { migrate } from './migrations.ts'

export interface BackupOptions {
  /** Data folder; a server may be running on it. */
  readonly folder: string
  /** The file to write. */
  readonly file: string
  /** Whether a file that is there is replaced. */
  readonly force: boolean
}

export interface BackupSummary extends Contents {
  readonly file: string
  readonly bytes: number
}

/**
 * Copies the database of a data folder into one file, as it is at one moment, beside a server that goes on writing. The file gets
 * its name when it has been read back whole and is on the disk; until then an earlier file of that name stays as it is. Rejects
 * with an `Error` whose message is one sentence for the operator, and leaves nothing behind.
 */
export async function backUp(options: BackupOptions): Promise<BackupSummary> {
  const { file } = options
  const driver = await loadDriver()
  try {
    return writeBackup(driver, options)
  } catch (cause) {
    throw codeOf(cause) === null || resultCode(cause) !== null
      ? cause
      : new Error(`${file} cannot be written (${codeOf(cause)}): choose another place for the backup.`, {
          cause,
        })
  }
}

function writeBackup(driver: Driver, { folder, file, force }: BackupOptions): BackupSummary {
  const source = join(folder, DATABASE_FILE)
  refuseUnusable(folder, source, file, force)
  mkdirSync(dirname(file), { recursive: true })
  const part = `${file}.part`
  try {
    createEmpty(part)
    const { before, after } = copyDatabase(driver, source, part)
    const contents = verifyCopy(driver, part, source, before, after)
    syncFile(part)
    renameSync(part, file)
    syncFolder(dirname(file))
    return { ...contents, file, bytes: sizeOf(file) }
  } catch (cause) {
    removeDatabase(part)
    throw cause
  }
}

function refuseUnusable(folder: string, source: string, file: string, force: boolean): void {
  if (!existsSync(source))
    throw new Error(`There is no database in ${folder}: name the data folder of the server with --data.`)
  // Even with force: the copy would take its place below a running server.
  const own = ownFile(folder, file)
  if (own !== null)
    throw new Error(
      `${file} is ${own} of the data folder itself, which the server works with: choose another name for the backup.`,
    )
  const existing = statSync(file, { throwIfNoEntry: false })
  if (existing === undefined) return
  if (!existing.isFile()) throw new Error(`${file} is not a file: choose another name for the backup.`)
  if (!force) throw new Error(`${file} exists already: choose another name, or replace it with --force.`)
}

/** Private messages are in it: it is for this user only. SQLite writes into a file that is empty. */
function createEmpty(part: string): void {
  removeDatabase(part)
  closeSync(openSync(part, 'wx', 0o600))
}

/** Answers what the logs held at least and at most when the copy was taken. */
function copyDatabase(driver: Driver, source: string, part: string): { before: Heads; after: Heads } {
  let database: Database | null = null
  try {
    database = driver.open(source)
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    // Moving the write-ahead log into the database is left to the server.
    database.exec('PRAGMA wal_autocheckpoint = 0')
    const before = headsOf(database)
    database.prepare('VACUUM INTO ?').run([part])
    return { before, after: headsOf(database) }
  } catch (cause) {
    throw new Error(copySentence(source, part, cause), { cause })
  } finally {
    database?.close()
  }
}

function copySentence(source: string, part: string, cause: unknown): string {
  switch (resultCode(cause)) {
    case RESULT.full:
      return `The disk that holds ${dirname(part)} is full: free some space, or choose another place for the backup.`
    case RESULT.busy:
      return `${source} is locked by another program: close that one and try again.`
    case RESULT.corrupt:
    case RESULT.notADatabase:
      return `${source} is damaged or no database of Roomful, so there is no backup of it: restore an earlier backup with roomful restore.`
    default:
      return `${source} cannot be copied (${cause instanceof Error ? cause.message : String(cause)}): check both disks, and who may read it.`
  }
}

/** Reads the copy back, and gives it an epoch of its own: whoever starts from it gives numbers anew. */
function verifyCopy(driver: Driver, part: string, source: string, before: Heads, after: Heads): Contents {
  const copy = driver.open(part)
  try {
    migrate(copy, source)
    const contents = inspectAll(copy)
    const heads = headsOf(copy)
    if (!contains(heads, before) || !contains(after, heads))
      throw new Error('logs of the copy have other lengths than those of the database')
    renewEpoch(copy)
    return contents
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `The backup of ${source} failed its check (${fault}) and was not kept: try again, and restore an earlier one if it stays so.`,
      { cause },
    )
  } finally {
    copy.close()
  }
}

/** Makes another history of a database: clients that know the former one are told that there is a gap. */
export function renewEpoch(database: Database): void {
  database
    .prepare(`UPDATE meta SET value = ? WHERE key = 'epoch'`)
    .run([randomBytes(12).toString('base64url')])
}
