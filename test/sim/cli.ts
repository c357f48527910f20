/** npm run sim: runs seeds and says what became of them. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { MUTANTS } from './mutants.ts'
import { readPlan, writePlan } from './kept-plans.ts'
import { type Plan, planOf } from './plan.ts'
import { type Batch, HELP, reportOf, runSeeds } from './batch.ts'
import { shrink } from './shrink.ts'
import { serve, shareOut } from './threads.ts'
import { simulate } from './verdict.ts'

// Errors are part of the game here, and nobody reads where they came from.
Error.stackTraceLimit = 0

/** Seeds after which it is told how far it is. */
const TOLD_EVERY = 1_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    plan: { type: 'string' },
    only: { type: 'string' },
    mutant: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

async function main(): Promise<number> {
  if (values.help) {
    say(HELP)
    return 0
  }
  const mutant = values.mutant
  if (mutant !== undefined && !Object.hasOwn(MUTANTS, mutant)) {
    say(`There is no mutant ${mutant}. There are: ${Object.keys(MUTANTS).join(', ')}`)
    return 2
  }
  if (values.plan !== undefined) return replay(readPlan(values.plan), mutant)
  if (values.seed !== undefined) return replay(planOf(Number(values.seed)), mutant)
  const began = performance.now()
  const cpuBegan = process.cpuUsage()
  const batch = await batchOf(mutant)
  const { user, system } = process.cpuUsage(cpuBegan)
  say(reportOf(batch, { tookMs: performance.now() - began, cpuMs: (user + system) / 1000 }))
  if (batch.failures.length > 0) await explain(batch, mutant)
  return batch.failures.length > 0 === (mutant !== undefined) && batch.unknown.length === 0 ? 0 : 1
}

/** All seeds that were asked for. A mutant ends with the first that finds it, so its seeds come one after the other. */
function batchOf(mutant: string | undefined): Promise<Batch> {
  const [from, seeds, jobs] = [Number(values.from), Number(values.seeds), Number(values.jobs)]
  if (mutant !== undefined || jobs === 1) return runSeeds({ from, seeds, mutant })
  const began = performance.now()
  let toldAt = TOLD_EVERY
  const progress = (done: number): void => {
    if (done < toldAt || done === seeds) return
    toldAt += TOLD_EVERY
    const leftMs = ((performance.now() - began) / done) * (seeds - done)
    say(`… ${done} of ${seeds} seeds, ${Math.ceil(leftMs / 1000)} s left`)
  }
  return shareOut({ program: new URL(import.meta.url), from, seeds, jobs, progress })
}

/** One run again, with everything that happens in it when asked for. */
async function replay(plan: Plan, mutant: string | undefined): Promise<number> {
  const kept = values.only?.split(',').map(Number)
  const ops = kept === undefined ? plan.ops : plan.ops.filter((_, i) => kept.includes(i))
  if (values.verbose) say(JSON.stringify(plan.setting))
  const outcome = await simulate({ ...plan, ops }, mutantOf(mutant), values.verbose ? say : null)
  say(
    `seed ${plan.seed}: ${outcome.verdict}, ${outcome.acks} acks, ${outcome.virtualMs / 1000} s of virtual time`,
  )
  for (const example of outcome.examples) say(`  ${example}`)
  return outcome.verdict === 'pass' ? 0 : 1
}

const mutantOf = (name: string | undefined) => (name === undefined ? {} : MUTANTS[name]?.())

/** Makes the first failure small, and says how to see it again. */
async function explain({ failures: [first] }: Batch, mutant: string | undefined): Promise<void> {
  if (first === undefined) return
  const { seed } = first.plan
  const only = await shrink(first, () => mutantOf(mutant) ?? {})
  const chosen = mutant === undefined ? '' : ` --mutant ${mutant}`
  say(`\nSeed ${seed} fails:`)
  for (const example of first.examples) say(`  ${example}`)
  say(`Again:             npm run sim -- --seed ${seed}${chosen}`)
  const file = `.cache/sim-failed/${seed}.json`
  const ops = first.plan.ops.filter((_, i) => only.includes(i))
  writePlan(file, { ...first.plan, ops, found: first.examples.join('; ') })
  say(`The least of it:   npm run sim -- --plan ${file}${chosen} --verbose`)
}

if (isMainThread) process.exitCode = await main()
else serve()
