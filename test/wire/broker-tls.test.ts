/** Brokers that speak TLS, with a certificate that nobody but this test's own authority has signed. */
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  BROKER_SILENT,
  type Broker,
  HAS,
  startNats,
  startRabbit,
  startRedis,
} from '../../packages/server/testing/brokers.mjs'
import { HAS_OPENSSL, makeCertificate } from '../../packages/server/testing/certificate.mjs'
import { freePort } from '../../packages/server/testing/daemon.mjs'
import { type PostgresServer, startPostgres } from '../../packages/server/testing/postgres.ts'
import { cutAll, enter, freshRoom } from '../support/chat-client.ts'
import { startProgram, startServer } from '../support/server.ts'

let files: ReturnType<typeof makeCertificate>
let postgres: PostgresServer
beforeAll(async () => {
  if (!HAS_OPENSSL) return
  files = makeCertificate('IP:127.0.0.1')
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres?.remove()
  files?.remove()
})
afterEach(cutAll)

/** What is started, and the address of its TLS. */
interface Secured {
  readonly broker: Broker
  readonly url: string
}

async function redis(): Promise<Secured> {
  const port = await freePort()
  const tls = ['--tls-cert-file', files.certificate, '--tls-key-file', files.key, '--tls-auth-clients', 'no']
  const broker = await startRedis(['--tls-port', String(port), ...tls])
  return { broker, url: `rediss://127.0.0.1:${port}` }
}

async function nats(): Promise<Secured> {
  const broker = await startNats(['--tls', '--tlscert', files.certificate, '--tlskey', files.key])
  return { broker, url: broker.url }
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })

/** It opens that port behind the one that is waited for. */
async function rabbit(): Promise<Secured> {
  const port = await freePort()
  const options = [
    ['cacertfile', files.certificate],
    ['certfile', files.certificate],
    ['keyfile', files.key],
  ].map(([name, path]) => `{${name},"${path}"}`)
  const broker = await startRabbit(
    {},
    `-rabbit ssl_listeners [{"127.0.0.1",${port}}] -rabbit ssl_options [${options.join(',')}]`,
  )
  await expect.poll(() => listens(port)).toBe(true)
  return { broker, url: `amqps://guest:guest@127.0.0.1:${port}` }
}

const BROKERS = [
  ['Redis', HAS.redis, redis],
  ['NATS', HAS.nats, nats],
  ['RabbitMQ', HAS.rabbitmq, rabbit],
] as const

const installed = HAS_OPENSSL ? BROKERS.filter(([, isInstalled]) => isInstalled) : []

/** Last words of a server that does not know the authority; on a busy machine it may give up before it is told so. */
async function refusalOfStranger(url: string): Promise<string> {
  let words = BROKER_SILENT
  for (let starts = 0; starts < 3 && words.includes(BROKER_SILENT); starts++) {
    const stranger = startProgram('bundle/main.js', ['--data', postgres.url, '--bus', url])
    words = String(await stranger.until(() => false).catch(String))
  }
  return words
}

describe.each(installed)('%s with TLS', (_, __, start) => {
  it('joins servers that know its authority, and is refused by one that does not', async () => {
    const { broker, url } = await start()
    try {
      const refused = refusalOfStranger(url)
      const env = { ROOMFUL_BUS: url, NODE_EXTRA_CA_CERTS: files.certificate }
      const begin = () => startServer({ dataFolder: postgres.url, env })
      const servers = await Promise.all([begin(), begin()])
      const room = freshRoom()
      const [ann, bob] = await Promise.all(servers.map((each, i) => enter(each, `TLS${i}`, { room })))
      ann?.say('over TLS')
      expect(await bob?.next('message')).toMatchObject({ message: 'over TLS' })
      for (const server of servers) {
        const checks = async () =>
          ((await (await fetch(`${server.url}/readyz`)).json()) as { checks: unknown[] }).checks
        await expect
          .poll(checks)
          .toContainEqual(expect.objectContaining({ name: 'bus', detail: 'connected' }))
        await server.stop()
      }
      expect(await refused).toMatch(
        /ended with 1:\n(?:{.*}\n)*roomful: bus: \w+:\/\/[\d.:]+ cannot be used: [^\n]*certificate[^\n]*NODE_EXTRA_CA_CERTS[^\n]*\.\n$/,
      )
    } finally {
      await broker.remove()
    }
  })
})
