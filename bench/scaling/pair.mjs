/** Two nodes over Redis against one node, on one database; and how long a message takes from node to node. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '../../packages/server/testing/brokers.mjs'
import { freePort } from '../../packages/server/testing/daemon.mjs'
import { startPostgresDaemon } from '../../packages/server/testing/postgres-daemon.mjs'
import { Histogram } from '../generator/histogram.mjs'
import { roomfulCommand } from '../peers/peers.mjs'
import { spreadOf } from '../runner/figures.mjs'
import { machine } from '../runner/machine.mjs'
import { ended, generate, ownCores, startServer } from '../runner/trial.mjs'

/** @typedef {import('../generator/pair.mjs').PairPlan} PairPlan */
/** @typedef {import('../generator/pair.mjs').PairResult} PairResult */
/** @typedef {import('../generator/pair.mjs').NodeResult} NodeResult */

const ROUNDS = 3
const TIMES = { warmupMs: 2_000, measureMs: 5_000, drainMs: 3_000 }
const SENDERS = 50
const TEXT_BYTES = 24

/**
 * What is done: `saturate` with as many messages as it takes, and the others with a fixed number of them, in one room or in ten. `apart`: PostgreSQL and Redis are on the
 * core of the clients, which yield to them, and not on that of the nodes.
 */
const WORKS = {
  saturate: { clients: 200, rooms: 1, loop: { inFlight: 4 }, apart: false },
  latency: { clients: 50, rooms: 1, loop: { rate: 1_000 }, apart: false },
  rooms: { clients: 50, rooms: 10, loop: { rate: 1_000 }, apart: false },
  latencyApart: { clients: 50, rooms: 1, loop: { rate: 1_000 }, apart: true },
  roomsApart: { clients: 50, rooms: 10, loop: { rate: 1_000 }, apart: true },
}

/** Those with a fixed number of messages. */
const TIMED = /** @type {const} */ (['latency', 'rooms', 'latencyApart', 'roomsApart'])

/** @param {{ clients: number, rooms: number, loop: PairPlan['loop'], apart: boolean }} work @returns {Omit<PairPlan, 'port' | 'pid' | 'other'>} */
const planOf = ({ clients, rooms, loop, apart }) => ({
  kind: 'pair',
  path: '/ws/chat/{user}?room={room}',
  dialect: 'plain',
  compress: false,
  clients,
  rooms,
  atOnce: 50,
  senders: SENDERS,
  echo: false,
  envelope: { before: '{"type":"message","message":"', after: '"}' },
  textBytes: TEXT_BYTES,
  prose: false,
  loop,
  yields: apart,
  ...TIMES,
})

/** Where PostgreSQL and Redis run. @param {boolean} apart */
function placeOf(apart) {
  const cores = ownCores()
  return cores === null ? {} : { wrapper: ['taskset', '-c', apart ? cores.generator : cores.server] }
}

/**
 * Fresh nodes on a fresh database, and what the clients of each got.
 * @param {keyof typeof WORKS} name @param {number} count of nodes
 * @returns {Promise<PairResult>}
 */
async function measured(name, count) {
  const folder = mkdtempSync(join(tmpdir(), 'roomful-pair-'))
  const place = placeOf(WORKS[name].apart)
  const postgres = await startPostgresDaemon(place)
  const redis = await startRedis([], place)
  const nodes = []
  try {
    for (let i = 0; i < count; i++) {
      const port = await freePort()
      const command = roomfulCommand(port, postgres.url, ['--bus', redis.url])
      nodes.push({ port, ...(await startServer(command, port, folder)) })
    }
    const [first, second] = nodes.map(({ port, child }) => ({ port, pid: child.pid ?? 0 }))
    if (first === undefined) throw new Error('there is no node')
    const plan = { ...planOf(WORKS[name]), ...first, other: second ?? null }
    const answer = await Promise.race([generate(plan), ...nodes.map(({ end }) => end)])
    if ('error' in answer) throw new Error(answer.error)
    return /** @type {PairResult} */ (answer.result)
  } finally {
    for (const { child } of nodes) {
      child.kill('SIGKILL')
      await ended(child)
    }
    await redis.remove()
    await postgres.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {NodeResult} node deliveries that a second of its processor time makes */
const perCpuSecond = ({ deliveries, cpuMs }) => (deliveries * 1_000) / cpuMs

/** @param {PairResult} result */
function secondOf({ second }) {
  if (second === null) throw new Error('there was one node only')
  return second
}

/** @param {readonly NodeResult[]} nodes @param {number} share @returns {number} milliseconds */
function quantile(nodes, share) {
  const all = new Histogram()
  for (const { latency } of nodes) all.add(latency)
  return (all.quantile(share) ?? NaN) / 1_000
}

async function roundOf() {
  const one = await measured('saturate', 1)
  const two = await measured('saturate', 2)
  const timed = []
  for (const name of TIMED) timed.push(await measured(name, 2))
  return { one, two, timed }
}

/** @typedef {Awaited<ReturnType<typeof roundOf>>} Round */

/** @param {readonly Round[]} rounds */
function saturateOf(rounds) {
  const { clients } = WORKS.saturate
  return {
    clientsPerNode: clients,
    alonePerCpuSecond: spreadOf(rounds.map(({ one }) => perCpuSecond(one.first))),
    speakersPerCpuSecond: spreadOf(rounds.map(({ two }) => perCpuSecond(two.first))),
    listenersPerCpuSecond: spreadOf(rounds.map(({ two }) => perCpuSecond(secondOf(two)))),
    speakersRatio: spreadOf(rounds.map(({ one, two }) => perCpuSecond(two.first) / perCpuSecond(one.first))),
    listenersRatio: spreadOf(
      rounds.map(({ one, two }) => perCpuSecond(secondOf(two)) / perCpuSecond(one.first)),
    ),
    messagesPerSecondAlone: spreadOf(rounds.map(({ one }) => one.first.deliveries / one.seconds / clients)),
    messagesPerSecondTogether: spreadOf(
      rounds.map(({ two }) => two.first.deliveries / two.seconds / clients),
    ),
  }
}

/** @param {typeof TIMED[number]} name @param {readonly PairResult[]} results */
function latencyOf(name, results) {
  const { clients, rooms, loop, apart } = WORKS[name]
  const same = results.map(({ first }) => first)
  const other = results.map(secondOf)
  return {
    clientsPerNode: clients,
    rooms,
    apart,
    messagesPerSecond: loop.rate,
    sameNodeMs: { p50: quantile(same, 0.5), p99: quantile(same, 0.99) },
    otherNodeMs: { p50: quantile(other, 0.5), p99: quantile(other, 0.99) },
  }
}

/** Takes some five minutes. @param {(text: string) => void} tell */
export async function measurePair(tell) {
  /** @type {Round[]} */
  const rounds = []
  for (let round = 1; round <= ROUNDS; round++) {
    tell(`round ${round} of ${ROUNDS}`)
    rounds.push(await roundOf())
  }
  const all = rounds.flatMap(({ one, two, timed }) => [one, two, ...timed])
  return {
    date: new Date().toISOString(),
    machine: machine(),
    rounds: ROUNDS,
    saturate: saturateOf(rounds),
    latencies: TIMED.map((name, i) =>
      latencyOf(
        name,
        rounds.flatMap(({ timed }) => timed[i] ?? []),
      ),
    ),
    missing: all.reduce((sum, { missing }) => sum + missing, 0),
    lostClients: all.reduce((sum, { lostClients }) => sum + lostClients, 0),
    generatorBusy: Math.max(...all.map(({ busy }) => busy)),
  }
}
