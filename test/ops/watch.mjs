/** Drills of what an operator sees: a planned end, a loss that raises no error, and what is never seen. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Scene } from '../fault/harness/scene.mjs'
import { TestServer } from '../fault/harness/server.mjs'
import { until } from '../fault/harness/wait.mjs'

/** @typedef {import('../fault/runs/run.mjs').Figure} Figure */

const ALERTS = fileURLToPath(new URL('../../deploy/monitoring/alerts.yaml', import.meta.url))

/** The server is told to end while people are there. @param {{ clients: number, seed: number }} plan @returns {Promise<Figure[]>} */
export async function drain({ clients, seed }) {
  const scene = await Scene.open({ seed })
  try {
    const { server } = scene
    await scene.addSpeakers(3)
    const slims = await scene.addSlims(clients, { returns: false })
    for (let i = 0; i < 50; i++) scene.speak(scene.random.pick(scene.speakers))
    const code = await server.stop()
    await until('all are told', () => slims.every(({ closes }) => closes.length > 0), 30_000)
    const told = slims.filter(({ slotsMs, closes }) => slotsMs.length > 0 && closes[0] === 1012)
    await server.start()
    scene.wake()
    // They do not come back, so what was said after that is not theirs.
    scene.slims = []
    const verdict = await scene.judge({ acks: 50, faults: 0 })
    const lost = Object.values(verdict.counts).reduce((sum, count) => sum + count, 0)
    return [
      { name: 'exit code of a drained server', value: code ?? -1, exactly: 0 },
      { name: 'clients told when to come back', value: told.length, exactly: clients },
      { name: 'messages acknowledged across it', value: verdict.acks, atLeast: 50 },
      {
        name: 'of them lost, doubled or out of order',
        value: lost,
        exactly: 0,
      },
    ]
  } finally {
    await scene.close()
  }
}

/** A store takes everything and keeps nothing. @param {{ whole: boolean }} plan `whole`: Prometheus judges the alert, too @returns {Promise<Figure[]>} */
export async function canary({ whole }) {
  const server = await TestServer.start({ mutant: 'silent', args: ['--canary', '1', '--log-level', 'warn'] })
  try {
    await until('it is not ready', async () => (await server.status('/readyz')) === 503, 60_000, 200)
    const up = await upOf(server.url)
    return [
      { name: 'readiness under silent loss', value: await server.status('/readyz'), exactly: 503 },
      { name: 'live all the same', value: await server.status('/livez'), exactly: 200 },
      {
        name: 'canary_lost in the log',
        value: Number(server.output.includes('"msg":"canary_lost"')),
        exactly: 1,
      },
      { name: 'roomful_canary_up', value: up, exactly: 0 },
      ...(whole
        ? [
            { name: 'the alert fires then', value: Number(fires(up)), exactly: 1 },
            { name: 'the alert fires while it comes back', value: Number(fires(1)), exactly: 0 },
          ]
        : []),
    ]
  } finally {
    await server.dispose()
  }
}

/** @param {string} url */
async function upOf(url) {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^roomful_canary_up (\S+)$/m.exec(text)?.[1] ?? NaN)
}

/** Whether Prometheus fires the alert of our rules when a server tells this. @param {number} up */
function fires(up) {
  const folder = mkdtempSync(join(tmpdir(), 'roomful-drill-'))
  try {
    const file = join(folder, 'test.yaml')
    const test = {
      rule_files: [ALERTS],
      evaluation_interval: '15s',
      tests: [
        {
          interval: '15s',
          input_series: [{ series: 'roomful_canary_up{job="roomful",instance="a"}', values: `${up}x20` }],
          promql_expr_test: [
            {
              expr: 'count(ALERTS{alertname="RoomfulCanaryLost",alertstate="firing"})',
              eval_time: '2m',
              exp_samples: [{ labels: '{}', value: 1 }],
            },
          ],
        },
      ],
    }
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(test))
    return spawnSync('promtool', ['test', 'rules', file]).status === 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const SECRETS = {
  text: 'planted-text-5711',
  broken: 'planted-broken-5712',
  ticket: 'planted-ticket-5713',
  token: 'planted-token-5714',
  cookie: 'planted-cookie-5715',
  authorization: 'planted-authorization-5716',
  resume: 'planted-resume-5717',
  address: '203.0.113.118',
}

/** What people chose. Whoever asks is told their own path again, and nobody else. */
const NAMES = { name: 'Planted5718', room: 'planted-room-5719', path: 'planted-path-5720' }

/** Eight secrets pass through a server that tells all it may. @returns {Promise<Figure[]>} */
export async function secrets() {
  /** @type {string[]} */
  const traces = []
  const collector = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (/** @type {string} */ text) => (body += text))
    request.on('end', () => {
      traces.push(body)
      response.end('{}')
    })
  })
  await new Promise((resolve) => collector.listen(0, '127.0.0.1', () => resolve(null)))
  const address = /** @type {import('node:net').AddressInfo} */ (collector.address())
  const args = [
    '--log-level',
    'debug',
    '--trusted-proxies',
    'loopback',
    '--traces',
    `http://127.0.0.1:${address.port}`,
    '--traces-ratio',
    '1',
  ]
  const server = await TestServer.start({ args })
  try {
    const problems = await plant(server.url)
    await until('spans have come', () => traces.join('').includes('roomful.message'), 60_000, 50)
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    await server.stop()
    const places = { logs: server.output, metrics, traces: traces.join('\n'), errors: problems.join('\n') }
    return [
      { name: 'secrets planted', value: Object.keys(SECRETS).length, exactly: 8 },
      { name: 'lines of the log at debug level', value: server.output.split('\n').length, atLeast: 10 },
      { name: 'errors that were answered', value: problems.length, atLeast: 4 },
      ...Object.entries(places).map(([place, text]) => ({
        name: `secrets found in ${place}`,
        value: foundIn(text, SECRETS),
        exactly: 0,
      })),
      {
        name: 'names found in logs, metrics and traces',
        value: foundIn(places.logs + places.metrics + places.traces, NAMES),
        exactly: 0,
      },
    ]
  } finally {
    await server.dispose()
    collector.closeAllConnections()
    collector.close()
  }
}

/** @param {string} text @param {Readonly<Record<string, string>>} words */
const foundIn = (text, words) => Object.values(words).filter((word) => text.includes(word)).length

/** @param {string} url @returns {Promise<string[]>} problems that were answered */
async function plant(url) {
  /** @type {string[]} */
  const problems = []
  const { text, broken, token, ticket, cookie, authorization, resume, address } = SECRETS
  const { name, room, path } = NAMES
  const headers = {
    'x-forwarded-for': address,
    cookie: `session=${cookie}`,
    'content-type': 'application/json',
  }
  /** @param {string} where @param {RequestInit} [init] */
  const ask = async (where, init = {}) => {
    const response = await fetch(url + where, { headers, ...init })
    const body = await response.text()
    if (!response.ok) problems.push(body)
  }
  const publish = (/** @type {string} */ body, more = {}) =>
    ask(`/api/v1/rooms/${room}/messages`, { method: 'POST', body, headers: { ...headers, ...more } })
  await publish(JSON.stringify({ message: text, username: name }))
  await publish(`{"message":"${broken}`)
  await publish(JSON.stringify({ message: broken, username: 7 }))
  await publish(JSON.stringify({ message: text }), { authorization: `Bearer ${authorization}` })
  await ask(`/${path}?token=${token}&ticket=${ticket}`)
  await ask(`/api/v1/rooms/lobby/messages?limit=x&token=${token}`)
  const more = { 'sec-websocket-protocol': `roomful.v1, roomful.resume.${resume}` }
  await ask(`/ws/chat/${name}?token=${token}`, { headers: { ...headers, ...more } })
  return problems
}
