/** One fault run by name: prints its figures and its seed; exit code 0 pass, 1 fail, 3 unknown, 2 not understood. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BUSES } from './harness/cluster.mjs'
import { TooLate } from './harness/wait.mjs'
import { MUTANTS } from './mutants/names.mjs'
import { boundOf } from './report.mjs'
import { RUNS } from './runs/index.mjs'
import { holds, resultOf } from './runs/run.mjs'

/** @typedef {import('./runs/run.mjs').Outcome} Outcome */
/** @typedef {import('./runs/run.mjs').Figure} Figure */

const EXIT = { pass: 0, fail: 1, unknown: 3 }
const EXIT_USAGE = 2

/** A small run may take at least this share of what the full one may. */
const LEAST_SHARE = 0.2

/** What `--quick` is. */
const QUICK_SCALE = 0.05

const DEFAULT_BUS = 'redis'

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

const USAGE = [
  'usage: npm run fault -- NAME [--seed N] [--scale S | --quick] [--mutant MUTANT] [--bus BUS]',
  ...Object.entries(RUNS).map(([name, { title }]) => `  ${name.padEnd(10)}${title}`),
  `mutants: ${Object.keys(MUTANTS).join(', ')}`,
  `buses, for runs of several nodes: ${Object.keys(BUSES).join(', ')}; default: ${DEFAULT_BUS}`,
].join('\n')

function planOf() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      scale: { type: 'string' },
      quick: { type: 'boolean', default: false },
      bus: { type: 'string', default: DEFAULT_BUS },
      mutant: { type: 'string' },
      json: { type: 'string' },
    },
  })
  const [name = ''] = positionals
  const chosen = Object.hasOwn(RUNS, name) ? RUNS[name] : undefined
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
  const { bus } = values
  const scale = Number(values.scale ?? (values.quick ? QUICK_SCALE : 1))
  const mutant = values.mutant ?? null
  if (chosen === undefined || positionals.length > 1)
    throw new TypeError(`no such run: ${positionals.join(' ')}`)
  if (!Number.isInteger(seed)) throw new TypeError('--seed must be a whole number')
  if (!(scale > 0 && scale <= 100)) throw new TypeError('--scale must be above 0 and at most 100')
  if (mutant !== null && !Object.hasOwn(MUTANTS, mutant)) throw new TypeError(`no such mutant: ${mutant}`)
  if (!Object.hasOwn(BUSES, bus)) throw new TypeError(`no such bus: ${bus}`)
  return { name, chosen, seed, scale, bus, mutant, json: values.json }
}

/** @param {Figure} figure */
function lineOf(figure) {
  const { name, value, unit = '' } = figure
  const shown = `${Number(value.toFixed(1))} ${unit}`.trim()
  return `  ${name.padEnd(44)}${shown.padStart(12)}  ${boundOf(figure)}${holds(figure) ? '' : '  FAILED'}`
}

/** @param {Outcome} outcome */
function show({ verdict, figures }) {
  for (const figure of figures) say(lineOf(figure))
  const found = Object.entries(verdict.counts).filter(([, count]) => count > 0)
  say(`  checker: ${found.length === 0 ? 'nothing found' : found.map((pair) => pair.join(' ')).join(', ')}`)
  for (const example of verdict.examples) say(`    ${example}`)
}

async function main() {
  const { name, chosen, seed, scale, bus, mutant, json } = planOf()
  say(`${name}: ${chosen.title} (seed ${seed}, scale ${scale}${mutant === null ? '' : `, mutant ${mutant}`})`)
  const limitSeconds = chosen.limitSeconds * Math.max(LEAST_SHARE, scale)
  const limit = setTimeout(() => {
    say(`${name}: unknown: not done within ${limitSeconds} s`)
    process.exit(EXIT.unknown)
  }, limitSeconds * 1_000)
  const started = performance.now()
  try {
    const outcome = await chosen.run({ seed, scale, bus, mutant })
    const result = resultOf(outcome)
    const seconds = (performance.now() - started) / 1_000
    show(outcome)
    say(`${name}: ${result} in ${seconds.toFixed(1)} s (seed ${seed})`)
    if (json !== undefined)
      writeFileSync(json, JSON.stringify({ name, seed, scale, result, seconds, ...outcome }))
    process.exitCode = EXIT[result]
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    say(`${name}: unknown: ${message.split('\n')[0]} (seed ${seed})`)
    if (!(error instanceof TooLate) && error instanceof Error) say(String(error.stack))
    // What it had begun may be running still.
    process.exit(EXIT.unknown)
  } finally {
    clearTimeout(limit)
  }
}

try {
  await main()
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  say(`${error.message}\n${USAGE}`)
  process.exitCode = EXIT_USAGE
}
process.exit(process.exitCode)
