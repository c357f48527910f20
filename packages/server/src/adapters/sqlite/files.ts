/** Database files as files: names, what belongs to them, and getting them onto the disk. */
import { closeSync, fsyncSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SECRET_FILE } from '../secret.ts'

/** The database file in the data folder. */
export const DATABASE_FILE = 'roomful.db'

/** File whose lock keeps a second process off the data folder. It stays empty; the lock ends with the process. */
export const LOCK_FILE = 'lock.db'

/** What SQLite puts beside a database file. */
const COMPANIONS = ['-wal', '-shm', '-journal']

/** What a database is put together as while it is restored. */
export const DRAFT_FILE = `${DATABASE_FILE}.restoring`

const isOwnName = (name: string): boolean =>
  [DATABASE_FILE, DRAFT_FILE, LOCK_FILE, SECRET_FILE].some(
    (own) => name.startsWith(own) && ['', '.new', ...COMPANIONS].includes(name.slice(own.length)),
  )

/**
 * The name, in a data folder, of the file of the store itself that a path leads to, in whatever spelling, by links of either kind too;
 * `null` when it is none of them. A file that the store does not have just now, but makes, is its own too.
 */
export function ownFile(folder: string, path: string): string | null {
  const name = basename(path)
  if (isOwnName(name.toLowerCase()) && isSame(folder, dirname(path))) return name
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return null
  return readdirSync(folder).find((own) => isOwnName(own) && isSame(join(folder, own), path)) ?? null
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }))
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino
}

/** Removes a database file and what belongs to it; none of them need be there. */
export function removeDatabase(file: string): void {
  for (const companion of ['', ...COMPANIONS]) rmSync(file + companion, { force: true })
}

/** Resolves names to bytes on the disk: of a file, and of the folder that names it. */
export function syncFile(file: string): void {
  sync(file, 'r+')
  syncFolder(dirname(file))
}

export function syncFolder(folder: string): void {
  // Windows keeps names by itself, and opens no folder.
  if (process.platform !== 'win32') sync(folder, 'r')
}

function sync(path: string, mode: string): void {
  const handle = openSync(path, mode)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Bytes of a file; 0 when it is not there. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** The code of an error of the file system, such as `ENOENT`. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
