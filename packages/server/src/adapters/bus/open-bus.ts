import { createHmac } from 'node:crypto'
import type { Bus } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Metrics } from '../../ports/metrics.ts'
import { createHmacSigner } from '../hmac-signer.ts'
import { busFamilies, noHints } from '../metrics/bus-counts.ts'
import { createHintBus, type HintChannel } from './hint-bus.ts'
import { createHintCodec } from './hint-codec.ts'

/** Is told to send nobody what they have said themselves. */
const NATS = 'nats:'

export interface BusOptions {
  /** Name of this node in the registry: by it the others know who speaks. */
  readonly node: string
  /** Address of a broker, or of the PostgreSQL database itself. */
  readonly url: string
  /** Of the history: nodes hear only those that share it, also where a broker serves others. */
  readonly epoch: string
  /** Of the cluster. */
  readonly secret: Buffer
  readonly logger: Logger
  readonly metrics: Metrics
}

/** The bus of the nodes that share one history. Rejects when the broker cannot be reached or refuses; what it loses later shows in the log. */
export async function openBus({ node, url, epoch, secret, logger, metrics }: BusOptions): Promise<Bus> {
  // A secret of its own for hints: nothing that was signed for one purpose can be shown for the other.
  const signer = createHmacSigner(createHmac('sha256', secret).update('bus').digest())
  const counts = noHints()
  metrics.add(() => busFamilies(counts))
  const codec = createHintCodec({ node, signer, logger, counts })
  return createHintBus({
    codec,
    channel: await openChannel({ url, name: `roomful.${epoch}`, logger }),
    logger,
    counts,
    hasEcho: new URL(url).protocol !== NATS,
  })
}

/** Each library is loaded only where it is used. */
async function openChannel(options: { url: string; name: string; logger: Logger }): Promise<HintChannel> {
  switch (new URL(options.url).protocol) {
    case 'amqp:':
    case 'amqps:':
      return (await import('../rabbitmq/rabbitmq-bus.ts')).openRabbitChannel(options)
    case NATS:
      return (await import('../nats/nats-bus.ts')).openNatsChannel(options)
    case 'postgres:':
    case 'postgresql:':
      return (await import('../postgres/postgres-bus.ts')).openPostgresChannel(options)
    default:
      return (await import('../redis/redis-bus.ts')).openRedisChannel(options)
  }
}
