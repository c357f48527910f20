import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import type { Database } from './driver.ts'

/** Least bytes of the write-ahead log, from its beginning on: so much there is to be written over before the file has to grow. */
const RESERVED_BYTES = 8_388_608

/** Bytes that are written at once to reserve them. */
const CHUNK_BYTES = 65_536

/**
 * Moves what the write-ahead log of a database holds into that and begins the log anew, so that no text is left in it. Answers whether that
 * was possible: not while another connection, such as that of a backup, reads what is in it.
 */
export function renewWal(database: Database, file: string): boolean {
  const [row] = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all([])
  if (row?.['busy'] !== 0) return false
  reserve(`${file}-wal`)
  return true
}

/**
 * Makes it `RESERVED_BYTES` long with zeros, which SQLite takes for its end. A commit into a file that grows has the file system write its own
 * journal too: twice as dear. A disk without the room is no fault: the log then grows by itself.
 */
function reserve(wal: string): void {
  const handle = openSync(wal, 'r+')
  try {
    const { size } = fstatSync(handle)
    const zeros = Buffer.alloc(CHUNK_BYTES)
    try {
      for (let at = size; at < RESERVED_BYTES; ) at += writeSync(handle, zeros, 0, CHUNK_BYTES, at)
      fsyncSync(handle)
    } catch {
      ftruncateSync(handle, size)
    }
  } finally {
    closeSync(handle)
  }
}
