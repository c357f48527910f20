import { type Found, MAX_DIFFERENT_REACTIONS, type NewEntry, type Refused } from '../ports/store.ts'

/** An entry as it came, and the id of what it is about; in a copy, `about` is the number there. */
export interface Stored extends NewEntry {
  readonly aboutId?: string
}

/** Where an entry stands. */
export interface Place {
  readonly log: string
  readonly seq: number
}

/** What the memory store knows of entries that are about others. */
export class References {
  readonly #entriesOf: (log: string) => Stored[]
  /** Places of each private message that stands in two logs, by id. */
  readonly #copies = new Map<string, readonly Place[]>()
  /** Places of the edits of each entry, by its id. */
  readonly #edits = new Map<string, Place[]>()
  readonly #emoji = new Map<string, Set<string>>()

  constructor(entriesOf: (log: string) => Stored[]) {
    this.#entriesOf = entriesOf
  }

  /** What a new entry is about; `null` when about nothing. */
  find(entry: NewEntry): Found | Refused | null {
    if (entry.about === null) return null
    const target = this.#entriesOf(entry.log)[entry.about - 1]
    if (target === undefined || (target.kind !== 'message' && target.kind !== 'private')) return 'not_found'
    const { id } = target
    if (entry.kind === 'message' || entry.kind === 'private') {
      const copySeq = this.#copies.get(id)?.find(({ log }) => log === entry.copy)?.seq ?? null
      return { id, copy: entry.copy, copySeq: entry.copy === entry.log ? entry.about : copySeq }
    }
    if (entry.kind === 'edit' || entry.kind === 'delete') {
      if (target.authorId === null || target.authorId !== entry.authorId) return 'forbidden'
    }
    if (entry.kind !== 'delete' && target.text === '') return 'not_found'
    const emoji = this.#emoji.get(id)
    if (entry.kind === 'reaction' && emoji !== undefined)
      if (emoji.size >= MAX_DIFFERENT_REACTIONS && !emoji.has(entry.text)) return 'too_many_reactions'
    const other = this.#copies.get(id)?.find(({ log }) => log !== entry.log)
    return { id, copy: other?.log ?? null, copySeq: other?.seq ?? null }
  }

  /** Takes note of an entry that was stored. A deletion empties what it is about. */
  note({ kind, id, aboutId, text, about, log }: Stored, places: readonly Place[]): void {
    if (kind === 'private' && places.length > 1) this.#copies.set(id, places)
    if (aboutId === undefined) return
    if (kind === 'edit') {
      const edits = this.#edits.get(aboutId)
      if (edits === undefined) this.#edits.set(aboutId, [...places])
      else edits.push(...places)
    }
    if (kind === 'reaction') this.#emoji.set(aboutId, (this.#emoji.get(aboutId) ?? new Set()).add(text))
    if (kind === 'delete') {
      const own = about === null ? [] : [{ log, seq: about }]
      for (const place of [...own, ...(this.#copies.get(aboutId) ?? []), ...(this.#edits.get(aboutId) ?? [])])
        this.#empty(place)
    }
  }

  #empty({ log, seq }: Place): void {
    const entries = this.#entriesOf(log)
    entries[seq - 1] = { ...(entries[seq - 1] as Stored), text: '' }
  }
}
