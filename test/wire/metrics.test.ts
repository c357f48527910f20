import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { cutAll, enter } from '../support/chat-client.ts'
import { readExposition, type ReadFamily, valueOf } from '../support/exposition.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const TIME_LIMIT = 60_000

/** Longest wait for a fact, on a machine that does other work. */
const patience = { timeout: 60_000, interval: 50 }

async function textOf({ url }: RunningServer): Promise<string> {
  const response = await fetch(`${url}/metrics`)
  expect(response.status).toBe(200)
  return response.text()
}

const scrape = async (server: RunningServer): Promise<readonly ReadFamily[]> =>
  readExposition(await textOf(server))

/** Rows `name | type | help` of the table in a document. */
async function documented(file: string): Promise<string[][]> {
  const text = await readFile(new URL(`../../docs/${file}`, import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `roomful_'))
    .map((line) =>
      line
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim().replaceAll('`', '')),
    )
}

/** Asks for an upgrade that is not granted. */
function answerOf(url: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent: false }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end()
  })
}

afterEach(cutAll)

describe('one process', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  }, TIME_LIMIT)
  afterAll(() => server.stop())

  it('OP2: names, types and help are those of the document, in both languages', async () => {
    const families = await scrape(server)
    const own = families.filter(({ name }) => name.startsWith('roomful_'))
    const byName = (rows: string[][]) => rows.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
    const told = own.map(({ name, type, help }) => [name, type, help])
    expect(byName(told)).toEqual(byName(await documented('monitoring.md')))
    const columns = (rows: string[][]) => rows.map(([name, type]) => [name, type])
    expect(columns(await documented('monitoring.zh-TW.md'))).toEqual(
      columns(await documented('monitoring.md')),
    )
  })

  it('OP2: names and units go by the conventions of Prometheus', async ({ skip }) => {
    if (pathOfProgram('promtool') === null) skip()
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await textOf(server),
    })
    expect([status, String(stdout), String(stderr)]).toEqual([0, '', ''])
  })

  it('OP2: what people do shows in numbers and never in labels', async () => {
    const before = await scrape(server)
    const alice = await enter(server, 'Alice Secret', { room: 'hidden-den', v1: true })
    alice.say('unspeakable')
    await alice.hears('unspeakable')
    const text = await textOf(server)
    const after = readExposition(text)
    const rise = (name: string, labels = {}) => valueOf(after, name, labels) - valueOf(before, name, labels)
    expect(rise('roomful_connections', { endpoint: 'chat', dialect: 'v1' })).toBe(1)
    expect(rise('roomful_entries_total', { outcome: 'appended' })).toBe(1)
    expect(rise('roomful_append_duration_seconds_count')).toBe(1)
    expect(rise('roomful_network_sent_bytes_total')).toBeGreaterThan(0)
    expect(rise('roomful_http_responses_total', { status: '2xx' })).toBeGreaterThan(0)
    expect(text).not.toMatch(/Alice|hidden-den|unspeakable|127\.0\.0\.1/)
    const labels = (families: readonly ReadFamily[]) =>
      families
        .filter(({ name }) => name.startsWith('roomful_'))
        .flatMap(({ samples }) => samples.map((sample) => [sample.name, sample.labels]))
    expect(labels(after)).toEqual(labels(before))
  })
  it('OP2: upgrades that are refused are counted, each by its reason', async () => {
    const shake = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    const key = { 'sec-websocket-key': 'cm9vbWZ1bCBmYXVsdCAwMQ==' }
    const refused: [string, Record<string, string>, string][] = [
      ['/nowhere', { ...shake, ...key }, 'not_found'],
      ['/ws', { ...shake, ...key, origin: 'https://evil.example' }, 'origin_refused'],
      ['/ws', shake, 'bad_handshake'],
    ]
    for (const [path, headers, reason] of refused) {
      await answerOf(`${server.url}${path}`, headers)
      const families = await scrape(server)
      expect([reason, valueOf(families, 'roomful_upgrades_refused_total', { reason })]).toEqual([reason, 1])
    }
  })
})

describe('several workers', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({ args: ['--workers', '2'] })
  }, TIME_LIMIT)
  afterAll(() => server.stop())

  it('OP3: whichever worker is asked tells of all', { timeout: TIME_LIMIT }, async () => {
    for (const name of ['Ann', 'Ben', 'Cleo', 'Dan']) {
      const client = await enter(server, name, { v1: true })
      client.say('hello')
      await client.hears('hello')
    }
    // Connections are dealt out in turn, so each worker is asked, as soon as both serve.
    for (let i = 0; i < 4; i++)
      await vi.waitFor(async () => {
        const families = await scrape(server)
        expect(valueOf(families, 'roomful_workers_serving')).toBe(2)
        expect(valueOf(families, 'roomful_workers')).toBe(2)
        expect(valueOf(families, 'roomful_connections')).toBe(4)
        expect(valueOf(families, 'roomful_entries_total', { outcome: 'appended' })).toBe(4)
        expect(valueOf(families, 'roomful_connections_limit')).toBe(10_000)
      }, patience)
  })

  it('OP3: what a worker had counted stays counted when it dies', { timeout: TIME_LIMIT }, async () => {
    const appended = async () =>
      valueOf(await scrape(server), 'roomful_entries_total', { outcome: 'appended' })
    const pid = /"worker":1,"pid":(\d+),"msg":"worker_started"/.exec(server.output())?.[1]
    const before = await appended()
    expect(before).toBeGreaterThan(0)
    process.kill(Number(pid), 'SIGKILL')
    await vi.waitFor(async () => {
      const families = await scrape(server)
      expect(valueOf(families, 'roomful_workers_lost_total')).toBe(1)
      expect(valueOf(families, 'roomful_workers_serving')).toBe(2)
    }, patience)
    expect(await appended()).toBe(before)
  })
})
