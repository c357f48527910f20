/** npm run sim: runs seeds and says what became of them. */
import { parseArgs } from 'node:util'
import { MUTANTS } from './mutants.ts'
import { readPlan, writePlan } from './kept-plans.ts'
import { type Plan, planOf } from './plan.ts'
import { type Batch, HELP, reportOf, runSeeds } from './batch.ts'
import { shrink } from './shrink.ts'
import { simulate } from './verdict.ts'

// Errors are part of the game here, and nobody reads where they came from.
Error.stackTraceLimit = 0

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
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
  const batch = await runSeeds({ from: Number(values.from), seeds: Number(values.seeds), mutant })
  say(reportOf(batch))
  if (batch.failures.length > 0) await explain(batch, mutant)
  return batch.failures.length > 0 === (mutant !== undefined) && batch.unknown.length === 0 ? 0 : 1
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

process.exitCode = await main()
