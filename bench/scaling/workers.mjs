/** `--workers 2` against one process: each thread that serves or leads has a core of its own, which is slower than a real one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../packages/server/testing/daemon.mjs'
import { inTree } from '../../scripts/lib/tree.mjs'
import { PEERS, roomfulCommand } from '../peers/peers.mjs'
import { spreadOf } from '../runner/figures.mjs'
import { machine } from '../runner/machine.mjs'
import { ended, generate, startServer } from '../runner/trial.mjs'
import { SCENARIOS, TIMES } from '../scenarios.mjs'
import { missingSlowCores, slowCoreFor } from './slow-cores.mjs'

/** @typedef {import('../generator.mjs').LoadResult} LoadResult */

const ROUNDS = 5
/** Three of them, and what all other threads need, are less than the one real core that the server's side has. */
const SPEED = 0.25
const READY_WITHIN_MS = 10_000

/** @param {number} pid @returns {number[]} */
const childrenOf = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)

/** The threads that serve, or lead those that do; `--workers 1` is one process. @param {number} pid @param {number} workers */
async function mainThreads(pid, workers) {
  if (workers === 1) return [pid]
  const deadline = performance.now() + READY_WITHIN_MS
  while (childrenOf(pid).length < workers) {
    if (performance.now() > deadline) throw new Error(`the server has not started ${workers} workers`)
    await sleep(50)
  }
  return [pid, ...childrenOf(pid)]
}

/** @param {number} workers @param {string} scenario */
async function measured(workers, scenario) {
  const folder = mkdtempSync(inTree('.cache', 'bench-'))
  const port = await freePort()
  const { child, end } = await startServer(
    roomfulCommand(port, folder, ['--workers', String(workers)]),
    port,
    folder,
  )
  /** @type {import('./slow-cores.mjs').SlowCore[]} */
  const cores = []
  try {
    const pid = child.pid ?? 0
    const { works, clients } = SCENARIOS.find(({ id }) => id === scenario) ?? {}
    const peer = PEERS.find(({ id }) => id === 'roomful')
    const work = works && peer && works(peer, clients ?? 0, TIMES.full)[0]
    if (work === undefined) throw new Error(`there is no ${scenario}`)
    for (const tid of await mainThreads(pid, workers)) cores.push(slowCoreFor(tid, SPEED))
    const plan = /** @type {import('../generator.mjs').Plan} */ ({
      ...work,
      port,
      pid,
      dialect: 'plain',
      beats: true,
    })
    const answer = await Promise.race([generate(plan), end])
    if ('error' in answer) throw new Error(answer.error)
    const { deliveries, seconds, expected, received, lostClients, busy } = /** @type {LoadResult} */ (
      answer.result
    )
    const throttled = cores.map((core) => core.throttled())
    return { rate: deliveries / seconds, missing: expected - received, lostClients, busy, throttled }
  } finally {
    child.kill('SIGKILL')
    await ended(child)
    // Workers end by themselves when their parent has.
    await sleep(1_000)
    for (const core of cores) core.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Takes some three minutes. @param {(text: string) => void} tell */
export async function measureWorkers(tell) {
  const reason = missingSlowCores()
  if (reason !== null) throw new Error(`slow cores cannot be had here: ${reason}`)
  const rounds = []
  for (let round = 1; round <= ROUNDS; round++) {
    tell(`round ${round} of ${ROUNDS}`)
    const one = await measured(1, 'saturate')
    const two = await measured(2, 'saturate')
    rounds.push({ one, two })
    tell(JSON.stringify(rounds.at(-1)))
  }
  const all = rounds.flatMap(({ one, two }) => [one, two])
  return {
    date: new Date().toISOString(),
    machine: machine(),
    rounds: ROUNDS,
    speed: SPEED,
    alone: spreadOf(rounds.map(({ one }) => one.rate)),
    together: spreadOf(rounds.map(({ two }) => two.rate)),
    ratio: spreadOf(rounds.map(({ one, two }) => two.rate / one.rate)),
    missing: all.reduce((sum, { missing }) => sum + missing, 0),
    lostClients: all.reduce((sum, { lostClients }) => sum + lostClients, 0),
    generatorBusy: Math.max(...all.map(({ busy }) => busy)),
  }
}
