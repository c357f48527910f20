import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Database, type Driver, loadDriver, NoDriverError } from '../sqlite/driver.ts'
import { DATABASE_FILE, sizeOf } from '../sqlite/files.ts'
import { inspectForStart } from '../sqlite/inspect.ts'
import { type Finding, finding, said } from './finding.ts'

/** Free bytes below which it is a fault, and below which it is a warning. */
const FEW_BYTES = 64 * 1024 * 1024
const SOME_BYTES = 1024 * 1024 * 1024

const BUSY_TIMEOUT_MS = 5_000

/** Whether messages can be kept in a data folder. Makes and changes nothing; a server may be running on it. */
export async function checkFolder(folder: string): Promise<Finding> {
  const place = nearest(folder)
  if (!statSync(place).isDirectory())
    return finding(
      'store',
      'bad',
      said(`${place} is no folder.`, `${place} 不是資料夾。`),
      said('Choose a folder with --data.', '請以 --data 選擇資料夾。'),
    )
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    return notWritable(place, error instanceof Error && 'code' in error && error.code === 'EROFS')
  }
  const driver = await loadDriver().catch(withoutDriver)
  if ('check' in driver) return driver
  return checkHistory(driver, folder, freeBytes(place))
}

function notWritable(place: string, isReadOnly: boolean): Finding {
  if (isReadOnly)
    return finding(
      'store',
      'bad',
      said(`${place} is on a file system that is read-only.`, `${place} 位於唯讀的檔案系統。`),
      said(
        'Mount it for writing (a volume of a container, ReadWritePaths of a systemd unit), or choose another folder with --data.',
        '請以可寫入的方式掛載（容器的 volume、systemd 單元的 ReadWritePaths），或以 --data 選擇其他資料夾。',
      ),
    )
  return finding(
    'store',
    'bad',
    said(`This user cannot write to ${place}.`, `這個使用者無法寫入 ${place}。`),
    said(
      'Give it the permission to (chown, chmod), or choose another folder with --data.',
      '請給予權限（chown、chmod），或以 --data 選擇其他資料夾。',
    ),
  )
}

function withoutDriver(error: unknown): Finding {
  if (!(error instanceof NoDriverError)) throw error
  return finding(
    'store',
    'bad',
    said(
      `Node.js ${process.versions.node} has no SQLite, and the package libsql is not installed: a server would not start.`,
      `Node.js ${process.versions.node} 沒有內建 SQLite，也沒有安裝套件 libsql：伺服器會無法啟動。`,
    ),
    said(
      'Use Node.js 22.13 or newer, or keep the history in PostgreSQL (--data postgres://…).',
      '請使用 Node.js 22.13 以上，或把歷史訊息存放在 PostgreSQL（--data postgres://…）。',
    ),
  )
}

function checkHistory(driver: Driver, folder: string, free: number): Finding {
  const database = join(folder, DATABASE_FILE)
  const damage = existsSync(database) ? damageOf(driver, database) : null
  if (damage !== null)
    return finding(
      'store',
      'bad',
      said(`${database} is damaged: ${damage}.`, `${database} 已損壞：${damage}。`),
      said(
        'Stop the server and restore a backup: roomful restore FILE --force.',
        '請停止伺服器並還原備份：roomful restore FILE --force。',
      ),
    )
  const state = free < FEW_BYTES ? 'bad' : free < SOME_BYTES ? 'warning' : 'good'
  const mib = Math.floor(free / 1_048_576)
  const what = existsSync(database)
    ? said(`${database} is whole; ${mib} MiB are free.`, `${database} 完整；尚有 ${mib} MiB 可用空間。`)
    : said(
        `${folder} holds no history: a server would begin an empty one there; ${mib} MiB are free.`,
        `${folder} 沒有歷史記錄：伺服器會在那裡建立一份空的；尚有 ${mib} MiB 可用空間。`,
      )
  const fix = said(
    'Free some space: a full disk refuses every message.',
    '請釋出空間：磁碟滿了就無法收下任何訊息。',
  )
  return finding('store', state, what, state === 'good' ? null : fix)
}

/** The folder itself, or the first above it that is there. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder))
}

function freeBytes(place: string): number {
  const { bavail, bsize } = statfsSync(place)
  return bavail * bsize
}

/** What is wrong with a database; `null` when nothing is. */
function damageOf(driver: Driver, file: string): string | null {
  let database: Database | null = null
  try {
    database = driver.open(file)
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    database.exec('PRAGMA query_only = ON')
    inspectForStart(database, sizeOf(file))
    return null
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
  } finally {
    database?.close()
  }
}
