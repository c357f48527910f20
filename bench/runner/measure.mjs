import { PEERS } from '../peers/peers.mjs'
import { SCENARIOS, TIMES } from '../scenarios.mjs'
import { runOf } from './figures.mjs'
import { descriptorLimit } from './machine.mjs'
import { runTrial } from './trial.mjs'

/** @typedef {import('./options.mjs').Options} Options */
/** @typedef {import('../scenarios.mjs').Scenario} Scenario */
/** @typedef {import('../peers/peers.mjs').Peer} Peer */
/** @typedef {import('./figures.mjs').Run} Run */
/** @typedef {import('./chart.mjs').Panel} Panel */

/** Open files of a process besides its connections. */
const OTHER_FILES = 200

/** @param {Options} options */
export const chosenScenarios = ({ scenarios }) =>
  SCENARIOS.filter(({ id }) => scenarios === null || scenarios.includes(id))

/** A peer that is asked for by name takes part also where it usually does not. @param {Scenario} scenario @param {Options} options */
export function chosenPeers(scenario, { peers, quick }) {
  const ids = peers ?? (quick ? scenario.quickPeers : scenario.peers)
  return PEERS.filter(({ id }) => ids.includes(id) && (peers === null || scenario.peers.includes(id)))
}

/**
 * One repetition of one peer.
 * @param {Scenario} scenario @param {Peer} peer @param {number} clients @param {Options} options
 * @returns {Promise<{ run: Run } | { error: string }>}
 */
async function measureOnce(scenario, peer, clients, { quick }) {
  const results = []
  for (const work of scenario.works(peer, clients, quick ? TIMES.quick : TIMES.full)) {
    const answer = await runTrial(peer, work)
    if ('error' in answer) return answer
    if (work.compress && 'compressed' in answer.result && !answer.result.compressed)
      return { error: 'it did not take compression' }
    results.push(answer.result)
  }
  return { run: runOf(scenario.shape, results) }
}

/** @param {Scenario} scenario @param {Peer} peer */
const reasonToSkip = (scenario, peer) =>
  peer.missing() ?? (scenario.shape === 'zip' && !peer.compresses ? 'this build has no compression' : null)

/**
 * Measures all peers of a scenario in turns, A B C A B C, so that a machine that changes its speed changes it for all.
 * @param {Scenario} scenario @param {Options} options
 * @param {(text: string) => void} tell who is being measured
 * @returns {Promise<Panel>}
 */
export async function measure(scenario, options, tell) {
  const wanted = options.quick ? scenario.quickClients : scenario.clients
  const clients = Math.min(wanted, descriptorLimit() - OTHER_FILES)
  if (clients < 1) throw new Error(`${OTHER_FILES} open files are not enough: raise the limit (ulimit -n)`)
  const rows = chosenPeers(scenario, options).map((peer) => ({
    peer,
    runs: /** @type {Run[]} */ ([]),
    skipped: reasonToSkip(scenario, peer),
  }))
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const row of rows) {
      if (row.skipped !== null) continue
      tell(`${scenario.id} ${repetition + 1}/${options.repetitions} ${row.peer.title}`)
      const outcome = await measureOnce(scenario, row.peer, clients, options)
      if ('error' in outcome) row.skipped = outcome.error
      else row.runs.push(outcome.run)
    }
  }
  return {
    scenario,
    title: scenario.title(clients),
    rows: rows.map(({ peer: { id, title }, runs, skipped }) => ({ id, title, runs, skipped })),
  }
}
