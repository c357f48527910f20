/** `roomful export`: what was said in rooms, as a file that people or programs read. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Entry, RoomHead, Store } from '../../ports/store.ts'
import { Changes, type Fold, partOf } from './changes.ts'
import type { ExportedMessage, ExportedRoom, ExportFormat } from './message.ts'

/** Entries and rooms that are read at a time. */
const PAGE = 1_000

/** Characters that wait to be written. */
const MAX_WAITING_CHARACTERS = 256 * 1024

export interface ExportOptions {
  readonly store: Pick<Store, 'read' | 'rooms' | 'heads'>
  /** The only room that is wanted; `null`: all of them. */
  readonly room: string | null
  /** The file to write; an earlier one of that name is replaced. */
  readonly file: string
  readonly format: ExportFormat
  /** Wall clock, milliseconds since 1970. */
  readonly now: number
}

export interface ExportSummary {
  readonly rooms: number
  readonly messages: number
  readonly bytes: number
}

/**
 * Writes what the rooms hold at this moment, edits, deletions and reactions folded into the messages that they are about. Private messages are in no room.
 * Memory does not grow with what there is. The file gets its name when it is whole and on the disk, and is for this user only.
 */
export async function exportRooms(options: ExportOptions): Promise<ExportSummary> {
  const { file } = options
  mkdirSync(dirname(file), { recursive: true })
  const work = mkdtempSync(join(dirname(file), `.${basename(file)}-`))
  try {
    const part = join(work, 'part')
    const writer = new FileWriter(part)
    try {
      const counts = await writeAll(options, writer, work)
      const bytes = writer.end()
      renameSync(part, file)
      return { ...counts, bytes }
    } finally {
      writer.close()
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function writeAll(
  { store, room, format, now }: ExportOptions,
  writer: FileWriter,
  work: string,
): Promise<{ rooms: number; messages: number }> {
  const each = (): AsyncIterable<RoomHead & ExportedRoom> => roomsOf(store, room)
  writer.write(format.begin(new Date(now).toISOString()))
  for await (const known of each()) writer.write(format.announce(known))
  writer.write(format.beginRooms())
  let [rooms, messages] = [0, 0]
  for await (const known of each()) {
    rooms++
    writer.write(format.beginRoom(known))
    for await (const message of messagesOf(store, known, join(work, 'changes'))) {
      messages++
      writer.write(format.message(message, known))
    }
    writer.write(format.endRoom())
  }
  writer.write(format.end())
  return { rooms, messages }
}

async function* roomsOf(
  store: ExportOptions['store'],
  only: string | null,
): AsyncIterable<RoomHead & ExportedRoom> {
  if (only !== null) {
    const [head = 0] = await store.heads([only])
    if (head > 0) yield { room: only, name: only, head, number: 1 }
    return
  }
  let number = 0
  let after = ''
  for (;;) {
    const page = await store.rooms(after, PAGE)
    for (const known of page) yield { ...known, name: known.room, number: ++number }
    const last = page.at(-1)
    if (last === undefined) return
    after = last.room
  }
}

/** Reads the log twice: first for what was done to its messages. */
async function* messagesOf(
  store: ExportOptions['store'],
  { room, head }: RoomHead,
  folder: string,
): AsyncIterable<ExportedMessage> {
  const changes = new Changes(folder)
  try {
    for await (const entry of entriesOf(store, room, head)) changes.add(entry)
    let part = -1
    let folds: ReadonlyMap<number, Fold> = new Map()
    for await (const entry of entriesOf(store, room, head)) {
      if (entry.kind !== 'message') continue
      if (partOf(entry.seq) !== part) {
        part = partOf(entry.seq)
        folds = changes.fold(entry.seq)
      }
      yield messageOf(entry, folds.get(entry.seq))
    }
  } finally {
    changes.close()
  }
}

async function* entriesOf(store: ExportOptions['store'], room: string, head: number): AsyncIterable<Entry> {
  let after = 0
  while (after < head) {
    const page = await store.read(room, { after }, PAGE)
    for (const entry of page) if (entry.seq <= head) yield entry
    const last = page.at(-1)
    if (last === undefined) return
    after = last.seq
  }
}

function messageOf(entry: Entry, fold: Fold | undefined): ExportedMessage {
  const { log: room, seq, id, author: username, timestamp, about: replyTo } = entry
  const deleted = entry.text === '' || fold?.isDeleted === true
  return {
    room,
    seq,
    id,
    username,
    timestamp,
    message: deleted ? '' : (fold?.text ?? entry.text),
    edited: !deleted && fold !== undefined && fold.text !== null,
    deleted,
    replyTo,
    reactions: deleted ? [] : (fold?.reactions ?? []),
  }
}

/** Text into a file, piece by piece. */
class FileWriter {
  readonly #handle: number
  #waiting: string[] = []
  #characters = 0
  #bytes = 0
  #isClosed = false

  constructor(file: string) {
    this.#handle = openSync(file, 'wx', 0o600)
  }

  write(text: string): void {
    this.#waiting.push(text)
    this.#characters += text.length
    if (this.#characters > MAX_WAITING_CHARACTERS) this.#flush()
  }

  /** Brings everything onto the disk and answers how many bytes it is. */
  end(): number {
    this.#flush()
    fsyncSync(this.#handle)
    this.close()
    return this.#bytes
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    closeSync(this.#handle)
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting.join(''))
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#handle, bytes, at)
    this.#bytes += bytes.length
    this.#waiting = []
    this.#characters = 0
  }
}
