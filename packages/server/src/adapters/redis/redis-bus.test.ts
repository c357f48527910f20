import { createClient } from '@redis/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Broker, HAS, startNats, startRedis } from '../../../testing/brokers.mjs'
import { channelContract } from '../../../testing/channel-contract.ts'
import { keepingLogger } from '../../../testing/sqlite.ts'
import type { HintChannel } from '../bus/hint-bus.ts'
import type { Logger } from '../../ports/logger.ts'
import { busFault } from '../../config/bus-fault.ts'
import { openRedisChannel } from './redis-bus.ts'

const patience = { timeout: 60_000, interval: 50 }

const open = (url: string, name: string, logger: Logger = keepingLogger()) =>
  openRedisChannel({ url, name, logger })

async function asked(url: string, ...command: string[]): Promise<unknown> {
  const client = createClient({ url, RESP: 3 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await client.sendCommand(command)
  } finally {
    client.destroy()
  }
}

channelContract('the Redis bus', {
  isInstalled: HAS.redis,
  startBroker: () => startRedis(),
  open,
  async say(url, name, texts) {
    for (const text of texts) await asked(url, 'SPUBLISH', name, text)
  },
})

describe.skipIf(!HAS.redis)('the Redis bus', () => {
  const brokers: Broker[] = []
  const channels: HintChannel[] = []
  afterEach(async () => {
    await Promise.all(channels.splice(0).map((channel) => channel.close()))
    await Promise.all(brokers.splice(0).map((broker) => broker.remove()))
  })
  const redis = async (...args: string[]) => {
    const broker = await startRedis(args)
    brokers.push(broker)
    return broker
  }
  const hears = async (from: string, by: string) => {
    const [one, two] = await Promise.all([open(from, 'roomful.x'), open(by, 'roomful.x')])
    channels.push(one, two)
    const heard = new Promise<string>((resolve) => {
      two.onHint(resolve)
    })
    await one.send('hello')
    expect(await heard).toBe('hello')
  }

  it('takes the classic publish and subscribe where a server has no other', async () => {
    const { url } = await redis('--rename-command', 'SSUBSCRIBE', '', '--rename-command', 'SPUBLISH', '')
    await hears(url, url.replace('redis:', 'valkey:'))
  })

  it('takes the sharded one where a server has it', async () => {
    const { url } = await redis()
    await hears(url, url)
    expect(await asked(url, 'PUBSUB', 'SHARDCHANNELS')).toEqual(['roomful.x'])
  })

  it('goes to the node of a Redis Cluster that has the channel', async () => {
    const [one, two] = await Promise.all([
      redis('--cluster-enabled', 'yes'),
      redis('--cluster-enabled', 'yes'),
    ])
    await asked(one.url, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await asked(two.url, 'CLUSTER', 'MEET', '127.0.0.1', String(one.port))
    const isKnown = async () =>
      expect(String(await asked(two.url, 'CLUSTER', 'INFO'))).toContain('cluster_slots_assigned:16384')
    await vi.waitFor(isKnown, { timeout: 60_000, interval: 50 })
    await hears(one.url, two.url)
  })

  it('says that it was not let in', async () => {
    const { url } = await redis('--requirepass', 'right')
    const withPassword = (password: string) => url.replace('//', `//:${password}@`)
    await expect(open(url, 'roomful.x')).rejects.toThrow('NOAUTH')
    await expect(open(withPassword('wrong'), 'roomful.x')).rejects.toThrow('WRONGPASS')
    await hears(withPassword('right'), withPassword('right'))
  })

  it('says that it may not speak, and is lost while it may no longer', async () => {
    const { url } = await redis()
    const rights = (...more: string[]) =>
      asked(url, 'ACL', 'SETUSER', 'me', 'reset', 'on', '>p', '~*', '&*', '+@all', ...more)
    await rights('-publish', '-spublish')
    const mine = url.replace('//', '//me:p@')
    await expect(open(mine, 'roomful.x')).rejects.toThrow(/NOPERM.*'spublish'/)
    await rights()
    const logger = keepingLogger()
    const channel = await open(mine, 'roomful.x', logger)
    channels.push(channel)
    await channel.send('hello')
    await asked(url, 'ACL', 'SETUSER', 'me', '-publish', '-spublish')
    await expect(channel.send('hello')).rejects.toThrow('NOPERM')
    await vi.waitFor(() => expect(channel.isLost).toBe(true), patience)
    await rights()
    const events = () => logger.logged.map(({ event }) => event)
    await vi.waitFor(() => expect(events()).toEqual(['bus_lost', 'bus_back']), patience)
    await channel.send('hello')
  })
})

describe.skipIf(!HAS.redis || !HAS.nats)(
  'what keeps the Redis bus from starting is told in one sentence',
  () => {
    const brokers: Broker[] = []
    afterEach(() => Promise.all(brokers.splice(0).map((broker) => broker.remove())))
    const started = async (starting: Promise<Broker>) => {
      const broker = await starting
      brokers.push(broker)
      return broker
    }
    const sentence = async (url: string) => {
      const opening = open(url, 'roomful.x').then(
        async (channel) => channel.close().then(() => 'it was opened'),
        (error: unknown) => busFault(error, url),
      )
      return await opening
    }

    it('something else listens', async () => {
      const { port } = await started(startNats())
      expect(await sentence(`redis://127.0.0.1:${port}`)).toBe(
        `bus: redis://127.0.0.1:${port} cannot be used: what listens there is no Redis, or ends the connection at once (Unknown RESP type 73 "I"): name the port of Redis.`,
      )
    })

    it('no password, no number of a database, or no right', async () => {
      const { url } = await started(startRedis(['--requirepass', 'right']))
      expect(await sentence(url)).toBe(
        `bus: ${url} cannot be used: it wants a password: name it in the address, as in redis://:password@host:port or redis://user:password@host:port.`,
      )
      const mine = url.replace('//', '//:right@')
      expect(await sentence(`${mine}/notadb`)).toBe(
        `bus: ${url}/notadb cannot be used: what stands behind the / of the address is no number of a database: write one such as /0, or leave it out.`,
      )
      await asked(mine, 'ACL', 'SETUSER', 'me', 'on', '>p', '~*', '&*', '+@all', '-spublish')
      expect(await sentence(url.replace('//', '//me:p@'))).toMatch(
        /cannot be used: its user may not do what is needed \(NOPERM .*'spublish'.*\): let it publish and subscribe to every name that begins with roomful\.$/,
      )
    })
  },
)
