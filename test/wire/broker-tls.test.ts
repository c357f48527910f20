/** Brokers that speak TLS, with a certificate that nobody but this test's own authority has signed. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type Broker,
  HAS,
  startNats,
  startRabbit,
  startRedis,
} from '../../packages/server/testing/brokers.mjs'
import { freePort, pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { type PostgresServer, startPostgres } from '../../packages/server/testing/postgres.ts'
import { cutAll, enter, freshRoom } from '../support/chat-client.ts'
import { startProgram, startServer } from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'roomful-tls-'))
const certificate = join(folder, 'certificate.pem')
const key = join(folder, 'key.pem')

let postgres: PostgresServer
beforeAll(async () => {
  makeCertificate()
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres.remove()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(cutAll)

/** For 127.0.0.1, signed with its own key. */
function makeCertificate(): void {
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=roomful test'].concat([
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      certificate,
    ]),
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(made.stderr)
}

/** What is started, and the address of its TLS. */
interface Secured {
  readonly broker: Broker
  readonly url: string
}

async function redis(): Promise<Secured> {
  const port = await freePort()
  const tls = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no']
  const broker = await startRedis(['--tls-port', String(port), ...tls])
  return { broker, url: `rediss://127.0.0.1:${port}` }
}

async function nats(): Promise<Secured> {
  const broker = await startNats(['--tls', '--tlscert', certificate, '--tlskey', key])
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
  const files = [
    ['cacertfile', certificate],
    ['certfile', certificate],
    ['keyfile', key],
  ].map(([name, path]) => `{${name},"${path}"}`)
  const broker = await startRabbit(
    {},
    `-rabbit ssl_listeners [{"127.0.0.1",${port}}] -rabbit ssl_options [${files.join(',')}]`,
  )
  await expect.poll(() => listens(port)).toBe(true)
  return { broker, url: `amqps://guest:guest@127.0.0.1:${port}` }
}

const BROKERS = [
  ['Redis', HAS.redis, redis],
  ['NATS', HAS.nats, nats],
  ['RabbitMQ', HAS.rabbitmq, rabbit],
] as const

const installed = pathOfProgram('openssl') === null ? [] : BROKERS.filter(([, isInstalled]) => isInstalled)

describe.each(installed)('%s with TLS', (_, __, start) => {
  it('joins servers that know its authority, and is refused by one that does not', async () => {
    const { broker, url } = await start()
    try {
      const stranger = startProgram('bundle/main.js', ['--data', postgres.url, '--bus', url])
      const refused = stranger.until(() => false).catch(String)
      const env = { ROOMFUL_BUS: url, NODE_EXTRA_CA_CERTS: certificate }
      const begin = () => startServer({ dataFolder: postgres.url, env })
      const servers = await Promise.all([begin(), begin()])
      const room = freshRoom()
      const [ann, bob] = await Promise.all(servers.map((each, i) => enter(each, `TLS${i}`, { room })))
      ann?.say('over TLS')
      expect(await bob?.next('message')).toMatchObject({ message: 'over TLS' })
      for (const server of servers) {
        const ready = (await (await fetch(`${server.url}/readyz`)).json()) as { checks: unknown[] }
        expect(ready.checks).toContainEqual(expect.objectContaining({ name: 'bus', detail: 'connected' }))
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
