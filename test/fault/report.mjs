/** The torture report: figures of runs against what they must be. */
import { MUTANTS } from './mutants/names.mjs'
import { RUNS } from './runs/index.mjs'
import { holds } from './runs/run.mjs'

/** @typedef {import('./runs/run.mjs').Outcome & { result: string, seed: number, scale: number, seconds: number }} Done what `main.mjs --json` writes */

/** @typedef {{ passed: boolean, said: string }} Simulated */

/**
 * @typedef {object} Torture
 * @property {string} date @property {string} machine
 * @property {ReadonlyMap<string, Done | null>} runs `null`: came to no figures
 * @property {ReadonlyMap<string, Done | null>} mutants
 * @property {Simulated | null} simulated `null`: left out
 */

/** @param {Torture} torture @returns {{ text: string, passed: boolean }} Markdown */
export function reportOf({ date, machine, runs, mutants, simulated }) {
  const isCaught = (/** @type {string} */ name) => foundIn(name, mutants.get(name) ?? null) !== ''
  const passed =
    [...runs.values()].every((done) => done?.result === 'pass') &&
    [...mutants.keys()].every(isCaught) &&
    simulated?.passed !== false
  const lines = [
    '# Torture report',
    '',
    'Written by `npm run test:torture`. Each line is one run of `npm run fault -- NAME` with its seed; what "lost", "doubled" and so on mean is said',
    'in `test/fault/checker.mjs`.',
    '',
    `${date}, ${machine}.`,
    '',
    '| Run | Result | Seed | Scale | Took | The checker found |',
    '|---|---|---|---|---|---|',
    ...[...runs].map(([name, done]) => rowOf(name, done)),
    '',
    ...[...runs].flatMap(([name, done]) => (done === null ? [] : detailsOf(name, done))),
    '## A server that lies',
    '',
    'A run that passes otherwise against the real server with one deliberate fault: each must be caught.',
    '',
    '| Fault | Caught as |',
    '|---|---|',
    ...[...mutants].map(
      ([name, done]) => `| ${MUTANTS[name]?.title} | ${foundIn(name, done) || '**not caught**'} |`,
    ),
    '',
    ...simulatedLines(simulated),
  ]
  return { text: lines.join('\n'), passed }
}

/** @param {string} name @param {Done | null} done */
function rowOf(name, done) {
  if (done === null) return `| \`${name}\` | **unknown** | | | | came to no figures |`
  const { result, seed, scale, seconds, verdict } = done
  const shown = result === 'pass' ? 'pass' : `**${result}**`
  return `| \`${name}\` | ${shown} | ${seed} | ${scale} | ${Math.round(seconds)} s | ${countsOf(verdict.counts)} |`
}

/** @param {Simulated | null} simulated */
const simulatedLines = (simulated) =>
  simulated === null
    ? []
    : [
        '## The simulation',
        '',
        `The core and the SDK in a simulated world, by \`npm run sim\`: ${simulated.passed ? 'pass' : '**fail**'}.`,
        '',
        '```',
        simulated.said,
        '```',
        '',
      ]

/** @param {Record<string, number>} counts */
function countsOf(counts) {
  const found = Object.entries(counts).filter(([, count]) => count > 0)
  return found.map(([fault, count]) => `${fault} ${count}`).join(', ') || 'nothing'
}

/** @param {string} name @param {Done} done */
const detailsOf = (name, { figures, verdict }) => [
  `## ${name}: ${RUNS[name]?.title}`,
  '',
  '| Figure | Value | Must be |',
  '|---|---|---|',
  ...figures.map((figure) => {
    const { name: title, value, unit = '' } = figure
    const shown = `${Number(value.toFixed(1)).toLocaleString('en')} ${unit}`.trim()
    return `| ${title} | ${holds(figure) ? shown : `**${shown}**`} | ${boundOf(figure)} |`
  }),
  '',
  ...(verdict.examples.length === 0 ? [] : [...verdict.examples.map((example) => `- ${example}`), '']),
]

/** @param {import('./runs/run.mjs').Figure} figure */
export function boundOf({ atLeast, atMost, exactly }) {
  const shown = (/** @type {number} */ value) => Number(value.toFixed(1)).toLocaleString('en')
  if (exactly !== undefined) return `exactly ${shown(exactly)}`
  if (atMost !== undefined) return `at most ${shown(atMost)}`
  return atLeast === undefined ? '' : `at least ${shown(atLeast)}`
}

/** What it must be caught as and was; empty when it was not. @param {string} name @param {Done | null} done */
function foundIn(name, done) {
  const must = MUTANTS[name]?.found ?? []
  const counts = Object.entries(done?.verdict.counts ?? {})
  const found = counts.filter(([fault, count]) => count > 0 && must.includes(fault))
  return found.map(([fault, count]) => `${fault} (${count})`).join(', ')
}
