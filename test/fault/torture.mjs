/** Every fault run in full and the simulation, one after the other, each as a process of its own; the report is docs/torture-report.md. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { MUTANTS } from './mutants/names.mjs'
import { reportOf } from './report.mjs'
import { RUNS } from './runs/index.mjs'

/** @typedef {import('./report.mjs').Done} Done */

const MAIN = fileURLToPath(new URL('./main.mjs', import.meta.url))
const REPORT = fileURLToPath(new URL('../../docs/torture-report.md', import.meta.url))

const SIMULATION = fileURLToPath(new URL('../../scripts/sim.mjs', import.meta.url))

/** Seeds of the simulation. */
const SEEDS = 10_000

/** Milliseconds beyond its own limit after which a run is cut off. */
const GRACE_MS = 60_000

/** @param {string} name @param {readonly string[]} args @param {string} file @returns {Promise<Done | null>} `null` when it came to no figures */
async function perform(name, args, file) {
  rmSync(file, { force: true })
  const child = spawn(process.execPath, [MAIN, name, ...args, '--json', file], { stdio: 'inherit' })
  const cut = setTimeout(() => child.kill('SIGKILL'), (RUNS[name]?.limitSeconds ?? 0) * 1_000 + GRACE_MS)
  await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(cut)
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

/** @param {number} seeds @returns {Promise<import('./report.mjs').Simulated>} */
async function simulate(seeds) {
  const child = spawn(process.execPath, [SIMULATION, '--seeds', String(seeds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text))
  const code = await new Promise((resolve) => child.once('close', resolve))
  process.stdout.write(output)
  // What is said before is of the installation.
  return { passed: code === 0, said: output.slice(Math.max(0, output.search(/^\d+ seeds/m))).trim() }
}

async function torture() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' }, scale: { type: 'string', default: '1' } },
  })
  const names = positionals.length === 0 ? Object.keys(RUNS) : positionals
  const folder = mkdtempSync(join(tmpdir(), 'roomful-torture-'))
  const file = join(folder, 'outcome.json')
  try {
    /** @type {Map<string, Done | null>} */
    const runs = new Map()
    for (const name of names)
      runs.set(name, await perform(name, ['--seed', values.seed, '--scale', values.scale], file))
    /** @type {Map<string, Done | null>} */
    const mutants = new Map()
    for (const [name, { run, scale }] of Object.entries(MUTANTS)) {
      const args = ['--seed', values.seed, '--scale', String(scale), '--mutant', name]
      mutants.set(name, await perform(run, args, file))
    }
    const seeds = Math.max(1, Math.round(SEEDS * Number(values.scale)))
    const simulated = positionals.length === 0 ? await simulate(seeds) : null
    const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}`
    const date = new Date().toISOString().slice(0, 10)
    const { text, passed } = reportOf({ date, machine, runs, mutants, simulated })
    writeFileSync(REPORT, text)
    process.stdout.write(text)
    process.exitCode = passed ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await torture()
