/** The torture report: figures of runs against what they must be. */
import { MUTANTS } from './mutants/names.mjs'
import { RUNS } from './runs/index.mjs'
import { holds } from './runs/run.mjs'

/** @typedef {import('./runs/run.mjs').Outcome & { result: string, seed: number, scale: number, seconds: number }} Done what `main.mjs --json` writes */

/** @typedef {{ passed: boolean, said: string }} Simulated */

/**
 * @typedef {object} Torture
 * @property {string} date @property {string} machine
 * @property {number} load of the machine before it began: programs that wanted to run
 * @property {number} seconds that it took
 * @property {Map<string, Done | string>} runs a text says why it came to no figures
 * @property {Map<string, Done | string>} mutants
 * @property {Simulated | null} simulated `null`: left out
 */

/** The end of the report from here on is written by hand and kept. */
const REMARKS = '\n## Remarks\n'

/** What people have written into a report. @param {string} text of the report before */
export function remarksOf(text) {
  const at = text.indexOf(REMARKS)
  return at < 0
    ? `${REMARKS}\nWritten by hand; \`npm run test:torture\` keeps what stands here.\n`
    : text.slice(at)
}

/** @param {Torture} torture @returns {{ text: string, passed: boolean }} Markdown */
export function reportOf({ date, machine, load, seconds, runs, mutants, simulated }) {
  const isCaught = (/** @type {string} */ name) => foundIn(name, mutants.get(name)) !== ''
  const passed =
    [...runs.values()].every((done) => typeof done !== 'string' && done.result === 'pass') &&
    [...mutants.keys()].every(isCaught) &&
    simulated?.passed !== false
  const lines = [
    '# Torture report',
    '',
    'Written by `npm run test:torture`. Each line is one run of `npm run fault -- NAME` with its seed; what "lost", "doubled" and so on mean is said',
    'in `test/fault/checker.mjs`.',
    '',
    `${date}, ${machine}. It took ${Math.round(seconds / 60)} minutes; the load of the machine was ${load.toFixed(1)} before. Times count where nothing else runs.`,
    '',
    '| Run | Result | Seed | Scale | Took | The checker found |',
    '|---|---|---|---|---|---|',
    ...[...runs].map(([name, done]) => rowOf(name, done)),
    '',
    ...[...runs].flatMap(([name, done]) => (typeof done === 'string' ? [] : detailsOf(name, done))),
    ...liesLines(mutants),
    ...simulatedLines(simulated),
  ]
  return { text: lines.join('\n'), passed }
}

/** @param {string} name @param {Done | string} done */
function rowOf(name, done) {
  if (typeof done === 'string') return `| \`${name}\` | **unknown** | | | | ${done} |`
  const { result, seed, scale, seconds, verdict } = done
  const shown = result === 'pass' ? 'pass' : `**${result}**`
  return `| \`${name}\` | ${shown} | ${seed} | ${scale} | ${Math.round(seconds)} s | ${countsOf(verdict.counts)} |`
}

/** @param {ReadonlyMap<string, Done | string>} mutants */
const liesLines = (mutants) =>
  mutants.size === 0
    ? []
    : [
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
      ]

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

/** What it must be caught as and was; empty when it was not. @param {string} name @param {Done | string | undefined} done */
function foundIn(name, done) {
  const must = MUTANTS[name]?.found ?? []
  const counts = Object.entries(typeof done === 'object' ? done.verdict.counts : {})
  const found = counts.filter(([fault, count]) => count > 0 && must.includes(fault))
  return found.map(([fault, count]) => `${fault} (${count})`).join(', ')
}
