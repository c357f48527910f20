import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Entry } from '../../ports/store.ts'
import type { ExportedReaction } from './message.ts'

/** Messages whose changes are folded at a time: what an export holds in memory. */
export const MESSAGES_AT_A_TIME = 10_000

/** Characters of changes that wait for their files. */
const MAX_WAITING_CHARACTERS = 4 * 1024 * 1024

/** What was done to one message. */
export interface Fold {
  /** The text that holds; `null`: the first one. */
  readonly text: string | null
  readonly isDeleted: boolean
  readonly reactions: readonly ExportedReaction[]
}

/** One change, as a line of JSON: number of the message, kind, who (across names), the name then, text. */
type Line = readonly [seq: number, kind: Entry['kind'], person: string, name: string, text: string]

/**
 * The changes of one log, sorted by what they are about into files of a folder of their own: a message may be changed long after it was said, and
 * a million of them do not fit into memory.
 */
export class Changes {
  readonly #folder: string
  readonly #waiting = new Map<number, string>()
  #characters = 0
  readonly #written = new Set<number>()

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  /** In the order of the log. */
  add({ about, kind, author, authorId, text }: Entry): void {
    if (about?.seq == null || kind === 'message' || kind === 'private') return
    const line: Line = [about.seq, kind, authorId ?? `name ${author}`, author, text]
    const part = partOf(about.seq)
    const json = `${JSON.stringify(line)}\n`
    this.#waiting.set(part, (this.#waiting.get(part) ?? '') + json)
    this.#characters += json.length
    if (this.#characters > MAX_WAITING_CHARACTERS) this.#write()
  }

  /** What has become of the messages of the part in which this one is. */
  fold(seq: number): ReadonlyMap<number, Fold> {
    this.#write()
    const part = partOf(seq)
    const folds = new Map<number, Growing>()
    if (!this.#written.has(part)) return new Map()
    for (const text of readFileSync(this.#file(part), 'utf8').split('\n')) {
      if (text === '') continue
      const line: unknown = JSON.parse(text)
      const [about, ...change] = line as Line
      const growing = folds.get(about) ?? new Growing()
      folds.set(about, growing)
      growing.apply(...change)
    }
    return new Map([...folds].map(([about, growing]) => [about, growing.fold()]))
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #write(): void {
    for (const [part, lines] of this.#waiting) {
      appendFileSync(this.#file(part), lines, { mode: 0o600 })
      this.#written.add(part)
    }
    this.#waiting.clear()
    this.#characters = 0
  }

  #file(part: number): string {
    return join(this.#folder, String(part))
  }
}

/** Numbers the parts of a log. */
export function partOf(seq: number): number {
  return Math.floor(seq / MESSAGES_AT_A_TIME)
}

class Growing {
  #text: string | null = null
  #isDeleted = false
  /** By emoji, then by person: the name. */
  readonly #reactions = new Map<string, Map<string, string>>()

  apply(kind: Entry['kind'], person: string, name: string, text: string): void {
    if (kind === 'edit') this.#text = text
    else if (kind === 'delete') this.#isDeleted = true
    else if (kind === 'reaction') {
      const people = this.#reactions.get(text) ?? new Map<string, string>()
      this.#reactions.set(text, people)
      if (!people.has(person)) people.set(person, name)
    } else if (kind === 'unreaction') this.#reactions.get(text)?.delete(person)
  }

  fold(): Fold {
    const reactions = [...this.#reactions]
      .filter(([, people]) => people.size > 0)
      .map(([emoji, people]) => ({ emoji, usernames: [...people.values()] }))
    // The store takes the text of an edit away when what it is about was deleted.
    return { text: this.#text, isDeleted: this.#isDeleted || this.#text === '', reactions }
  }
}
