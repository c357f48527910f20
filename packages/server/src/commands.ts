/** The commands that serve nobody: each does one thing and ends. */
import { resolve } from 'node:path'
import type { Lang } from '@roomful/protocol'
import { backUp, type BackupSummary } from './adapters/sqlite/backup.ts'
import type { Contents } from './adapters/sqlite/inspect.ts'
import { restore, type RestoreSummary } from './adapters/sqlite/restore.ts'
import { source, SettingsError } from './config/error.ts'
import { IN_MEMORY, isDatabase } from './config/load.ts'
import type { Settings } from './config/settings.ts'
import { counted } from './config/counted.ts'

/** What each command says when it has done its work. */
const TEXTS: Readonly<
  Record<Lang, { backup(done: BackupSummary): string; restore(done: RestoreSummary): string[] }>
> = {
  en: {
    backup: ({ file, bytes, ...contents }) =>
      `Backed up ${shownContents(contents)} to ${file} (${counted(bytes, 'byte')}), read back and whole.`,
    restore: ({ folder, keptAs, hasSecret, ...contents }) => [
      `Restored ${shownContents(contents)} to ${folder}.`,
      ...(keptAs === null ? [] : [`The former database is kept as ${keptAs}.`]),
      ...(hasSecret
        ? []
        : [
            `There is no server.secret in that folder: put the former server's there before the start, or people come back as strangers to their private messages.`,
          ]),
    ],
  },
  'zh-Hant': {
    backup: ({ file, bytes, ...contents }) =>
      `已將${shownContentsZh(contents)}備份到 ${file}（${bytes} 位元組），並已讀回確認完整。`,
    restore: ({ folder, keptAs, hasSecret, ...contents }) => [
      `已將${shownContentsZh(contents)}還原到 ${folder}。`,
      ...(keptAs === null ? [] : [`原有的資料庫保留為 ${keptAs}。`]),
      ...(hasSecret
        ? []
        : [
            '該資料夾中沒有 server.secret：請在啟動前放入原伺服器的這個檔案，否則大家回來時會被視為新使用者，看不到自己先前的私訊。',
          ]),
    ],
  },
}

function shownContents({ rooms, messages, others }: Contents): string {
  const more = others === 0 ? '' : ` and ${others} other ${others === 1 ? 'entry' : 'entries'}`
  return `${counted(messages, 'message')} of ${counted(rooms, 'room')}${more}`
}

function shownContentsZh({ rooms, messages, others }: Contents): string {
  return ` ${rooms} 個聊天室的 ${messages} 則訊息${others === 0 ? '' : `與其他 ${others} 筆紀錄`}`
}

export interface FileCommand {
  readonly command: 'backup' | 'restore'
  readonly file: string
  readonly force: boolean
}

/** Runs a command about a backup and resolves with what to tell. Rejects with an `Error` of one sentence. */
export async function runFileCommand(
  { command, file, force }: FileCommand,
  { data, lang }: Pick<Settings, 'data' | 'lang'>,
): Promise<string> {
  if (data === IN_MEMORY)
    throw new SettingsError(
      'data',
      source.flag('data'),
      `${command} needs a data folder: ${IN_MEMORY} keeps nothing.`,
    )
  if (isDatabase(data))
    throw new SettingsError(
      'data',
      source.flag('data'),
      `${command} needs a data folder: a PostgreSQL database has pg_dump and pg_restore.`,
    )
  const path = resolve(file)
  if (command === 'backup')
    return `${TEXTS[lang].backup(await backUp({ folder: data, file: path, force }))}\n`
  const done = await restore({ folder: data, file: path, force, now: Date.now() })
  return TEXTS[lang]
    .restore(done)
    .map((line) => `${line}\n`)
    .join('')
}
