import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Logger } from '../../ports/logger.ts'
import {
  type Appended,
  type Entry,
  MAX_LET_GO_IDS,
  MAX_LOGS,
  type NewEntry,
  type Range,
  type Retention,
  type RoomHead,
  SHORT_LOGS,
  type Store,
  type StoreLimits,
  StoreUnavailable,
} from '../../ports/store.ts'
import { readLimit } from '../read-limit.ts'
import { clientOptions, Connection, inTime, unavailable } from './connection.ts'
import { migrate } from './migrations.ts'
import { unescapeText } from './text.ts'
import { Writer } from './writer.ts'

/** Connections that read. With the one that writes, a node has one more. */
const READERS = 4

/** Of a read, what it waits for included: appends before it, and one of the connections. */
const READ_TIMEOUT_MS = 4_000

/** Days after which a node that was not seen is forgotten. */
const NODE_DAYS = 7

const COLUMNS =
  'seq, id, kind, author, author_id, target, text, timestamp, at, client_id, about_id, about_seq'

export interface PostgresStoreOptions extends StoreLimits {
  /** `postgres://user:password@host:port/database`; what else libpq takes stands behind `?`. */
  readonly url: string
  readonly logger: Logger
}

export interface Postgres {
  readonly store: Store
  /** The server's secret, 32 random bytes, the same for all nodes: it is made with the tables. */
  readonly secret: Buffer
}

/**
 * Opens a PostgreSQL database, which any number of nodes share, as `Store`. Creates and upgrades its tables. Rejects with an
 * `Error` whose message is one sentence for the operator, without password: not reachable, not let in, a newer version's tables,
 * a database that is not UTF-8.
 */
export async function openPostgres(options: PostgresStoreOptions): Promise<Postgres> {
  const { epoch, secret } = await prepared(options.url)
  options.logger.info('store_opened', { driver: 'postgres' })
  return { store: new PostgresStore(options, epoch), secret: Buffer.from(secret, 'base64url') }
}

async function prepared(url: string): Promise<{ epoch: string; secret: string }> {
  const connection = new Connection(url)
  try {
    return await connection.within(60_000, async (client) => {
      await client.connect()
      const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding')
      const encoding = rows[0]?.server_encoding
      if (encoding !== 'UTF8')
        throw new Error(`its encoding is ${encoding}: create a database with ENCODING UTF8`)
      await migrate(client)
      await client.query(`DELETE FROM nodes WHERE seen < now() - interval '${NODE_DAYS} days'`)
      const epoch = await madeOnce(client, 'epoch', 12)
      return { epoch, secret: await madeOnce(client, 'secret', 32) }
    })
  } catch (error) {
    throw new Error(refusal(url, error), { cause: error })
  } finally {
    await connection.end()
  }
}

/** Random bytes that the first node has made, as base64url. */
async function madeOnce(client: pg.ClientBase, key: string, bytes: number): Promise<string> {
  const made = randomBytes(bytes).toString('base64url')
  await client.query('INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [key, made])
  const { rows } = await client.query<{ value: string }>('SELECT value FROM meta WHERE key = $1', [key])
  return rows[0]?.value ?? ''
}

class PostgresStore implements Store {
  readonly epoch: string
  readonly #writer: Writer
  readonly #readers: pg.Pool
  readonly #maxLetGoIds: number
  #walkedTo = 0
  #closing: Promise<void> | null = null

  constructor({ url, logger, maxLogs, maxLetGoIds }: PostgresStoreOptions, epoch: string) {
    this.epoch = epoch
    const node = randomBytes(12).toString('base64url')
    this.#writer = new Writer({ url, node, logger, maxLogs: maxLogs ?? MAX_LOGS })
    this.#maxLetGoIds = maxLetGoIds ?? MAX_LET_GO_IDS
    this.#readers = new pg.Pool({
      ...clientOptions(url),
      max: READERS,
      query_timeout: READ_TIMEOUT_MS,
      statement_timeout: READ_TIMEOUT_MS,
    })
    this.#readers.on('error', (error) => logger.warn('database_lost', {}, error))
  }

  append(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    if (this.#closing !== null) return Promise.reject(new StoreUnavailable('The store is closed.'))
    return this.#writer.append(batch)
  }

  async read(log: string, range: Range, limit: number): Promise<readonly Entry[]> {
    const [condition, bound] =
      'after' in range ? ['seq > $2 ORDER BY seq', range.after] : ['seq < $2 ORDER BY seq DESC', range.before]
    const rows = await this.#ask<EntryRow>(
      `SELECT ${COLUMNS} FROM entries WHERE log_id = (SELECT id FROM logs WHERE name = $1) AND ${condition} LIMIT $3`,
      [log, finite(bound), readLimit(limit)],
    )
    const entries = rows.map((row) => entryOf(log, row))
    return 'after' in range ? entries : entries.reverse()
  }

  async heads(logs: readonly string[]): Promise<readonly number[]> {
    return this.#ofLogs('head', logs, 0)
  }

  async firsts(logs: readonly string[]): Promise<readonly number[]> {
    return this.#ofLogs('first', logs, 1)
  }

  async trim({ keep, before, idsBefore }: Retention, limit: number): Promise<boolean> {
    const areShort = await this.#trimShortLogs(limit)
    const rows = await this.#ask<{ behind: number | null }>(
      'SELECT trim_v1($1, $2, $3, $4, $5, $6) AS behind',
      [keep, ceiled(before), ceiled(idsBefore), limit, this.#walkedTo, this.#maxLetGoIds],
    )
    const behind = rows[0]?.behind ?? null
    this.#walkedTo = behind ?? 0
    return behind === null && areShort
  }

  /** Answers whether no more is left of them than may be. The row is locked first: several nodes do this. */
  async #trimShortLogs(limit: number): Promise<boolean> {
    let areShort = true
    for (const [name, kept] of SHORT_LOGS) {
      const rows = await this.#ask<{ due: number }>(
        `SELECT head - first + 1 - $1 AS due,
          remove_below_v1(ARRAY[id], ARRAY[least(head - $1 + 1, first + $2)], $4)
          FROM (SELECT id, first, head FROM logs WHERE name = $3 FOR UPDATE) AS short WHERE head - first >= $1`,
        [kept, limit, name, Number.MAX_SAFE_INTEGER],
      )
      areShort &&= (rows[0]?.due ?? 0) <= limit
    }
    return areShort
  }

  async rooms(after: string, limit: number): Promise<readonly RoomHead[]> {
    return this.#ask<RoomHead>(
      `SELECT name AS room, head FROM logs WHERE name > $1 AND left(name, 1) <> '@' AND head >= first
        ORDER BY name LIMIT $2`,
      [after, readLimit(limit)],
    )
  }

  async check(): Promise<void> {
    await this.#ask(
      `INSERT INTO meta (key, value) VALUES ('check', '') ON CONFLICT (key) DO UPDATE SET value = ''`,
      [],
    )
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#writer.close()
    await this.#readers.end()
  }

  async #ofLogs(column: 'head' | 'first', logs: readonly string[], none: number): Promise<number[]> {
    const rows = await this.#ask<{ name: string; number: number }>(
      `SELECT name, ${column} AS number FROM logs WHERE name = ANY ($1)`,
      [logs],
    )
    const known = new Map(rows.map(({ name, number }) => [name, number]))
    return logs.map((name) => known.get(name) ?? none)
  }

  /** Runs a statement when everything that was appended before has its answer. */
  async #ask<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
    if (this.#closing !== null) throw new StoreUnavailable('The store is closed.')
    try {
      return await inTime(READ_TIMEOUT_MS, this.#askInTurn<Row>(text, [...values]))
    } catch (error) {
      throw unavailable(error)
    }
  }

  async #askInTurn<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    const calledAt = performance.now()
    await this.#writer.settled()
    if (performance.now() - calledAt > READ_TIMEOUT_MS)
      throw new StoreUnavailable('What was appended before has no answer yet.')
    return (await this.#readers.query<Row>(text, values)).rows
  }
}

interface EntryRow {
  readonly seq: number
  readonly id: string
  readonly kind: Entry['kind']
  readonly author: string
  readonly author_id: string | null
  readonly target: string | null
  readonly text: string
  readonly timestamp: string
  readonly at: number
  readonly client_id: string | null
  readonly about_id: string | null
  readonly about_seq: number | null
}

function entryOf(log: string, row: EntryRow): Entry {
  const { seq, id, kind, author, target, timestamp, at } = row
  const about = row.about_id === null ? null : { id: row.about_id, seq: row.about_seq }
  const [authorId, clientId, text] = [row.author_id, row.client_id, unescapeText(row.text)]
  return { log, seq, id, kind, author, authorId, target, text, timestamp, at, clientId, about }
}

function ceiled(at: number | null): number | null {
  return at === null ? null : Math.ceil(at)
}

/** A bound of a range as a number that the database takes. */
function finite(seq: number): number {
  return Math.max(-1, Math.min(Math.floor(seq), Number.MAX_SAFE_INTEGER))
}

/** Why the database cannot be used, for the operator. */
function refusal(url: string, error: unknown): string {
  const { host, pathname } = new URL(url)
  const where = `PostgreSQL at ${host}${pathname}`
  return `${where} cannot be used: ${reasonOf(error).replace(/\.$/, '')}.`
}

/** What PostgreSQL answers when the schema meets tables, columns, types and functions that are there and not ours. */
const FOREIGN: ReadonlySet<string | undefined> = new Set([
  '42P07',
  '42701',
  '42703',
  '42710',
  '42723',
  '42804',
])

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error)
  if (reason === 'timeout expired') return 'no answer in time: see that PostgreSQL listens there'
  if (error instanceof pg.DatabaseError && FOREIGN.has(error.code))
    return `it holds tables of another program (${reason}): name a database that is Roomful's alone`
  return reason
}
