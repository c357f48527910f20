import { randomBytes } from 'node:crypto'
import {
  type Appended,
  type Entry,
  NOBODY,
  type Range,
  type Reference,
  type Refused,
  type Retention,
  type RoomHead,
  type StoreLimits,
} from '../../ports/store.ts'
import { finite, readLimit } from '../read-limit.ts'
import { type First, repeated } from '../repeated.ts'
import { BATCH_FIELDS, FIELD, type FlatBatch, type FlatResults } from '../store-codec.ts'
import {
  bindable,
  type Database,
  RESULT,
  resultCode,
  type SqlValue,
  type Transaction,
  transactionOf,
} from './driver.ts'
import { LetGoIds } from './let-go-ids.ts'
import { type Log, Logs } from './logs.ts'
import { type NewReference, References } from './references.ts'
import { ABOUT_ID, ABOUT_SEQ, entryOf, prepareAll } from './statements.ts'
import { Trimmer } from './trimmer.ts'
import { renewWal } from './wal.ts'

/** How long a write waits for another program's lock on the database before it is refused. */
export const BUSY_TIMEOUT_MS = 2_000

/** An entry that was perhaps written although nobody was told. */
export interface InDoubt {
  readonly log: string
  readonly id: string
}

export interface EngineParts {
  readonly database: Database
  /** The open lock of the data folder. */
  readonly lock: Database
  /** Name of the library. */
  readonly driver: string
  /** The file of the database. */
  readonly file: string
  readonly limits: Required<StoreLimits>
}

/** The SQL of the store: synchronous, and alone on its connection. */
export class Engine {
  readonly epoch: string
  readonly driver: string
  readonly #database: Database
  readonly #file: string
  readonly #lock: Database
  readonly #transaction: Transaction
  readonly #statements: ReturnType<typeof prepareAll>
  readonly #references: References
  readonly #letGoIds: LetGoIds
  readonly #trimmer: Trimmer
  readonly #logs: Logs
  /** Values of `insert`, used over and over: its columns stand in the order of `FIELD`, but for the first two. */
  readonly #row: SqlValue[] = []
  #patient = true
  /** At a start too: the process before may have been killed with one owed. */
  #owesRenewal = true

  constructor({ database, lock, driver, file, limits }: EngineParts) {
    this.#database = database
    this.#lock = lock
    this.#transaction = transactionOf(database)
    this.driver = driver
    this.#file = file
    this.#statements = prepareAll(database)
    this.#references = new References(database)
    this.#letGoIds = new LetGoIds(database, limits.maxLetGoIds)
    this.#trimmer = new Trimmer(database, this.#letGoIds)
    this.#logs = new Logs(database, limits.maxLogs)
    this.epoch = this.#createEpoch()
  }

  append(batch: FlatBatch): FlatResults {
    return this.#write(() => {
      const numbers: number[] = []
      const others: Appended[] = []
      for (let at = 0; at < batch.length; at += BATCH_FIELDS) this.#appendOne(batch, at, numbers, others)
      return { numbers, others }
    })
  }

  /** Entries of a log in ascending order. */
  read(log: string, range: Range, limit: number): Omit<Entry, 'log'>[] {
    const id = this.#logs.find(log)?.id
    this.#logs.trimCache()
    if (id === undefined) return []
    const { readAfter, readBefore } = this.#statements
    const most = readLimit(limit)
    return 'after' in range
      ? readAfter.all([id, finite(range.after), most]).map(entryOf)
      : readBefore
          .all([id, finite(range.before), most])
          .map(entryOf)
          .reverse()
  }

  heads(logs: readonly string[]): number[] {
    const heads = logs.map((name) => this.#logs.find(name)?.head ?? 0)
    this.#logs.trimCache()
    return heads
  }

  firsts(logs: readonly string[]): number[] {
    return logs.map((name) => this.#logs.first(name))
  }

  /** Answers whether nothing was left to do. */
  trim(retention: Retention, limit: number): boolean {
    const keepsAll = retention.keep === null && retention.before === null
    if (keepsAll && this.#letGoIds.isEmpty && !this.#trimmer.hasLongOne) return true
    try {
      return this.#write(() => this.#trimmer.trim(retention, limit))
    } catch (error) {
      this.#letGoIds.recount()
      throw error
    }
  }

  rooms(after: string, limit: number): RoomHead[] {
    return this.#logs.rooms(after, readLimit(limit))
  }

  /** Writes and commits something small. */
  check(): void {
    this.#write(() => this.#statements.check.run([]))
  }

  /**
   * Takes back what was committed without an answer, so that a batch that was refused is not there. Only the newest entries
   * of a log can be such, and nobody has seen them. What a deletion among them has emptied stays empty; its author was told
   * that it failed, and tries again.
   */
  undo(entries: readonly InDoubt[]): void {
    const ids = new Set(entries.map(({ id }) => id))
    this.#write(() => {
      // An entry about a private message has a copy where that has one: its log joins those that are looked at.
      const names = new Set(entries.map(({ log }) => log))
      for (const name of names) {
        const log = this.#logs.find(name)
        if (log !== undefined) this.#undoNewest(log, ids, names)
      }
    })
  }

  /** Whether the write-ahead log may hold a text that was deleted. */
  get owesRenewal(): boolean {
    return this.#owesRenewal
  }

  /** Moves what the write-ahead log holds into the file and begins it anew. While somebody reads, or the disk is full, it is owed on. */
  renewLog(): void {
    const patient = this.#patient
    this.#bePatient(false)
    try {
      this.#owesRenewal = !renewWal(this.#database, this.#file)
    } catch {
      this.#owesRenewal = true
    } finally {
      this.#bePatient(patient)
    }
  }

  /** Moves everything into the one file and lets go of the data folder. */
  close(): void {
    this.#database.close()
    this.#lock.close()
  }

  #appendOne(batch: FlatBatch, at: number, numbers: number[], others: Appended[]): void {
    if (batch[at + FIELD.about] !== null) {
      numbers.push(0, 0)
      others.push(this.#appendReference(batch, at))
      return
    }
    const name = batch[at + FIELD.log] as string
    const copy = batch[at + FIELD.copy] as string | null
    if (copy === NOBODY) {
      numbers.push(0, 0)
      others.push(this.#repeatedOr('nobody', name, batch, at))
      return
    }
    if (this.#logs.wouldBeTooMany(name, copy)) {
      numbers.push(0, 0)
      others.push(this.#repeatedOr('too_many_logs', name, batch, at))
      return
    }
    const log = this.#logs.open(name)
    const clientId = batch[at + FIELD.clientId] ?? null
    const gone = this.#letGoIds.first(clientId, log.id)
    if (gone !== undefined || !this.#insert(log, batch, at, clientId)) {
      const first = gone ?? this.#firstWith(clientId, log)
      if (first === null) throw new Error('An entry was not written, and no other holds its client id')
      numbers.push(0, 0)
      others.push(repeated(first, contentOf(batch, at)))
    } else if (copy === null || copy === name) {
      numbers.push(log.head, copy === null ? 0 : log.head)
    } else {
      const other = this.#logs.open(copy)
      // A client id is known in `log` only: the addressee's own ids, and other senders', stay apart from it.
      this.#insert(other, batch, at, null)
      numbers.push(log.head, other.head)
    }
  }

  /** An entry about another one: what that is decides whether it is taken, and where else it goes. */
  #appendReference(batch: FlatBatch, at: number): Appended {
    const name = batch[at + FIELD.log] as string
    const log = this.#logs.find(name)
    if (log === undefined) return { outcome: 'refused', why: 'not_found' }
    const clientId = batch[at + FIELD.clientId] ?? null
    const first = this.#firstWith(clientId, log)
    if (first !== null) return repeated(first, contentOf(batch, at))
    if (batch[at + FIELD.copy] === NOBODY) return { outcome: 'refused', why: 'nobody' }
    const reference: NewReference = {
      ...contentOf(batch, at),
      log: name,
      logId: log.id,
      copy: batch[at + FIELD.copy] as string | null,
      about: batch[at + FIELD.about] as number,
      asModerator: batch[at + FIELD.asModerator] === 1,
    }
    const found = this.#references.find(reference)
    if (typeof found === 'string') return { outcome: 'refused', why: found }
    if (this.#logs.wouldBeTooMany(name, found.copy)) return { outcome: 'refused', why: 'too_many_logs' }
    this.#insert(log, batch, at, clientId, { id: found.id, seq: reference.about })
    const seq = log.head
    let copySeq = 0
    if (found.copy === name) copySeq = seq
    else if (found.copy !== null) {
      const other = this.#logs.open(found.copy)
      this.#insert(other, batch, at, null, { id: found.id, seq: found.copySeq })
      copySeq = other.head
    }
    if (reference.kind === 'delete') {
      this.#references.empty(log.id, reference.about, found.id)
      this.#owesRenewal = true
    }
    return { outcome: 'appended', seq, copySeq, found }
  }

  /** Answers whether it was written: not when the log holds its client id already. */
  #insert(
    log: Log,
    batch: FlatBatch,
    at: number,
    clientId: string | number | null,
    about: Reference | null = null,
  ): boolean {
    const row = this.#row
    row[0] = log.id
    row[1] = log.head + 1
    for (let field = FIELD.id; field < FIELD.clientId; field++) row[field] = batch[at + field] ?? null
    row[FIELD.text] = bindable(batch[at + FIELD.text] as string)
    row[FIELD.clientId] = clientId
    row[ABOUT_ID] = about === null ? null : about.id
    row[ABOUT_SEQ] = about === null ? null : about.seq
    if (this.#statements.insert.run(row) === 0) return false
    this.#logs.setHead(log, log.head + 1)
    return true
  }

  /** What is taken only when it is known already. */
  #repeatedOr(why: Refused, name: string, batch: FlatBatch, at: number): Appended {
    const log = this.#logs.find(name)
    const first = log === undefined ? null : this.#firstWith(batch[at + FIELD.clientId] ?? null, log)
    return first === null ? { outcome: 'refused', why } : repeated(first, contentOf(batch, at))
  }

  /** What was first said in a log under a client id, also when it was removed since. */
  #firstWith(clientId: string | number | null, log: Log): First | null {
    if (clientId === null) return null
    const [row] = this.#statements.byClientId.all([clientId, log.id])
    return row === undefined ? (this.#letGoIds.first(clientId, log.id) ?? null) : entryOf(row)
  }

  #undoNewest(log: Log, ids: ReadonlySet<string>, names: Set<string>): void {
    const { idOf, remove } = this.#statements
    for (;;) {
      const [newest] = idOf.all([log.id, log.head])
      if (typeof newest?.['id'] !== 'string' || !ids.has(newest['id'])) return
      const copy = this.#references.copyLog(newest['about_id'] as string | null, log.id)
      if (copy !== null) names.add(copy)
      remove.run([log.id, log.head])
      this.#logs.setHead(log, log.head - 1)
    }
  }

  /** One transaction. When it fails, nothing of it is left, in the cache neither. */
  #write<T>(work: () => T): T {
    try {
      const result = this.#transaction(() => {
        const answer = work()
        this.#logs.write()
        return answer
      })
      this.#logs.settle(true)
      this.#bePatient(true)
      return result
    } catch (error) {
      this.#logs.settle(false)
      // While another program holds its lock, each further batch that waited in vain would make the ones behind it later.
      if (resultCode(error) === RESULT.busy) this.#bePatient(false)
      throw error
    }
  }

  #bePatient(patient: boolean): void {
    if (patient === this.#patient) return
    this.#database.exec(`PRAGMA busy_timeout = ${patient ? BUSY_TIMEOUT_MS : 0}`)
    this.#patient = patient
  }

  #createEpoch(): string {
    this.#write(() => this.#statements.createEpoch.run([randomBytes(12).toString('base64url')]))
    const [row] = this.#statements.epoch.all([])
    return row?.['value'] as string
  }
}

/** By what a repeat is held against the first one. */
function contentOf(batch: FlatBatch, at: number) {
  return {
    kind: batch[at + FIELD.kind] as Entry['kind'],
    about: batch[at + FIELD.about] as number | null,
    author: batch[at + FIELD.author] as string,
    authorId: batch[at + FIELD.authorId] as string | null,
    target: batch[at + FIELD.target] as string | null,
    text: batch[at + FIELD.text] as string,
  }
}
