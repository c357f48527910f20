import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from '../../ports/logger.ts'
import {
  type Beat,
  type Bearer,
  type Claimed,
  LEASE_MS,
  type NameClaim,
  NodeReplaced,
  type Registry,
} from '../../ports/registry.ts'
import { StoreUnavailable } from '../../ports/store.ts'
import { unavailable } from './connection.ts'
import { GIVE_UP_AFTER_MS, LastingConnection, STATEMENT_TIMEOUT_MS } from './lasting-connection.ts'
import { escapeText } from './text.ts'

/** Milliseconds between two looks whether the node of the same name still beats. */
const LOOK_MS = 250

/** With every so manieth beat a node removes the names that dead ones have left. */
const BEATS_PER_SWEEP = 60

/** Milliseconds in which a node takes itself off the living, or leaves that to its lease. */
const LEAVE_WITHIN_MS = 1_000

export interface PostgresRegistryOptions {
  /** Of a database that `openPostgres` has opened. */
  readonly url: string
  /** Names this node among all on the database. */
  readonly node: string
  readonly logger: Logger
  /** Default: `LEASE_MS`. Counted by the clock of the database. */
  readonly leaseMs?: number
}

/**
 * The `Registry` of the nodes on one database, on a connection of its own. Where a node of that name was not closed, it waits for the end of its lease. Rejects
 * with an `Error` of one sentence for the operator when that one lives, and with `StoreUnavailable` without the database.
 */
export async function openPostgresRegistry(options: PostgresRegistryOptions): Promise<Registry> {
  const registry = new PostgresRegistry(options)
  try {
    await registry.join()
  } catch (error) {
    await registry.close()
    throw error
  }
  return registry
}

class PostgresRegistry implements Registry {
  readonly node: string
  /** This process, of all that ever were the node. */
  readonly #run = randomBytes(12).toString('base64url')
  readonly #leaseMs: number
  readonly #connection: LastingConnection
  #before: Promise<unknown> = Promise.resolve()
  #beats = 0
  #closing: Promise<void> | null = null

  constructor({ url, node, logger, leaseMs }: PostgresRegistryOptions) {
    this.node = node
    this.#leaseMs = leaseMs ?? LEASE_MS
    const session = `SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`
    this.#connection = new LastingConnection({ url, logger, session })
  }

  async join(): Promise<void> {
    let first: string | null = null
    for (;;) {
      const [row] = await this.#ask<{ other: string | null }>('SELECT join_v1($1, $2, $3) AS other', [
        this.node,
        this.#run,
        this.#leaseMs,
      ])
      const other = row?.other ?? null
      if (other === null) return
      first ??= other
      if (other !== first)
        throw new Error(`A node named ${this.node} lives already: give each one a name of its own.`)
      await sleep(LOOK_MS)
    }
  }

  async claim(claims: readonly NameClaim[]): Promise<readonly Claimed[]> {
    const sent = claims.map((claim) => ({
      ...claim,
      key: escapeText(claim.key),
      name: escapeText(claim.name),
    }))
    const [row] = await this.#ask<{ people: (string | null)[] | null }>(
      'SELECT claim_names_v1($1, $2, $3) AS people',
      [this.node, this.#run, JSON.stringify(sent)],
    )
    const people = row?.people ?? null
    if (people === null) throw new StoreUnavailable('This node was found dead, and has not come back yet.')
    return people.map((person) => (person === null ? { outcome: 'taken' } : { outcome: 'yours', person }))
  }

  async release(keys: readonly string[]): Promise<void> {
    await this.#ask('SELECT release_names_v1($1, $2, $3)', [this.node, this.#run, keys.map(escapeText)])
  }

  async find(keys: readonly string[]): Promise<readonly (Bearer | null)[]> {
    const escaped = keys.map(escapeText)
    const rows = await this.#ask<Bearer & { key: string }>('SELECT * FROM find_names_v1($1, $2)', [
      this.#run,
      escaped,
    ])
    const found = new Map(rows.map(({ key, person, name }) => [key, { person, name }]))
    return escaped.map((key) => found.get(key) ?? null)
  }

  async beat(version: number): Promise<Beat> {
    const sweeps = this.#beats++ % BEATS_PER_SWEEP === 0
    const [row] = await this.#ask<{ beat: Beat | null }>('SELECT beat_v1($1, $2, $3, $4, $5) AS beat', [
      this.node,
      this.#run,
      version,
      this.#leaseMs,
      sweeps,
    ])
    const beat = row?.beat ?? null
    if (beat === null) throw new NodeReplaced(this.node)
    return beat
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave()
    return this.#closing
  }

  async #leave(): Promise<void> {
    await this.#before
    const since = performance.now() - GIVE_UP_AFTER_MS + LEAVE_WITHIN_MS
    await this.#connection
      .ask(since, (client) =>
        client.query('DELETE FROM living WHERE node = $1 AND run = $2', [this.node, this.#run]),
      )
      .catch(() => undefined)
    await this.#connection.end()
  }

  /** Runs a statement behind those that were called before. */
  async #ask<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
    if (this.#closing !== null) throw new StoreUnavailable('The registry is closed.')
    const since = performance.now()
    const asked = this.#before.then(() =>
      this.#connection.ask(since, (client) => client.query<Row>({ name: text, text, values: [...values] })),
    )
    this.#before = asked.catch(() => undefined)
    try {
      return (await asked).rows
    } catch (error) {
      throw unavailable(error)
    }
  }
}
