/** The files for containers, held against each other and against the server's settings. There is no Docker to run them here. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Type } from 'typebox'
import { Parse } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadSettings } from '../../packages/server/src/config/load.ts'
import { run, startPostgres } from '../../packages/server/testing/postgres.ts'
import { startServer } from '../support/server.ts'

const FILE = fileURLToPath(new URL('../../deploy/compose/compose.yaml', import.meta.url))
const FOLDER = dirname(FILE)

/** Characters that mean something in an address. */
const PASSWORD = 'p@ss/w#rd:?%41&="$ x'

const Names = Type.Union([Type.Array(Type.String()), Type.Record(Type.String(), Type.Unknown())])
const Service = Type.Object(
  {
    image: Type.String({ pattern: '^[a-z0-9./-]+(?::[a-z0-9.-]+)?$' }),
    build: Type.Optional(
      Type.Object({ context: Type.String(), dockerfile: Type.String() }, { additionalProperties: false }),
    ),
    command: Type.Optional(Type.Array(Type.String())),
    environment: Type.Optional(Type.Record(Type.String(), Type.String())),
    ports: Type.Optional(Type.Array(Type.String({ pattern: '^127\\.0\\.0\\.1:\\d+:\\d+$' }))),
    volumes: Type.Optional(Type.Array(Type.String({ pattern: '^[^:]+:/[^:]+(?::ro)?$' }))),
    depends_on: Type.Optional(
      Type.Record(Type.String(), Type.Object({ condition: Type.Literal('service_healthy') })),
    ),
    healthcheck: Type.Optional(
      Type.Object({
        test: Type.Array(Type.String()),
        interval: Type.String(),
        timeout: Type.String(),
        retries: Type.Integer(),
      }),
    ),
    networks: Names,
    restart: Type.Literal('unless-stopped'),
    stop_grace_period: Type.Optional(Type.String({ pattern: '^\\d+s$' })),
    read_only: Type.Optional(Type.Boolean()),
    cap_drop: Type.Optional(Type.Array(Type.Literal('ALL'))),
    security_opt: Type.Tuple([Type.Literal('no-new-privileges:true')]),
    pids_limit: Type.Integer({ minimum: 50 }),
    ulimits: Type.Optional(Type.Object({ nofile: Type.Integer({ minimum: 10_100 }) })),
    logging: Type.Object({
      driver: Type.Literal('json-file'),
      options: Type.Record(Type.String(), Type.String()),
    }),
  },
  { additionalProperties: false },
)
/** What of the Compose Specification these files use; everything else is a slip. */
const Compose = Type.Object(
  {
    name: Type.Literal('roomful'),
    'x-bounds': Type.Unknown(),
    'x-node': Type.Unknown(),
    services: Type.Record(Type.String(), Service),
    networks: Type.Record(
      Type.String(),
      Type.Object({ ipam: Type.Object({ config: Type.Array(Type.Object({ subnet: Type.String() })) }) }),
    ),
    volumes: Type.Record(Type.String(), Type.Null()),
  },
  { additionalProperties: false },
)

const compose = Parse(Compose, parse(readFileSync(FILE, 'utf8'), { merge: true }))
const services = Object.entries(compose.services)
const nodes = services.filter(([name]) => name.startsWith('node'))

const addressOf = (service: (typeof services)[number][1]): string => {
  const cluster: unknown = Array.isArray(service.networks) ? undefined : service.networks['cluster']
  return typeof cluster === 'object' && cluster !== null && 'ipv4_address' in cluster
    ? String(cluster.ipv4_address)
    : ''
}

describe('deploy/compose', () => {
  it('has three nodes, whose every setting the server knows and takes', () => {
    expect(nodes).toHaveLength(3)
    for (const [, { environment }] of nodes) {
      const env = Object.entries(environment ?? {}).map(([name, value]): [string, string] => [
        name,
        value.replaceAll(/\$\{\w+:(?:-([^}]*)|\?[^}]*)\}/g, (_, otherwise?: string) => otherwise ?? 's3cret'),
      ])
      const settings = loadSettings({
        argv: [],
        env: { ...Object.fromEntries(env), NODE_ENV: 'production' },
        cwd: '/data',
        readFile: missing,
      })
      expect(settings).toMatchObject({
        host: '0.0.0.0',
        port: 8000,
        data: 'postgres://roomful@postgres:5432/roomful',
        bus: 'redis://redis:6379',
        auth: 'guest',
        trustedProxies: [addressOf(compose.services['nginx'] ?? never())],
      })
    }
    expect(nodes.map(([, { environment }]) => environment?.['PGPASSWORD'])).toEqual(
      nodes.map(() => compose.services['postgres']?.environment?.['POSTGRES_PASSWORD']),
    )
    const grace = nodes.map(([, { stop_grace_period }]) => Number.parseInt(stop_grace_period ?? '0', 10))
    expect(Math.min(...grace)).toBeGreaterThan(23)
  })

  it('has nginx before all of them', () => {
    const upstream = readFileSync(join(FOLDER, 'roomful-upstream.conf'), 'utf8')
    const servers = [...upstream.matchAll(/^ +server ([\d.:]+) (.*);$/gm)]
    expect(servers.map((match) => match[1])).toEqual(nodes.map(([, node]) => `${addressOf(node)}:8000`))
    expect(lines(upstream)).toEqual(
      lines(readFileSync(join(FOLDER, '../nginx/roomful-upstream.conf'), 'utf8')),
    )
    expect(readFileSync(join(FOLDER, '../nginx/roomful.conf'), 'utf8')).toContain('listen 80 ')
    expect(compose.services['nginx']?.ports).toEqual(['127.0.0.1:8080:80'])
    expect(Object.keys(compose.services['nginx']?.depends_on ?? {})).toEqual(nodes.map(([name]) => name))
  })

  it('names only what is there', () => {
    for (const [, { build, volumes = [], depends_on = {}, networks }] of services) {
      if (build !== undefined) expect(existsSync(join(FOLDER, build.context, build.dockerfile))).toBe(true)
      for (const volume of volumes) {
        const [from = ''] = volume.split(':')
        if (from.startsWith('.')) expect(existsSync(join(FOLDER, from)), from).toBe(true)
        else if (!from.startsWith('/')) expect(Object.keys(compose.volumes)).toContain(from)
      }
      for (const name of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(name)
      for (const name of Array.isArray(networks) ? networks : Object.keys(networks))
        expect(Object.keys(compose.networks)).toContain(name)
    }
    const addresses = services.map(([, service]) => addressOf(service)).filter((address) => address !== '')
    expect(new Set(addresses).size).toBe(4)
    for (const address of addresses) expect(address).toMatch(/^172\.31\.250\.\d+$/)
    expect(compose.networks['cluster']?.ipam.config).toEqual([{ subnet: '172.31.250.0/24' }])
  })

  it('fills an image that does not run as root with what is built', () => {
    const text = readFileSync(join(FOLDER, '../Dockerfile'), 'utf8')
    expect(text.indexOf('\nUSER 1000:1000\n')).toBeGreaterThan(text.lastIndexOf('\nRUN '))
    const copied = [...text.matchAll(/^COPY --from=build \/build\/(\S+) (\S+)$/gm)]
    for (const [, from, to] of copied) expect(to).toBe(`/roomful/${from}`)
    expect(copied.map((match) => match[1])).toEqual([
      'packages/server/package.json',
      'packages/server/bundle',
      'packages/web/dist',
    ])
    const env = Object.fromEntries(
      [...text.matchAll(/ (ROOMFUL_\w+)=(\S+)/g)].map(([, name = '', value = '']): [string, string] => [
        name,
        value,
      ]),
    )
    expect(loadSettings({ argv: [], env, cwd: '/data', readFile: missing })).toMatchObject({
      port: 8000,
      data: '/data',
    })
    expect(text).toContain('\nEXPOSE 8000\n')
  })
})

it('a node takes a password of any characters, as it stands in PGPASSWORD', async () => {
  const postgres = await startPostgres()
  try {
    await run(postgres.url, `ALTER ROLE roomful PASSWORD '${PASSWORD}'`)
    const lock = 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n'
    writeFileSync(join(postgres.folder, 'data/pg_hba.conf'), lock)
    await run(postgres.url, 'SELECT pg_reload_conf()')
    await expect.poll(() => run(postgres.url, 'SELECT 1').catch(String)).toContain('password')
    const node = await startServer({ dataFolder: postgres.url, env: { PGPASSWORD: PASSWORD } })
    expect((await fetch(`${node.url}/readyz`)).status).toBe(200)
    expect(node.output()).not.toContain(PASSWORD)
    await node.kill()
  } finally {
    await postgres.remove()
  }
})

/** Lines without comments and servers: what two lists of nodes have in common. */
function lines(upstream: string): string[] {
  return upstream.split('\n').filter((line) => !/^ *(?:#|server |$)/.test(line))
}

function missing(): never {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
}

function never(): never {
  throw new Error('not in the file')
}
