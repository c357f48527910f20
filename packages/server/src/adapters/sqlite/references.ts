import { type EntryKind, type Found, MAX_DIFFERENT_REACTIONS, type Refused } from '../../ports/store.ts'
import { bindable, type Database, type Statement } from './driver.ts'

/** What decides about an entry that is about another one. */
export interface NewReference {
  readonly log: string
  readonly logId: number
  readonly copy: string | null
  readonly kind: EntryKind
  readonly authorId: string | null
  readonly text: string
  readonly about: number
  readonly asModerator: boolean
}

/** The SQL for entries that are about others; within the transaction of their batch. */
export class References {
  readonly #target: Statement
  readonly #copy: Statement
  readonly #isUsed: Statement
  readonly #countEmoji: Statement
  readonly #empty: readonly [own: Statement, copies: Statement, edits: Statement]

  constructor(database: Database) {
    this.#target = database.prepare(
      `SELECT id, kind, author_id, text = '' AS deleted FROM entries
        WHERE log_id = ? AND seq = ? AND kind IN ('message', 'private')`,
    )
    this.#copy = database.prepare(
      `SELECT logs.name, entries.seq FROM entries JOIN logs ON logs.id = entries.log_id
        WHERE entries.id = ? AND entries.kind = 'private' AND entries.log_id <> ?`,
    )
    this.#isUsed = database.prepare(
      `SELECT 1 FROM entries WHERE about_id = ? AND text = ? AND kind = 'reaction' LIMIT 1`,
    )
    // From emoji to emoji along the index: a message may bear a few different ones ten thousand times.
    this.#countEmoji = database.prepare(
      `WITH RECURSIVE used (emoji) AS (
          SELECT min(text) FROM entries WHERE about_id = ? AND kind = 'reaction'
          UNION ALL
          SELECT (SELECT min(text) FROM entries WHERE about_id = ? AND kind = 'reaction' AND text > emoji)
          FROM used WHERE emoji IS NOT NULL
        ) SELECT count(emoji) AS number FROM used`,
    )
    this.#empty = [
      database.prepare(`UPDATE entries SET text = '' WHERE log_id = ? AND seq = ?`),
      database.prepare(`UPDATE entries SET text = '' WHERE id = ? AND kind = 'private'`),
      database.prepare(`UPDATE entries SET text = '' WHERE about_id = ? AND kind = 'edit'`),
    ]
  }

  /** What a new entry is about, or why it is not taken. */
  find({ log, logId, copy, kind, authorId, text, about, asModerator }: NewReference): Found | Refused {
    const [target] = this.#target.all([logId, about])
    if (target === undefined) return 'not_found'
    const id = target['id'] as string
    const [other] = this.#copy.all([id, logId])
    const otherLog = (other?.['name'] as string | undefined) ?? null
    const otherSeq = (other?.['seq'] as number | undefined) ?? null
    if (kind === 'message' || kind === 'private')
      return { id, copy, copySeq: copy === log ? about : copy === otherLog ? otherSeq : null }
    const isAuthor = authorId !== null && target['author_id'] === authorId
    const isModerated = kind === 'delete' && asModerator && target['kind'] === 'message'
    if ((kind === 'edit' || kind === 'delete') && !isAuthor && !isModerated) return 'forbidden'
    if (kind !== 'delete' && target['deleted'] === 1) return 'not_found'
    if (kind === 'reaction' && this.#isOneTooMany(id, text)) return 'too_many_reactions'
    return { id, copy: otherLog, copySeq: otherSeq }
  }

  /** The other log that holds a private message. */
  copyLog(id: string | null, logId: number): string | null {
    const [other] = id === null ? [] : this.#copy.all([id, logId])
    return (other?.['name'] as string | undefined) ?? null
  }

  #isOneTooMany(id: string, emoji: string): boolean {
    if (this.#isUsed.all([id, bindable(emoji)]).length > 0) return false
    return Number(this.#countEmoji.all([id, id])[0]?.['number']) >= MAX_DIFFERENT_REACTIONS
  }

  /** Takes away the text of an entry and of all edits of it, in whichever logs they are. */
  empty(logId: number, seq: number, id: string): void {
    const [own, copies, edits] = this.#empty
    own.run([logId, seq])
    copies.run([id])
    edits.run([id])
  }
}
