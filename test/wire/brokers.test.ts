/** Servers that share a PostgreSQL database and hear of each other through a broker. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type Broker,
  HAS,
  startNats,
  startRabbit,
  startRedis,
} from '../../packages/server/testing/brokers.mjs'
import { type PostgresServer, startPostgres } from '../../packages/server/testing/postgres.ts'
import { type ChatClient, cutAll, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startProgram, startServer } from '../support/server.ts'

let postgres: PostgresServer
/** All start at once: RabbitMQ is ready by the time that the others are done. */
let brokers: Map<string, Promise<Broker>>
beforeAll(async () => {
  brokers = new Map(INSTALLED.map(([name, , start]) => [name, start()]))
  for (const starting of brokers.values()) starting.catch(() => undefined)
  postgres = await startPostgres()
})
afterAll(async () => {
  for (const starting of brokers.values()) await (await starting).remove()
  await postgres.remove()
})
afterEach(cutAll)

/** The texts of the room's messages, as soon as there are so many. */
async function told(witness: ChatClient, count: number): Promise<string[]> {
  for (;;) {
    const messages = witness.inbox.all.filter(({ type }) => type === 'message')
    if (messages.length >= count) return messages.map((frame) => ('id' in frame ? frame.id : ''))
    await witness.next('message')
  }
}

const quietly = () => ['--data', postgres.url, '--log-level', 'warn']

const occurrences = (server: RunningServer, word: string) => server.output().split(word).length - 1

/** What a server that is ready says of its bus. */
async function busOf(server: RunningServer): Promise<string | undefined> {
  const response = await fetch(`${server.url}/readyz`)
  expect(response.status).toBe(200)
  const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail: string }[] }
  const bus = checks.find(({ name }) => name === 'bus')
  expect(bus?.ok).toBe(true)
  return bus?.detail
}

const BROKERS = [
  ['Redis', HAS.redis, () => startRedis(['--requirepass', 's3cret']), ':s3cret@'],
  ['NATS', HAS.nats, () => startNats(['--auth', 's3cret']), 's3cret@'],
  ['RabbitMQ', HAS.rabbitmq, () => startRabbit(), 'guest:guest@'],
] as const

const INSTALLED = BROKERS.filter(([, isInstalled]) => isInstalled)

describe.each(INSTALLED)('two servers and %s', (name, _, __, credentials) => {
  let broker: Broker
  let servers: RunningServer[] = []
  beforeAll(async () => {
    broker = (await brokers.get(name)) ?? never()
    const bus = broker.url.replace('//', `//${credentials}`)
    const args = ['--rate-limit', 'off']
    const start = () => startServer({ dataFolder: postgres.url, args, env: { ROOMFUL_BUS: bus } })
    servers = await Promise.all([start(), start()])
  })
  // One may have ended while it was gone.
  beforeEach(async () => {
    if (!broker.alive) await broker.start()
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
  })

  it('tell each other what is said in one order, also while the broker is gone and when it is back', async () => {
    const [one, two] = servers as [RunningServer, RunningServer]
    const room = freshRoom()
    const witnesses = [await enter(one, `${name} W1`, { room }), await enter(two, `${name} W2`, { room })]
    const senders = await Promise.all(
      [1, 2, 3, 4].map((i) => enter(i % 2 ? one : two, `${name} S${i}`, { room, v1: true })),
    )
    let count = 0
    const say = async (times: number) => {
      for (let said = 1; said <= times; said++) for (const sender of senders) sender.say(`${count + said}`)
      count += times * senders.length
      const [first, second] = await Promise.all(witnesses.map((witness) => told(witness, count)))
      expect(new Set(first).size).toBe(count)
      expect(second).toEqual(first)
    }
    await say(50)
    const states = () => Promise.all(servers.map(busOf))
    await expect.poll(states).toEqual(['connected', 'connected'])
    const counts = () =>
      servers.flatMap((server) => ['hints_lost', 'bus_lost'].map((event) => occurrences(server, event)))
    // A busy machine may have made a broker too slow before.
    const before = counts()
    await broker.kill()
    await say(5)
    await expect
      .poll(() => counts().map((times, i) => times > (before[i] ?? 0)))
      .toEqual([true, true, true, true])
    const lost = 'lost: what is said on other servers comes seconds late'
    await expect.poll(states).toEqual([lost, lost])
    await broker.start()
    await say(20)
    await expect.poll(states).toEqual(['connected', 'connected'])
    for (const server of servers) {
      expect(server.alive()).toBe(true)
      expect(server.output()).toContain(`: ${broker.url}\n`)
      expect(server.output()).not.toContain(credentials)
    }
  })

  it('do not start where they are not let in, nor where nobody is, and say so in one sentence', async () => {
    const wrong = broker.url.replace('//', '//me:wr0ng@')
    const nowhere = Object.assign(new URL(broker.url), { port: '1' }).href
    const [refused, alone] = await Promise.all(
      [wrong, nowhere].map((bus) =>
        startProgram('bundle/main.js', [...quietly(), '--bus', bus])
          .until(() => false)
          .catch(String),
      ),
    )
    expect(refused).toMatch(
      /ended with 1:\nroomful: bus: (?:redis|nats|amqp):\/\/127\.0\.0\.1:\d+ cannot be used: [^\n]+\.\n$/,
    )
    expect(refused).not.toContain('wr0ng')
    expect(alone).toMatch(/ended with 1:\nroomful: bus: \w+:\/\/127\.0\.0\.1:1 cannot be used: [^\n]+\.\n$/)
  })

  it('do not start where something else listens, or where no TLS is spoken, and say so in one sentence', async () => {
    const { protocol } = new URL(broker.url)
    const elsewhere = [`${protocol}//${new URL(postgres.url).host}`]
    if (protocol !== 'nats:') elsewhere.push(broker.url.replace(protocol, `${protocol.slice(0, -1)}s:`))
    const starts = elsewhere.map((bus) => startProgram('bundle/main.js', [...quietly(), '--bus', bus]))
    const [other, noTls] = await Promise.all(starts.map((start) => start.until(() => false).catch(String)))
    expect(other).toMatch(/ended with 1:\nroomful: bus: \w+:\/\/127\.0\.0\.1:\d+ cannot be used: [^\n]+\.\n$/)
    if (protocol === 'nats:')
      expect(other).toContain('cannot be used: no answer within 4 s: see that NATS listens there.')
    else
      expect(noTls).toMatch(
        /ended with 1:\nroomful: bus: \w+s:\/\/[\d.:]+ cannot be used: (?:what listens there does not speak TLS: [^\n]+|no answer within 4 s: see that Redis listens there, with TLS)\.\n$/,
      )
  })
})

function never(): never {
  throw new Error('it was not started')
}
