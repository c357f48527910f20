/** `roomful export`. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { checkRoom, type Lang } from '@roomful/protocol'
import { exportRooms, type ExportSummary } from './adapters/export/export-rooms.ts'
import { jsonLines } from './adapters/export/json-lines.ts'
import type { ExportFormat } from './adapters/export/message.ts'
import { plainText } from './adapters/export/plain-text.ts'
import { webPage } from './adapters/export/web-page.ts'
import { createPinoLogger } from './adapters/pino-logger.ts'
import type { Asked } from './config/argv.ts'
import { SettingsError, source } from './config/error.ts'
import { IN_MEMORY, isDatabase } from './config/load.ts'
import type { Settings } from './config/settings.ts'
import type { Store } from './ports/store.ts'
import { counted } from './config/counted.ts'
import { versionOf } from './version.ts'

const FORMATS: Readonly<Record<string, (lang: Lang) => ExportFormat>> = {
  json: () => jsonLines(versionOf()),
  text: plainText,
  html: webPage,
}

/** By the end of a file's name. */
const ENDINGS: Readonly<Record<string, string>> = {
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
  '.txt': 'text',
  '.html': 'html',
  '.htm': 'html',
}

const TEXTS: Readonly<Record<Lang, (done: ExportSummary, file: string) => string>> = {
  en: ({ rooms, messages, bytes }, file) =>
    `Exported ${counted(messages, 'message')} of ${counted(rooms, 'room')} to ${file} (${counted(bytes, 'byte')}).`,
  'zh-Hant': ({ rooms, messages, bytes }, file) =>
    `已將 ${rooms} 個聊天室的 ${messages} 則訊息匯出到 ${file}（${bytes} 位元組）。`,
}

export interface ExportCommand {
  readonly file: string
  readonly force: boolean
  readonly asked: Asked
}

/** Resolves with what to tell. Rejects with an `Error` of one sentence. */
export async function runExport(
  { file: given, force, asked }: ExportCommand,
  { data, lang }: Pick<Settings, 'data' | 'lang'>,
): Promise<string> {
  const file = resolve(given)
  const room = asked.room === undefined ? null : roomNamed(asked.room)
  const format = formatOf(asked.format, file)(lang)
  if (data === IN_MEMORY)
    throw new SettingsError(
      'data',
      source.flag('data'),
      `export needs a history: ${IN_MEMORY} keeps nothing.`,
    )
  await refuseUnusable(data, file, force)
  const { store, close } = await openHistory(data, file)
  try {
    if (room !== null && (await store.heads([room]))[0] === 0)
      throw new Error(`Nothing was ever said in the room ${room}: see that --room is spelled as it is shown.`)
    const done = await exportRooms({ store, room, file, format, now: Date.now() })
    return `${TEXTS[lang](done, file)}\n`
  } finally {
    await close()
  }
}

function roomNamed(given: string): string {
  const check = checkRoom(given)
  if (!check.ok)
    throw new SettingsError('room', source.flag('room'), 'export: --room is no name that a room can have.')
  return check.name
}

function formatOf(asked: string | undefined, file: string): (lang: Lang) => ExportFormat {
  const name = asked ?? ENDINGS[extname(file).toLowerCase()] ?? ''
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined
  if (format !== undefined) return format
  const ask = `expected ${Object.keys(FORMATS).join(', ')} as --format, or a file whose name ends with one of ${Object.keys(ENDINGS).join(', ')}`
  throw new SettingsError('format', source.argv, `export: ${ask}.`)
}

async function refuseUnusable(data: string, file: string, force: boolean): Promise<void> {
  if (!isDatabase(data) && existsSync(data)) {
    const { ownFile } = await import('./adapters/sqlite/files.ts')
    if (ownFile(data, file) !== null)
      throw new Error(`${file} belongs to the data folder itself: choose another name for the export.`)
  }
  const existing = statSync(file, { throwIfNoEntry: false })
  if (existing === undefined) return
  if (!existing.isFile()) throw new Error(`${file} is not a file: choose another name for the export.`)
  if (!force) throw new Error(`${file} exists already: choose another name, or replace it with --force.`)
}

interface History {
  readonly store: Store
  close(): Promise<void>
}

/** Of a data folder a copy is read, made as a backup is, so a server may be running on it. */
async function openHistory(data: string, file: string): Promise<History> {
  const logger = createPinoLogger('error')
  if (isDatabase(data)) {
    const { openPostgres } = await import('./adapters/postgres/postgres-store.ts')
    const { store } = await openPostgres({ url: data, logger })
    return { store, close: () => store.close() }
  }
  const { backUp } = await import('./adapters/sqlite/backup.ts')
  const { DATABASE_FILE } = await import('./adapters/sqlite/files.ts')
  const { openSqliteStore } = await import('./adapters/sqlite/sqlite-store.ts')
  mkdirSync(dirname(file), { recursive: true })
  const copy = mkdtempSync(join(dirname(file), `.${basename(file)}-copy-`))
  const remove = (): void => rmSync(copy, { recursive: true, force: true })
  try {
    await backUp({ folder: data, file: join(copy, DATABASE_FILE), force: false })
    const store = await openSqliteStore({ folder: copy, logger })
    const close = (): Promise<void> => store.close().finally(remove)
    return { store, close }
  } catch (error) {
    remove()
    throw error
  }
}
