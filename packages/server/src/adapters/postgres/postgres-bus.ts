import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Signer } from '../../ports/signer.ts'
import { createHintBus, type HintChannel } from '../bus/hint-bus.ts'
import { createHintCodec } from '../bus/hint-codec.ts'
import { Connection } from './connection.ts'

const CHANNEL = 'roomful'

/** A notification is shorter than 8,000 bytes (PostgreSQL, NOTIFY); longer hints go in parts. */
const PART_CHARACTERS = 7_800

/** Hints of which a part is still missing, of all nodes together; beyond it the oldest is lost. */
const MAX_UNFINISHED = 100

const TIMEOUT_MS = 4_000
const RECONNECT_MS = 250

export interface PostgresBusOptions {
  /** Name of this node in the registry: by it the others know who speaks. */
  readonly node: string
  readonly url: string
  /** Of the cluster's secret. */
  readonly signer: Signer
  readonly logger: Logger
}

/**
 * A `Bus` of the nodes on one database, by `LISTEN` and `NOTIFY` on a connection of its own. Resolves when it listens, or cannot yet: it connects by
 * itself again after each loss.
 */
export async function openPostgresBus({ node, url, signer, logger }: PostgresBusOptions): Promise<Bus> {
  const codec = createHintCodec({ node, signer, logger })
  const channel = new PostgresChannel(url)
  await channel.tried
  return createHintBus({ codec, logger, channel })
}

class PostgresChannel implements HintChannel {
  readonly #url: string
  readonly #parts = new Parts()
  readonly #name = randomBytes(6).toString('base64url')
  #connection: Connection | null = null
  #sent = 0
  #isClosed = false
  #running: Promise<void> = Promise.resolve()
  /** Resolves after the first try to listen. */
  readonly tried: Promise<void>

  constructor(url: string) {
    this.#url = url
    this.tried = new Promise((resolve) => {
      this.#running = this.#run(resolve)
    })
  }

  onHint(listener: (hint: string) => void): void {
    this.#parts.onHint = listener
  }

  async send(hint: string): Promise<void> {
    const connection = this.#connection
    if (connection === null) throw new Error('The database cannot be reached.')
    const parts = inParts(`${this.#name}-${++this.#sent}`, hint)
    await connection.within(TIMEOUT_MS, (client) =>
      client.query('SELECT pg_notify($1, part) FROM unnest($2::text[]) AS part', [CHANNEL, parts]),
    )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#connection?.end()
    await this.#running
  }

  async #run(onTried: () => void): Promise<void> {
    while (!this.#isClosed) {
      await this.#listen(onTried).catch(() => undefined)
      onTried()
      if (!this.#isClosed) await sleep(RECONNECT_MS, undefined, { ref: false })
    }
  }

  /** Resolves when the connection is lost. */
  async #listen(onReady: () => void): Promise<void> {
    const connection = new Connection(this.#url)
    const { client } = connection
    const ended = new Promise((resolve) => client.once('end', resolve))
    client.on('notification', ({ payload }) => payload !== undefined && this.#parts.add(payload))
    try {
      await connection.within(TIMEOUT_MS, () => client.connect())
      await connection.within(TIMEOUT_MS, () => client.query(`LISTEN ${CHANNEL}`))
      if (this.#isClosed) return await connection.end()
      this.#connection = connection
      onReady()
      await ended
    } finally {
      this.#connection = null
      connection.cut()
    }
  }
}

/** A hint as texts `ID PART PARTS CONTENT`. */
function inParts(id: string, hint: string): string[] {
  const count = Math.max(1, Math.ceil(hint.length / PART_CHARACTERS))
  return Array.from({ length: count }, (_, i) => {
    const content = hint.slice(i * PART_CHARACTERS, (i + 1) * PART_CHARACTERS)
    return `${id} ${i} ${count} ${content}`
  })
}

/** Puts hints together again. Parts of one come in order, as they were sent in one transaction. */
class Parts {
  onHint: (hint: string) => void = () => {}
  readonly #unfinished = new Map<string, string[]>()

  add(text: string): void {
    const [id = '', part = '', count = '', content = ''] = text.split(' ')
    const known = this.#unfinished.get(id) ?? []
    this.#unfinished.delete(id)
    // A part that does not follow the one before belongs to nothing: whoever sent it is no node.
    if (Number(part) !== known.length) return
    known.push(content)
    if (known.length >= Number(count)) return this.onHint(known.join(''))
    this.#unfinished.set(id, known)
    const [oldest] = this.#unfinished.keys()
    if (this.#unfinished.size > MAX_UNFINISHED && oldest !== undefined) this.#unfinished.delete(oldest)
  }
}
