import type { Logger } from '../../ports/logger.ts'
import type { HintChannel } from '../bus/hint-bus.ts'
import { type Link, OPEN_TIMEOUT_MS, openLinkedChannel, type OpenLink } from '../bus/linked-channel.ts'
import { Parts } from '../bus/parts.ts'
import { Connection } from './connection.ts'

const CHANNEL = 'roomful'

/** A notification is shorter than 8,000 bytes (PostgreSQL, NOTIFY); longer hints go in parts. */
const PART_CHARACTERS = 7_800

/** A channel between the nodes on one database, by `LISTEN` and `NOTIFY` on a connection of its own. Clusters in two schemas of one database hear, and refuse, each other. */
export function openPostgresChannel({ url, logger }: { url: string; logger: Logger }): Promise<HintChannel> {
  return openLinkedChannel((...ends) => openLink(url, ...ends), logger)
}

async function openLink(url: string, ...[onHint, givenUp]: Parameters<OpenLink>): Promise<Link> {
  const connection = new Connection(url)
  givenUp.addEventListener('abort', () => connection.cut())
  const { client } = connection
  const parts = new Parts(PART_CHARACTERS)
  const ended = new Promise((resolve) => client.once('end', resolve))
  client.on('notification', ({ payload = '' }) => {
    const hint = parts.add(payload)
    if (hint !== null) onHint(hint)
  })
  try {
    await connection.within(OPEN_TIMEOUT_MS, () => client.connect())
    await connection.within(OPEN_TIMEOUT_MS, () => client.query(`LISTEN ${CHANNEL}`))
  } catch (error) {
    connection.cut()
    throw error
  }
  return {
    ended,
    cut: () => connection.cut(),
    end: () => connection.end(),
    check: () => client.query('SELECT 1'),
    send: async (hint) =>
      void (await client.query('SELECT pg_notify($1, part) FROM unnest($2::text[]) AS part', [
        CHANNEL,
        parts.apart(hint),
      ])),
  }
}
