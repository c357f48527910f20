import { setImmediate as turn } from 'node:timers/promises'
import {
  type NatsConnection,
  NatsConnectionImpl,
  type NodeConnectionOptions,
  setTransportFactory,
} from '@nats-io/transport-node'
import { nodeResolveHost } from '@nats-io/transport-node/lib/node_transport.js'
import type { Logger } from '../../ports/logger.ts'
import type { HintChannel } from '../bus/hint-bus.ts'
import { type Link, OPEN_TIMEOUT_MS, openLinkedChannel, type OpenLink } from '../bus/linked-channel.ts'
import { Parts } from '../bus/parts.ts'
import { EndingTransport } from './ending-transport.ts'

/** Characters of a hint in one message: a server takes 1 MB (`max_payload`) unless it is told otherwise. */
const PART_CHARACTERS = 500_000

export interface NatsChannelOptions {
  /** `nats://user:password@host:port`, `nats://token@host:port`. */
  readonly url: string
  /** What the nodes of this cluster listen to: letters, digits, `-` and `_`, with dots between. */
  readonly name: string
  readonly logger: Logger
}

/** A channel over core NATS: it keeps nothing, so a node hears what is sent while it is connected. */
export function openNatsChannel({ url, name, logger }: NatsChannelOptions): Promise<HintChannel> {
  const address = new URL(url)
  return openLinkedChannel((...ends) => openLink(address, name, ...ends), logger)
}

async function openLink(url: URL, name: string, ...[onHint, givenUp]: Parameters<OpenLink>): Promise<Link> {
  const connection = await connected(givenUp, {
    ...credentials(url),
    servers: url.host,
    name: 'roomful',
    noEcho: true,
    reconnect: false,
    ignoreClusterUpdates: true,
    timeout: OPEN_TIMEOUT_MS,
  })
  const { max_payload = Infinity } = connection.info ?? {}
  const parts = new Parts(Math.min(PART_CHARACTERS, max_payload - 100))
  const refusal = firstRefusal(connection)
  connection.subscribe(name, {
    callback(error, message) {
      const hint = error === null ? parts.add(message.string()) : null
      if (hint !== null) onHint(hint)
    },
  })
  const cut = () => void connection.close().catch(() => undefined)
  const link: Link = {
    ended: connection.closed(),
    cut,
    check: () => connection.flush(),
    async send(hint) {
      for (const part of parts.apart(hint)) connection.publish(name, part)
      await taken(connection, refusal)
    },
    end: () => connection.close(),
  }
  try {
    await taken(connection, refusal)
    return link
  } catch (error) {
    cut()
    throw error
  }
}

/** As `connect` of the library does it, over sockets that end. */
function connected(givenUp: AbortSignal, options: NodeConnectionOptions): Promise<NatsConnection> {
  setTransportFactory({ factory: () => new EndingTransport(givenUp), dnsResolveFn: nodeResolveHost })
  return NatsConnectionImpl.connect(options)
}

/** The server answers when it has taken what came before. What it refuses it says ahead of that, which is heard a moment later. */
async function taken(connection: NatsConnection, refusal: { error: Error | null }): Promise<void> {
  await connection.flush()
  await turn()
  if (refusal.error !== null) throw refusal.error
}

/** A server says asynchronously that it does not let one subscribe or publish. */
function firstRefusal(connection: NatsConnection): { error: Error | null } {
  const refusal: { error: Error | null } = { error: null }
  const watch = async () => {
    for await (const status of connection.status())
      if (status.type === 'error') refusal.error ??= status.error
  }
  void watch()
  return refusal
}

function credentials({ username, password }: URL): { user?: string; pass?: string; token?: string } {
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)]
  if (user === '') return {}
  return pass === '' ? { token: user } : { user, pass }
}
