import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../ports/logger.ts'
import { type Appended, MAX_DIFFERENT_REACTIONS, type NewEntry, StoreUnavailable } from '../../ports/store.ts'
import { repeated } from '../repeated.ts'
import { Connection, isRefusal, isWorthRepeating, unavailable } from './connection.ts'
import { escapeText, unescapeText } from './text.ts'

/** How long a batch waits for a database that does not answer before it is refused. */
const GIVE_UP_AFTER_MS = 4_000

/** How long one statement may wait for the locks of other nodes. */
const STATEMENT_TIMEOUT_MS = 3_500

const RECONNECT_MS = 250

/** Deadlocks in a row after which a batch is refused. */
const MAX_DEADLOCKS = 10

/** Entries that are gathered from several batches into one commit. A single batch may have more. */
const GATHERED_ENTRIES = 5_000

type Answer =
  | { readonly seq: number; readonly copySeq: number; readonly found?: NonNullable<AppendedEntry['found']> }
  | { readonly why: Extract<Appended, { outcome: 'refused' }>['why'] }
  | { readonly first: Parameters<typeof repeated>[0] }
type AppendedEntry = Extract<Appended, { outcome: 'appended' }>

interface Waiting {
  readonly batch: readonly NewEntry[]
  /** By the clock of `performance.now()`. */
  readonly since: number
  readonly resolve: (results: readonly Appended[]) => void
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
  #connection: Connection | null = null
  #number = 0
  #working: Promise<void> = Promise.resolve()
  #isWorking = false
  /** A batch was given up: those that come now do not wait for the database, until it is back. */
  #isGivenUp = false

  constructor(options: WriterOptions) {
    this.#options = options
  }

  append(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, since: performance.now(), resolve, reject })
      if (this.#isWorking) return
      this.#isWorking = true
      this.#working = this.#work()
    })
  }

  /** Resolves when everything that was called before has its answer. */
  async settled(): Promise<void> {
    await this.#working
  }

  async close(): Promise<void> {
    await this.#working
    await this.#connection?.end()
    this.#connection = null
  }

  async #work(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#commit(this.#gather())
    } finally {
      this.#isWorking = false
    }
  }

  #gather(): Waiting[] {
    let entries = 0
    const fits = this.#waiting.findIndex(({ batch }, i) => {
      entries += batch.length
      return i > 0 && entries > GATHERED_ENTRIES
    })
    return this.#waiting.splice(0, fits === -1 ? this.#waiting.length : fits)
  }

  async #commit(gathered: readonly Waiting[]): Promise<void> {
    const entries = gathered.flatMap(({ batch }) => batch)
    const since = gathered[0]?.since ?? 0
    try {
      const results = entries.length === 0 ? [] : await this.#ask(entries, ++this.#number, since)
      let from = 0
      for (const { batch, resolve } of gathered) resolve(results.slice(from, (from += batch.length)))
    } catch (error) {
      for (const { reject } of gathered) reject(unavailable(error))
    }
  }

  /** Asks until there is an answer, the database refuses, or it is too late. */
  async #ask(entries: readonly NewEntry[], number: number, since: number): Promise<Appended[]> {
    const { node, maxLogs } = this.#options
    const batch = JSON.stringify(entries.map(incoming))
    const values = [node, number, batch, maxLogs, MAX_DIFFERENT_REACTIONS]
    for (let deadlocks = 0; ; ) {
      const left = this.#isGivenUp ? 0 : since + GIVE_UP_AFTER_MS - performance.now()
      try {
        const connection = await this.#connected(left)
        const { rows } = await connection.within(Math.max(left, 1), (client) =>
          client.query<{ answers: readonly Answer[] }>({
            name: 'append',
            text: 'SELECT append_v1($1, $2, $3, $4, $5) AS answers',
            values,
          }),
        )
        const [row] = rows
        if (row === undefined) throw new Error('The database gave no answer.')
        return row.answers.map((answer, i) => appendedOf(answer, entries[i] as NewEntry))
      } catch (error) {
        if (isRefusal(error)) {
          if (!isWorthRepeating(error) || ++deadlocks > MAX_DEADLOCKS) throw error
          continue
        }
        this.#lose(error)
        if (performance.now() + RECONNECT_MS > since + GIVE_UP_AFTER_MS || this.#isGivenUp) {
          this.#giveUp()
          throw error
        }
        await sleep(RECONNECT_MS)
      }
    }
  }

  async #connected(ms: number): Promise<Connection> {
    if (this.#connection !== null && !this.#connection.isLost) return this.#connection
    if (ms <= 0) throw new StoreUnavailable('The database cannot be reached.')
    const connection = new Connection(this.#options.url)
    await connection.within(ms, (client) => client.connect())
    await connection.within(ms, (client) => client.query(SESSION))
    return (this.#connection = connection)
  }

  #lose(error: unknown): void {
    if (this.#connection !== null) this.#options.logger.warn('database_lost', {}, error)
    this.#connection?.cut()
    this.#connection = null
  }

  #giveUp(): void {
    if (this.#isGivenUp) return
    this.#isGivenUp = true
    void this.#comeBack()
  }

  async #comeBack(): Promise<void> {
    while (this.#isGivenUp) {
      await sleep(RECONNECT_MS, undefined, { ref: false })
      await this.#connected(GIVE_UP_AFTER_MS).then(
        () => (this.#isGivenUp = false),
        () => undefined,
      )
    }
  }
}

/** What is acknowledged is on the disk of the database, whatever its configuration says; a stricter one stays. */
const SESSION = `SET statement_timeout = ${STATEMENT_TIMEOUT_MS};
  SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')`

/** An entry as `append_v1` takes it. What the database could not read would refuse all that is committed with it. */
function incoming({ about, text, clientId, authorId, ...entry }: NewEntry): object {
  return {
    ...entry,
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
