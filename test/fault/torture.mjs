/**
 * Every fault run in full, every lie of a server and the simulation, one after the other, each as a process of its own. The report is
 * written anew after each of them, so that one that is cut off leaves what it came to.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { MUTANTS } from './mutants/names.mjs'
import { remarksOf, reportOf } from './report.mjs'
import { RUNS } from './runs/index.mjs'

/** @typedef {import('./report.mjs').Done} Done */
/** @typedef {import('./report.mjs').Simulated} Simulated */

/** @param {string} path from here */
const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url))

const MAIN = fileOf('./main.mjs')
const SIMULATION = fileOf('../../scripts/sim.mjs')

/** Of all runs in full; what is less goes where it overwrites nothing. */
const REPORT = fileOf('../../docs/torture-report.md')
const PARTIAL_REPORT = fileOf('../../.cache/torture-report.md')

/** Seeds of the simulation, and the processor time of one. */
const SEEDS = 10_000
const SEED_MS = 45

/** What a lie takes, and what a small run takes at least, in seconds. */
const LIE_S = 15
const LEAST_S = 10

/** Milliseconds beyond its own limit after which a run is cut off. */
const GRACE_MS = 60_000

/** Names of parts that are no runs. */
const LIES = 'lies'
const SIMULATED = 'simulation'

const NOT_DONE = 'not done'

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

/** Shows what a child says and keeps it. @param {readonly string[]} args @param {number} [limitMs] @returns {Promise<{ code: number | null, output: string }>} */
async function runNode(args, limitMs) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const cut = limitMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), limitMs)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      process.stdout.write(text)
      output += text
    })
  const code = await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(cut)
  return { code, output }
}

/** @param {string} name @param {readonly string[]} args @param {string} file @returns {Promise<Done | string>} why, when it came to no figures */
async function perform(name, args, file) {
  rmSync(file, { force: true })
  const limitMs = (RUNS[name]?.limitSeconds ?? 0) * 1_000 + GRACE_MS
  const { output } = await runNode([MAIN, name, ...args, '--json', file], limitMs)
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  // A cell of a table.
  const why = /: unknown: (.*)/.exec(output)?.[1]?.replaceAll('|', '/').slice(0, 200)
  return why ?? 'came to no figures'
}

/** @param {number} seeds @returns {Promise<Simulated>} */
async function simulate(seeds) {
  const { code, output } = await runNode([SIMULATION, '--seeds', String(seeds)])
  // What is said before is of the installation, and how far it is.
  return { passed: code === 0, said: output.slice(Math.max(0, output.search(/^\d+ seeds:/m))).trim() }
}

/** @typedef {{ title: string, seconds: number, go: (torture: import('./report.mjs').Torture) => Promise<void> }} Part */

/** @param {{ names: readonly string[], seed: string, scale: number, file: string }} plan @returns {Part[]} */
function partsOf({ names, seed, scale, file }) {
  /** @type {Part[]} */
  const parts = []
  for (const name of Object.keys(RUNS).filter((run) => names.includes(run)))
    parts.push({
      title: name,
      seconds: Math.max(LEAST_S, (RUNS[name]?.seconds ?? 0) * scale),
      go: async ({ runs }) => {
        runs.set(name, await perform(name, ['--seed', seed, '--scale', String(scale)], file))
      },
    })
  for (const [name, lie] of names.includes(LIES) ? Object.entries(MUTANTS) : [])
    parts.push({
      title: `a server that lies: ${lie.title}`,
      seconds: LIE_S,
      go: async ({ mutants }) => {
        const args = ['--seed', seed, '--scale', String(lie.scale), '--mutant', name]
        mutants.set(name, await perform(lie.run, args, file))
      },
    })
  const seeds = Math.max(1, Math.round(SEEDS * scale))
  if (names.includes(SIMULATED))
    parts.push({
      title: `the simulation, ${seeds} seeds`,
      seconds: (seeds * SEED_MS) / 1_000 / availableParallelism() + LEAST_S,
      go: async (torture) => {
        torture.simulated = await simulate(seeds)
      },
    })
  return parts
}

/** @param {readonly string[]} names @returns {import('./report.mjs').Torture} nothing of it done */
function begun(names) {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}`
  return {
    date: new Date().toISOString().slice(0, 10),
    machine,
    load: loadavg()[0] ?? 0,
    seconds: 0,
    runs: new Map(names.filter((name) => Object.hasOwn(RUNS, name)).map((name) => [name, NOT_DONE])),
    mutants: new Map(names.includes(LIES) ? Object.keys(MUTANTS).map((name) => [name, NOT_DONE]) : []),
    simulated: names.includes(SIMULATED) ? { passed: false, said: NOT_DONE } : null,
  }
}

/** @param {number} seconds */
const roughly = (seconds) =>
  seconds < 100 ? `${Math.ceil(seconds / 10) * 10} s` : `${Math.ceil(seconds / 60)} min`

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' }, scale: { type: 'string', default: '1' } },
  })
  const all = [...Object.keys(RUNS), LIES, SIMULATED]
  const unknown = positionals.filter((name) => !all.includes(name))
  const scale = Number(values.scale)
  if (unknown.length > 0 || !(scale > 0)) {
    say(`usage: npm run test:torture [-- NAME... --seed N --scale S]\n  names: ${all.join(', ')}`)
    return 2
  }
  const names = positionals.length === 0 ? all : positionals
  const report = positionals.length === 0 && scale >= 1 ? REPORT : PARTIAL_REPORT
  const remarks = remarksOf(existsSync(report) ? readFileSync(report, 'utf8') : '')
  mkdirSync(dirname(report), { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'roomful-torture-'))
  try {
    const started = performance.now()
    const torture = begun(names)
    const parts = partsOf({ names, seed: values.seed, scale, file: join(folder, 'outcome.json') })
    let passed = false
    for (const [index, { title, seconds, go }] of parts.entries()) {
      const left = parts.slice(index).reduce((sum, part) => sum + part.seconds, 0)
      say(
        `\n[${index + 1}/${parts.length}] ${title}: about ${roughly(seconds)}; ${roughly(left)} for all that is left`,
      )
      await go(torture)
      torture.seconds = (performance.now() - started) / 1_000
      const written = reportOf(torture)
      writeFileSync(report, written.text + remarks)
      passed = written.passed
    }
    say(`\n${readFileSync(report, 'utf8')}\n${passed ? 'pass' : 'FAIL'}: ${report}`)
    return passed ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = await main()
