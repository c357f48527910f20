import { createClient, DisconnectsClientError, ErrorReply, type RedisClientType } from '@redis/client'
import type { Logger } from '../../ports/logger.ts'
import type { HintChannel } from '../bus/hint-bus.ts'
import { type Link, OPEN_TIMEOUT_MS, openLinkedChannel, type OpenLink } from '../bus/linked-channel.ts'

export interface RedisChannelOptions {
  /** `redis://user:password@host:port`, `rediss://` with TLS; `valkey://` and `valkeys://` mean the same. */
  readonly url: string
  /** What the nodes of this cluster listen to. */
  readonly name: string
  readonly logger: Logger
}

/**
 * A channel over Redis 6 or newer, or Valkey, on one connection: sharded publish and subscribe where the server has it (Redis 7), the classic one otherwise. In a Redis
 * Cluster it goes to the node that has the channel.
 */
export function openRedisChannel({ url, name, logger }: RedisChannelOptions): Promise<HintChannel> {
  const address = url.replace(/^valkey(s?):/, 'redis$1:')
  return openLinkedChannel((...ends) => openLink(new URL(address), name, ...ends), logger)
}

async function openLink(url: URL, name: string, ...[onHint, givenUp]: Parameters<OpenLink>): Promise<Link> {
  givenUp.throwIfAborted()
  const client = createClient({
    url: url.href,
    socket: { reconnectStrategy: false, connectTimeout: OPEN_TIMEOUT_MS },
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
  })
  const cut = () => client.destroy()
  givenUp.addEventListener('abort', cut)
  // What went wrong: what is called meanwhile rejects with no more than that the client was cut.
  let fault: Error | undefined
  client.once('error', (error: Error) => {
    fault = error
  })
  const ended = new Promise((resolve) => {
    client.once('end', resolve)
    client.on('error', resolve)
    client.once('sharded-channel-moved', resolve)
  }).then(cut)
  try {
    await client.connect()
    const isSharded = await subscribe(client, name, onHint)
    return {
      ended,
      cut,
      check: () => client.ping(),
      send: async (hint) =>
        void (await (isSharded ? client.sPublish(name, hint) : client.publish(name, hint))),
      end: async () => client.close(),
    }
  } catch (error) {
    cut()
    const owner = error instanceof ErrorReply ? /^MOVED \d+ (.+)$/.exec(error.message)?.[1] : undefined
    if (owner === undefined || owner === url.host)
      throw error instanceof DisconnectsClientError ? (fault ?? error) : error
    return openLink(Object.assign(new URL(url), { host: owner }), name, onHint, givenUp)
  }
}

/** Whether the subscription is a sharded one. */
async function subscribe(
  client: Pick<RedisClientType, 'sSubscribe' | 'subscribe'>,
  name: string,
  onHint: (hint: string) => void,
): Promise<boolean> {
  try {
    await client.sSubscribe(name, onHint)
    return true
  } catch (error) {
    if (!(error instanceof ErrorReply) || !error.message.startsWith('ERR unknown command')) throw error
    await client.subscribe(name, onHint)
    return false
  }
}
