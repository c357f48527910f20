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

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

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

  it('says that it may not listen or not speak, and takes messages as long as the server does', async () => {
    const config = join(tmpdir(), `roomful-nats-${process.pid}.conf`)
    const may = (user: string, what: string) => `{ user: ${user}, password: p, permissions: ${what} }`
    const users = [
      may('deaf', '{ subscribe: { deny: "roomful.>" } }'),
      may('mute', '{ publish: { deny: "roomful.>" } }'),
      may('fine', '{ publish: "roomful.>", subscribe: "roomful.>" }'),
    ]
    writeFileSync(config, `max_payload: 4096\nauthorization { users = [${users.join(', ')}] }\n`)
    const as = await nats('--config', config)
    await expect(open(as('deaf:p'), 'roomful.x')).rejects.toThrow(/permissions violation/i)
    const mute = await open(as('mute:p'), 'roomful.x')
    const fine = await open(as('fine:p'), 'roomful.x')
    const other = await open(as('fine:p'), 'roomful.x')
    await expect(mute.send('hello')).rejects.toThrow(/permissions violation/i)
    const heard = new Promise((resolve) => {
      other.onHint(resolve)
    })
    await fine.send('x'.repeat(100_000))
    expect(await heard).toBe('x'.repeat(100_000))
    await Promise.all([mute, fine, other].map((channel) => channel.close()))
  })
})
