import { connect } from '@nats-io/transport-node'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Broker, HAS, startNats } from '../../../testing/brokers.mjs'
import { channelContract } from '../../../testing/channel-contract.ts'
import { keepingLogger } from '../../../testing/sqlite.ts'
import type { Logger } from '../../ports/logger.ts'
import { openNatsChannel } from './nats-bus.ts'

const patience = { timeout: 60_000, interval: 50 }

const open = (url: string, name: string, logger: Logger = keepingLogger()) =>
  openNatsChannel({ url, name, logger })

channelContract('the NATS bus', {
  isInstalled: HAS.nats,
  hasEcho: false,
  startBroker: () => startNats(),
  open,
  async say(url, name, texts) {
    const connection = await connect({ servers: new URL(url).host })
    for (const text of texts) connection.publish(name, text)
    await connection.flush()
    await connection.close()
  },
})

describe.skipIf(!HAS.nats)('the NATS bus', () => {
  const brokers: Broker[] = []
  afterEach(() => Promise.all(brokers.splice(0).map((broker) => broker.remove())))
  const nats = async (...args: string[]) => {
    const broker = await startNats(args)
    brokers.push(broker)
    return (user: string) => broker.url.replace('//', `//${user}@`)
  }

  it('shows user and password, or a token', async () => {
    const byPassword = await nats('--user', 'me', '--pass', 'p@ss')
    await expect(open(byPassword('me:wrong'), 'roomful.x')).rejects.toThrow(/authorization violation/i)
    await (await open(byPassword('me:p%40ss'), 'roomful.x')).close()
    const byToken = await nats('--auth', 's3cret')
    await expect(open(byToken('wrong'), 'roomful.x')).rejects.toThrow(/authorization violation/i)
    await (await open(byToken('s3cret'), 'roomful.x')).close()
  })

  const may = (user: string, what = '{}') => `{ user: ${user}, password: p, permissions: ${what} }`
  const configured = (...users: string[]) => {
    const config = join(tmpdir(), `roomful-nats-${process.pid}.conf`)
    writeFileSync(config, `max_payload: 4096\nauthorization { users = [${users.join(', ')}] }\n`)
    return config
  }

  it('says that it may not listen or not speak, and takes messages as long as the server does', async () => {
    const config = configured(
      may('deaf', '{ subscribe: { deny: "roomful.>" } }'),
      may('mute', '{ publish: { deny: ">" } }'),
      may('fine', '{ publish: "roomful.>", subscribe: "roomful.>" }'),
    )
    const as = await nats('--config', config)
    await expect(open(as('deaf:p'), 'roomful.x')).rejects.toThrow(/permissions violation for subscription/i)
    await expect(open(as('mute:p'), 'roomful.x')).rejects.toThrow(/permissions violation for publish/i)
    const fine = await open(as('fine:p'), 'roomful.x')
    const other = await open(as('fine:p'), 'roomful.x')
    const heard = new Promise((resolve) => {
      other.onHint(resolve)
    })
    await fine.send('x'.repeat(100_000))
    expect(await heard).toBe('x'.repeat(100_000))
    await Promise.all([fine, other].map((channel) => channel.close()))
  })

  it('is lost while it may not speak, and back once it may again', async () => {
    const as = await nats('--config', configured(may('me')))
    const logger = keepingLogger()
    const channel = await open(as('me:p'), 'roomful.x', logger)
    const reload = (user: string) => {
      configured(user)
      process.kill(brokers[0]?.pid ?? 0, 'SIGHUP')
    }
    reload(may('me', '{ publish: { deny: ">" } }'))
    await vi.waitFor(
      () => expect(channel.send('hello')).rejects.toThrow(/permissions violation|lost/i),
      patience,
    )
    await vi.waitFor(() => expect(channel.isLost).toBe(true), patience)
    reload(may('me'))
    await vi.waitFor(() => channel.send('hello'), patience)
    const events = () => logger.logged.map(({ event }) => event)
    await vi.waitFor(() => expect(events()).toEqual(['bus_lost', 'bus_back']), patience)
    await channel.close()
  })
})
