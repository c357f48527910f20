import type { Logger } from '../../ports/logger.ts'
import {
  type Appended,
  MAX_DIFFERENT_REACTIONS,
  type NewEntry,
  type StoreUnavailable,
} from '../../ports/store.ts'
import { DELETE_AS_MODERATOR } from './append-sql.ts'
import { resolveBatches, takeBatches, type WaitingBatch } from '../batches.ts'
import { repeated } from '../repeated.ts'
import { unavailable } from './connection.ts'
import { LastingConnection, STATEMENT_TIMEOUT_MS } from './lasting-connection.ts'
import { escapeText, unescapeText } from './text.ts'

/** Entries that are gathered from several batches into one commit. A single batch may have more. */
const GATHERED_ENTRIES = 5_000

type Answer =
  | { readonly seq: number; readonly copySeq: number; readonly found?: NonNullable<AppendedEntry['found']> }
  | { readonly why: Extract<Appended, { outcome: 'refused' }>['why'] }
  | { readonly first: Parameters<typeof repeated>[0] }
type AppendedEntry = Extract<Appended, { outcome: 'appended' }>

interface Waiting extends WaitingBatch {
  /** By the clock of `performance.now()`. */
  readonly since: number
  readonly reject: (error: StoreUnavailable) => void
}

export interface WriterOptions {
  readonly url: string
  /** Names this process among all that write to the database; never used twice. */
  readonly node: string
  readonly maxLogs: number
  readonly logger: Logger
}

/**
 * The one connection that appends: batches in the order of calling, those that wait together in one commit. A batch whose answer was
 * lost with the connection is asked for again under the same number, on the next one.
 */
export class Writer {
  readonly #options: WriterOptions
  readonly #waiting: Waiting[] = []
  readonly #connection: LastingConnection
  #number = 0
  #isWorking = false
  /** Has its answer when every batch so far has. */
  #newest: Promise<unknown> = Promise.resolve()

  constructor(options: WriterOptions) {
    this.#options = options
    this.#connection = new LastingConnection({ ...options, session: SESSION })
  }

  append(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    const answer = new Promise<readonly Appended[]>((resolve, reject) => {
      this.#waiting.push({ batch, since: performance.now(), resolve, reject })
    })
    this.#newest = answer
    if (!this.#isWorking) void this.#work()
    return answer
  }

  /** Resolves when everything that was called before has its answer, whatever is called after it. */
  async settled(): Promise<void> {
    await this.#newest.catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.settled()
    await this.#connection.end()
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    try {
      while (this.#waiting.length > 0) await this.#commit(takeBatches(this.#waiting, GATHERED_ENTRIES))
    } finally {
      this.#isWorking = false
    }
  }

  async #commit(gathered: readonly Waiting[]): Promise<void> {
    const entries = gathered.flatMap(({ batch }) => batch)
    const since = gathered[0]?.since ?? 0
    try {
      const results = entries.length === 0 ? [] : await this.#ask(entries, ++this.#number, since)
      resolveBatches(gathered, results)
    } catch (error) {
      for (const { reject } of gathered) reject(unavailable(error))
    }
  }

  async #ask(entries: readonly NewEntry[], number: number, since: number): Promise<Appended[]> {
    const { node, maxLogs } = this.#options
    const batch = JSON.stringify(entries.map(incoming))
    const values = [node, number, batch, maxLogs, MAX_DIFFERENT_REACTIONS]
    const { rows } = await this.#connection.ask(since, (client) =>
      client.query<{ answers: readonly Answer[] }>({
        name: 'append',
        text: 'SELECT append_v1($1, $2, $3, $4, $5) AS answers',
        values,
      }),
    )
    const [row] = rows
    if (row === undefined) throw new Error('The database gave no answer.')
    return row.answers.map((answer, i) => appendedOf(answer, entries[i] as NewEntry))
  }
}

/**
 * What is acknowledged is on the disk of the database, whatever its configuration says; a stricter one stays. Plans are made once: left to itself, the database
 * takes a batch for cheaper than the ten rows that a kept plan assumes, and plans anew each time, which costs more than carrying it out. A kept plan may have been made when
 * the tables were empty, so it never reads a whole one.
 */
const SESSION = `SET statement_timeout = ${STATEMENT_TIMEOUT_MS};
  SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off;
  SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')`

/** An entry as `append_v1` takes it. What the database could not read would refuse all that is committed with it. */
function incoming({ about, text, clientId, authorId, asModerator = false, ...entry }: NewEntry): object {
  return {
    ...entry,
    kind: asModerator && entry.kind === 'delete' ? DELETE_AS_MODERATOR : entry.kind,
    about: about === null || Number.isSafeInteger(about) ? about : 0,
    text: escapeText(text),
    client_id: clientId,
    author_id: authorId,
  }
}

function appendedOf(answer: Answer, entry: NewEntry): Appended {
  if ('why' in answer) return { outcome: 'refused', why: answer.why }
  if ('first' in answer) return repeated({ ...answer.first, text: unescapeText(answer.first.text) }, entry)
  const { seq, copySeq, found } = answer
  return found === undefined
    ? { outcome: 'appended', seq, copySeq }
    : { outcome: 'appended', seq, copySeq, found }
}
