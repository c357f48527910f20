/** What Roomful wants to reach, as ratios within one run on one machine. */
import { times } from './columns.mjs'
import { deliveredAll, ratio, summary } from './figures.mjs'
import { align } from './table.mjs'

/** @typedef {import('./figures.mjs').Run} Run */

/** @typedef {(scenario: string, peer: string) => readonly Run[]} Runs */

/**
 * @typedef {object} Target
 * @property {string} scenario
 * @property {string} what
 * @property {number | null} must null when there is only an aim
 * @property {number} aim
 * @property {'least' | 'most'} bound whether must and aim are the least or the most that is wanted
 * @property {(runs: Runs) => number} value NaN when it was not measured
 */

/** @param {string} scenario @param {string} peer @param {string} reference @param {string} [key] @returns {Target['value']} */
const against =
  (scenario, peer, reference, key = 'rate') =>
  (runs) =>
    ratio(runs(scenario, peer), runs(scenario, reference), key)

/** @param {string} scenario @param {string} peer @param {string} key @returns {Target['value']} */
const figure = (scenario, peer, key) => (runs) => summary(runs(scenario, peer))[key]?.median ?? NaN

/** @param {string} scenario @param {string} what @param {number | null} must @param {number} aim @param {Target['value']} value @returns {Target} */
const least = (scenario, what, must, aim, value) => ({ scenario, what, must, aim, bound: 'least', value })

/** @param {string} scenario @param {string} what @param {number | null} must @param {number} aim @param {Target['value']} value @returns {Target} */
const most = (scenario, what, must, aim, value) => ({ scenario, what, must, aim, bound: 'most', value })

/** @type {readonly Target[]} */
const TARGETS = [
  least('saturate', 'committed × ws', 30, 50, against('saturate', 'roomful', 'ws')),
  least('saturate', 'committed × Bun', 0.9, 1.2, against('saturate', 'roomful', 'bun')),
  least('saturate', ':memory: × ws', 40, 40, against('saturate', 'memory', 'ws')),
  least('saturate', ':memory: × Bun', 1.1, 1.1, against('saturate', 'memory', 'bun')),
  least('saturate', ':memory: × floor', null, 0.85, against('saturate', 'memory', 'floor')),
  least('rooms', 'committed × ws', 3, 3, against('rooms', 'roomful', 'ws')),
  least('rooms', 'committed × Bun', 0.4, 0.8, against('rooms', 'roomful', 'bun')),
  least('rooms', ':memory: × Bun', 0.8, 1.1, against('rooms', 'memory', 'bun')),
  least('crowd', 'committed × ws', 20, 20, against('crowd', 'roomful', 'ws')),
  least('crowd', 'committed × Bun', 1, 1.5, against('crowd', 'roomful', 'bun')),
  most('steady', 'CPU × ws', 1, 1, against('steady', 'roomful', 'ws', 'cpuPerDelivery')),
  most('steady', 'CPU × floor', null, 1.2, against('steady', 'roomful', 'floor', 'cpuPerDelivery')),
  most('busy', 'p99 ms', 25, 10, figure('busy', 'roomful', 'latencyP99')),
  least('echo', '× ws', 0.9, 1.2, against('echo', 'roomful', 'ws')),
  most(
    'idle',
    'KiB above ws',
    4,
    1.5,
    (runs) => figure('idle', 'roomful', 'kibEach')(runs) - figure('idle', 'ws', 'kibEach')(runs),
  ),
  most('storm', 'time × ws', 2, 1.2, against('storm', 'roomful', 'ws', 'seconds')),
  most('storm', 'not in, or cut off', 0, 0, (runs) =>
    ['refused', 'lostClients'].reduce((sum, key) => sum + figure('storm', 'roomful', key)(runs), 0),
  ),
  most(
    'slow',
    'p99 × without',
    1.2,
    1.2,
    (runs) => figure('slow', 'roomful', 'latencyP99')(runs) / figure('slow', 'roomful', 'withoutP99')(runs),
  ),
  most('slow', 'grown MiB', 64, 16, figure('slow', 'roomful', 'grownMiB')),
  most('slow', 'missing, twice, disordered', 0, 0, (runs) =>
    ['missing', 'disordered'].reduce((sum, key) => sum + Math.abs(figure('slow', 'roomful', key)(runs)), 0),
  ),
  most('zip', 'bytes × without', 0.4, 0.4, figure('zip', 'roomful', 'bytesRatio')),
  most(
    'zip',
    'CPU × steady',
    1.5,
    1.2,
    (runs) =>
      figure('zip', 'roomful', 'cpuPerDelivery')(runs) / figure('steady', 'roomful', 'cpuPerDelivery')(runs),
  ),
]

/** @typedef {{ scenario: string, what: string, must: number | null, aim: number, bound: 'least' | 'most', value: number, verdict: 'aim' | 'must' | 'missed' }} Verdict */

const OWN = /** @type {const} */ (['roomful', 'memory'])

/** @param {Runs} runs @returns {Verdict[]} of all that was measured; a server that lost something has reached nothing */
export function judge(runs) {
  return TARGETS.flatMap(({ value: valueOf, must, ...target }) => {
    const value = valueOf(runs)
    if (Number.isNaN(value)) return []
    const reaches = (/** @type {number} */ limit) =>
      target.bound === 'least' ? value >= limit : value <= limit
    const whole = OWN.every((peer) => runs(target.scenario, peer).every(deliveredAll))
    const reached = reaches(target.aim) ? 'aim' : must !== null && reaches(must) ? 'must' : 'missed'
    const verdict = whole ? reached : 'missed'
    return [{ ...target, must, value, verdict }]
  })
}

/** @param {readonly Verdict[]} verdicts */
export function verdictTable(verdicts) {
  const sign = (/** @type {Verdict} */ { bound }) => (bound === 'least' ? '≥' : '≤')
  const lines = verdicts.map((verdict) => [
    `${verdict.scenario}: ${verdict.what}`,
    verdict.must === null ? '-' : `${sign(verdict)} ${verdict.must}`,
    `${sign(verdict)} ${verdict.aim}`,
    times(verdict.value),
    verdict.verdict,
  ])
  return align([['Roomful', 'must', 'aim', 'here', 'reached'], ...lines])
}
