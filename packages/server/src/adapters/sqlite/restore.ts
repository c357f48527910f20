/** `roomful restore`: a backup becomes the database of a data folder in which no server runs. */
import {
  copyFileSync,
  constants,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { SECRET_FILE } from '../secret.ts'
import { renewEpoch } from './backup.ts'
import { type Database, type Driver, loadDriver, RESULT, resultCode } from './driver.ts'
import {
  codeOf,
  DATABASE_FILE,
  DRAFT_FILE,
  LOCK_FILE,
  ownFile,
  removeDatabase,
  sizeOf,
  syncFile,
  syncFolder,
} from './files.ts'
import { type Contents, inspectAll } from './inspect.ts'
import { migrate } from './migrations.ts'
import { lockFolder, prepareFolder } from './open.ts'

export interface RestoreOptions {
  /** The backup. */
  readonly file: string
  /** Data folder; created when missing. */
  readonly folder: string
  /** Whether a database that is there makes way: it is kept under another name. */
  readonly force: boolean
  /** Wall clock in milliseconds since 1970, for that name. */
  readonly now: number
}

export interface RestoreSummary extends Contents {
  readonly folder: string
  /** Where the former database lies now; `null` when there was none. */
  readonly keptAs: string | null
  /** Whether the folder holds a server's secret: without that of the former server nobody is the same person again. */
  readonly hasSecret: boolean
}

/** What a data folder may hold although no database was ever in it. */
const OWN_FILES: ReadonlySet<string> = new Set([LOCK_FILE, `${LOCK_FILE}-journal`, SECRET_FILE])

/**
 * Makes a backup the database of a data folder, with a new epoch, after reading all of it. At every moment the folder holds either the
 * former database or the new one. Run by root, it gives what it made to the
 * owner of the folder. Rejects with an `Error` whose message is one sentence for the operator; then the folder is as it was.
 */
export async function restore({ file, folder, force, now }: RestoreOptions): Promise<RestoreSummary> {
  if (!existsSync(file)) throw new Error(`There is no file ${file}: name the backup to restore.`)
  // Before anything else: to lock the folder and to clear up after a refusal removes some of them.
  const own = ownFile(folder, file)
  if (own !== null)
    throw new Error(
      `${file} is ${own} of that data folder itself, not a backup of it: name the backup to restore.`,
    )
  const driver = await loadDriver()
  prepareFolder(folder)
  const lock = lockFolder(driver, folder)
  const draft = join(folder, DRAFT_FILE)
  try {
    refuseNonEmpty(folder, force)
    copyBackup(file, draft)
    const contents = verifyDraft(driver, draft, file)
    handOver(folder, draft)
    syncFile(draft)
    const keptAs = replaceDatabase(driver, folder, draft, now)
    handOver(folder, join(folder, LOCK_FILE), join(folder, SECRET_FILE))
    return { ...contents, folder, keptAs, hasSecret: existsSync(join(folder, SECRET_FILE)) }
  } catch (cause) {
    throw codeOf(cause) === null || resultCode(cause) !== null
      ? cause
      : new Error(
          `${file} cannot be restored to ${folder} (${codeOf(cause)}): check both, and the space on the disk.`,
          { cause },
        )
  } finally {
    removeDatabase(draft)
    lock.close()
  }
}

function refuseNonEmpty(folder: string, force: boolean): void {
  const others = readdirSync(folder).filter((name) => !OWN_FILES.has(name) && !name.startsWith(DRAFT_FILE))
  if (others.length > 0 && !force)
    throw new Error(
      `The data folder ${folder} is not empty: choose another one with --data, or restore with --force, which keeps the database that is there under another name.`,
    )
}

/** Root restores for the server's user, whom the folder belongs to: what root made there, that user could not open. */
function handOver(folder: string, ...files: readonly string[]): void {
  const owner = statSync(folder)
  if (process.getuid?.() !== 0 || owner.uid === 0) return
  for (const file of files) {
    // Nothing that the owner may have put in the place of a file leads out of the folder.
    if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === true) lchownSync(file, owner.uid, owner.gid)
  }
}

/** With what SQLite keeps beside it, if the backup was made by copying a folder. */
function copyBackup(file: string, draft: string): void {
  removeDatabase(draft)
  copyFileSync(file, draft, constants.COPYFILE_FICLONE)
  if (sizeOf(`${file}-wal`) > 0) copyFileSync(`${file}-wal`, `${draft}-wal`, constants.COPYFILE_FICLONE)
}

function verifyDraft(driver: Driver, draft: string, file: string): Contents {
  let database: Database | null = null
  try {
    database = driver.open(draft)
    refuseForeign(database)
    migrate(database, file)
    const contents = inspectAll(database)
    renewEpoch(database)
    // Into the one file, whatever the copy brought with it.
    database.exec('PRAGMA journal_mode = DELETE')
    return contents
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : String(cause)
    if (resultCode(cause) === RESULT.full)
      throw new Error(`The disk that holds ${draft} is full: free some space and try again.`, { cause })
    throw new Error(`${file} is damaged or no backup of Roomful (${fault}): restore another one.`, { cause })
  } finally {
    database?.close()
  }
}

/** An empty file would become a new database by being opened. */
function refuseForeign(database: Database): void {
  const own = database
    .prepare(`SELECT name FROM sqlite_schema WHERE name IN ('migrations', 'entries')`)
    .all([])
  if (own.length !== 2) throw new Error('it has no messages of Roomful in it')
}

function replaceDatabase(driver: Driver, folder: string, draft: string, now: number): string | null {
  const database = join(folder, DATABASE_FILE)
  const keptAs = existsSync(database) ? freeName(folder, now) : null
  if (keptAs !== null) {
    foldIn(driver, database)
    // What is left of it belongs to the former database only: beside the new one SQLite would replay it into that.
    if (existsSync(`${database}-wal`)) renameSync(`${database}-wal`, `${keptAs}-wal`)
    rmSync(`${database}-shm`, { force: true })
    syncFolder(folder)
    keepUnder(database, keptAs)
  }
  renameSync(draft, database)
  syncFolder(folder)
  return keptAs
}

/** Moves what the former server left in its write-ahead log into the file, if that can be read at all. */
function foldIn(driver: Driver, file: string): void {
  try {
    const database = driver.open(file)
    try {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } finally {
      database.close()
    }
  } catch {
    // It is damaged, which may be why somebody restores: it is kept as it is.
  }
}

/** By a second name, so that the first one is never without a database; where a file system has no such, by another one. */
function keepUnder(database: string, name: string): void {
  try {
    linkSync(database, name)
  } catch {
    renameSync(database, name)
  }
}

function freeName(folder: string, now: number): string {
  const stamp = new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')
  for (let attempt = 1; ; attempt++) {
    const name = join(folder, `roomful-${stamp}${attempt === 1 ? '' : `-${attempt}`}.db`)
    if (!existsSync(name)) return name
  }
}
