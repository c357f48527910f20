import { type ConfirmChannel, connect } from 'amqplib'
import type { Logger } from '../../ports/logger.ts'
import type { HintChannel } from '../bus/hint-bus.ts'
import { type Link, OPEN_TIMEOUT_MS, openLinkedChannel, type OpenLink } from '../bus/linked-channel.ts'

/** What waits for a node that does not read: older hints make way for newer ones, and none is worth more than a look at the store. */
const QUEUE_LIMITS = { 'x-max-length': 1_000, 'x-max-length-bytes': 67_108_864, 'x-message-ttl': 10_000 }

/** Hints that are on their way to a node at once: without a limit the broker would keep the others outside of the queue and its limits. */
const PREFETCH = 20

export interface RabbitChannelOptions {
  /** `amqp://user:password@host:port/vhost`, `amqps://` with TLS. */
  readonly url: string
  /** Name of the exchange of this cluster. */
  readonly name: string
  readonly logger: Logger
}

/** A channel over RabbitMQ: one fanout exchange, and one queue of each node that goes with its connection. What is sent is confirmed. */
export function openRabbitChannel({ url, name, logger }: RabbitChannelOptions): Promise<HintChannel> {
  const address = new URL(url)
  return openLinkedChannel((...ends) => openLink(address, name, ...ends), logger)
}

async function openLink(url: URL, name: string, ...[onHint, givenUp]: Parameters<OpenLink>): Promise<Link> {
  const ending = new AbortController()
  const cut = () => ending.abort()
  givenUp.addEventListener('abort', cut)
  // Its socket ends with the signal; `close` would wait for an answer.
  const options = { timeout: OPEN_TIMEOUT_MS, noDelay: true, signal: ending.signal }
  const address = addressOf(url)
  const connection = await connect(address, options).catch((error: unknown) => {
    // All that the library says of it: Expected ConnectionOpenOk; got <ConnectionClose channel:0>
    if (!String(error).includes('ConnectionOpenOk')) throw error
    throw new Error(`the virtual host ${address.vhost} is not there or not open to that user`, {
      cause: error,
    })
  })
  // Of the channel, too: without it the connection is of no use.
  const lost = new Promise((resolve) => {
    connection.once('close', resolve)
    connection.on('error', resolve)
  })
  try {
    const channel = await connection.createConfirmChannel()
    const channelLost = new Promise((resolve) => {
      channel.once('close', resolve)
      channel.on('error', resolve)
    })
    await listen(channel, name, onHint)
    return {
      ended: Promise.race([lost, channelLost]).then(cut),
      cut,
      check: () => channel.checkExchange(name),
      send: (hint) => published(channel, name, hint),
      end: () => connection.close(),
    }
  } catch (error) {
    cut()
    throw error
  }
}

async function listen(channel: ConfirmChannel, name: string, onHint: (hint: string) => void): Promise<void> {
  await channel.assertExchange(name, 'fanout', { durable: true })
  const { queue } = await channel.assertQueue('', {
    exclusive: true,
    autoDelete: true,
    durable: false,
    arguments: QUEUE_LIMITS,
  })
  await channel.bindQueue(queue, name, '')
  await channel.prefetch(PREFETCH)
  await channel.consume(queue, (message) => {
    // The broker has taken the queue away.
    if (message === null) return void channel.close().catch(() => undefined)
    channel.ack(message)
    onHint(message.content.toString())
  })
}

function published(channel: ConfirmChannel, name: string, hint: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // A refusal says why here, ahead of the answer, which says only that the channel is closed.
    channel.once('error', reject)
    channel.publish(name, '', Buffer.from(hint), {}, (error: Error | null) => {
      channel.off('error', reject)
      if (error) reject(error)
      else resolve()
    })
  })
}

function addressOf({ protocol, hostname, port, username, password, pathname }: URL) {
  return {
    protocol: protocol.slice(0, -1),
    hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === ''
      ? {}
      : { username: decodeURIComponent(username), password: decodeURIComponent(password) }),
    vhost: pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : '/',
    // Two seconds: the broker, too, is to notice soon that a node has gone.
    heartbeat: 2,
  }
}
