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

/** The entries themselves. */
export interface Places {
  get(place: Place): Stored | undefined
  set(place: Place, entry: Stored): void
}

/** What the memory store knows of entries that are about others. */
export class References {
  readonly #entries: Places
  /** Places of each private message that stands in two logs, by id. */
  readonly #copies = new Map<string, Place[]>()
  /** Places of the edits of each entry, by its id. */
  readonly #edits = new Map<string, Place[]>()
  /** Of each entry, by its id: in how many places each emoji stands. */
  readonly #emoji = new Map<string, Map<string, number>>()

  constructor(entries: Places) {
    this.#entries = entries
  }

  /** What a new entry is about; `null` when about nothing. */
  find(entry: NewEntry): Found | Refused | null {
    if (entry.about === null) return null
    const target = this.#entries.get({ log: entry.log, seq: entry.about })
    if (target === undefined || (target.kind !== 'message' && target.kind !== 'private')) return 'not_found'
    const { id } = target
    if (entry.kind === 'message' || entry.kind === 'private') {
      const copySeq = this.#copies.get(id)?.find(({ log }) => log === entry.copy)?.seq ?? null
      return { id, copy: entry.copy, copySeq: entry.copy === entry.log ? entry.about : copySeq }
    }
    if (entry.kind === 'edit' || entry.kind === 'delete') {
      const isModerated = entry.kind === 'delete' && entry.asModerator === true && target.kind === 'message'
      const isAuthor = target.authorId !== null && target.authorId === entry.authorId
      if (!isModerated && !isAuthor) return 'forbidden'
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
    if (kind === 'private' && places.length > 1) this.#copies.set(id, [...places])
    if (aboutId === undefined) return
    if (kind === 'edit') {
      const edits = this.#edits.get(aboutId)
      if (edits === undefined) this.#edits.set(aboutId, [...places])
      else edits.push(...places)
    }
    if (kind === 'reaction') this.#count(aboutId, text, places.length)
    if (kind === 'delete') {
      const own = about === null ? [] : [{ log, seq: about }]
      for (const place of [...own, ...(this.#copies.get(aboutId) ?? []), ...(this.#edits.get(aboutId) ?? [])])
        this.#empty(place)
    }
  }

  /** Takes note that a place does not hold its entry any more. The text of its edits in that log goes with it. */
  forget({ kind, id, aboutId, text }: Stored, gone: Place): void {
    for (const place of this.#edits.get(id) ?? []) if (place.log === gone.log) this.#empty(place)
    if (kind === 'private') dropPlace(this.#copies, id, gone)
    if (aboutId === undefined) return
    if (kind === 'edit') dropPlace(this.#edits, aboutId, gone)
    if (kind === 'reaction') this.#count(aboutId, text, -1)
  }

  #count(id: string, emoji: string, change: number): void {
    const counts = this.#emoji.get(id) ?? new Map<string, number>()
    this.#emoji.set(id, counts.set(emoji, (counts.get(emoji) ?? 0) + change))
    if (counts.get(emoji) === 0) counts.delete(emoji)
    if (counts.size === 0) this.#emoji.delete(id)
  }

  #empty(place: Place): void {
    const entry = this.#entries.get(place)
    if (entry !== undefined) this.#entries.set(place, { ...entry, text: '' })
  }
}

function dropPlace(places: Map<string, Place[]>, id: string, gone: Place): void {
  const left = places.get(id)?.filter(({ log, seq }) => log !== gone.log || seq !== gone.seq)
  if (left === undefined) return
  if (left.length === 0) places.delete(id)
  else places.set(id, left)
}
