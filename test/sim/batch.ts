import { Coverage, EVENTS } from './coverage.ts'
import { MUTANTS } from './mutants.ts'
import { planOf } from './plan.ts'
import { type Outcome, simulate } from './verdict.ts'

/** Failures that are kept; beyond them a batch ends. */
export const MAX_FAILURES = 10

export const HELP = `npm run sim -- [options]

Runs the real core and the real SDK on virtual sockets, clock, store and chance, one run per seed.

  --seeds N        how many runs (1000)
  --from S         the first seed (1)
  --jobs J         threads that share them (as many as the machine runs at once)
  --seed S         one run again
  --plan FILE      one run again, as this file says
  --only I,J,…     with --seed or --plan: only these events of it
  --mutant NAME    with a fault built in; then it must be found. NAME: ${Object.keys(MUTANTS).join(', ')}
  --verbose        with --seed or --plan: every frame and every event`

export interface Batch {
  readonly seeds: number
  readonly failures: readonly Outcome[]
  /** Seeds of runs that say nothing: too few acks or faults. */
  readonly unknown: readonly number[]
  /** How many runs showed each fault. */
  readonly faults: ReadonlyMap<string, number>
  readonly coverage: Coverage
  readonly acks: number
  readonly virtualMs: number
  readonly happened: number
}

/** How long it took, and what the processor worked for it without waiting for its turn. */
export interface Cost {
  readonly tookMs: number
  readonly cpuMs: number
}

export const NO_BATCH: Batch = {
  seeds: 0,
  failures: [],
  unknown: [],
  faults: new Map(),
  coverage: new Coverage(),
  acks: 0,
  virtualMs: 0,
  happened: 0,
}

/** Runs seeds one after the other. With a mutant it ends with the first that finds it. */
export async function runSeeds(init: {
  from: number
  seeds: number
  mutant?: string | undefined
}): Promise<Batch> {
  const { from, mutant } = init
  const failures: Outcome[] = []
  const unknown: number[] = []
  const faults = new Map<string, number>()
  const coverage = new Coverage()
  const sums = { seeds: 0, acks: 0, virtualMs: 0, happened: 0 }
  const most = mutant === undefined ? MAX_FAILURES : 1
  for (let seed = from; seed < from + init.seeds && failures.length < most; seed++) {
    const outcome = await simulate(planOf(seed), mutant === undefined ? {} : MUTANTS[mutant]?.())
    sums.seeds++
    sums.acks += outcome.acks
    sums.virtualMs += outcome.virtualMs
    sums.happened += outcome.happened
    coverage.add(outcome.coverage)
    for (const fault of outcome.counts.keys()) faults.set(fault, (faults.get(fault) ?? 0) + 1)
    if (outcome.verdict === 'fail') failures.push(outcome)
    if (outcome.verdict === 'unknown') unknown.push(seed)
  }
  return { ...sums, failures, unknown, faults, coverage }
}

/** Two batches as one. Either may come from another thread, which leaves data only. */
export function joined(one: Batch, other: Batch): Batch {
  const coverage = new Coverage()
  for (const { coverage: part } of [one, other]) coverage.add(part)
  const faults = new Map(one.faults)
  for (const [fault, runs] of other.faults) faults.set(fault, (faults.get(fault) ?? 0) + runs)
  return {
    seeds: one.seeds + other.seeds,
    failures: [...one.failures, ...other.failures].toSorted((a, b) => a.plan.seed - b.plan.seed),
    unknown: [...one.unknown, ...other.unknown].toSorted((a, b) => a - b),
    faults,
    coverage,
    acks: one.acks + other.acks,
    virtualMs: one.virtualMs + other.virtualMs,
    happened: one.happened + other.happened,
  }
}

export function reportOf(batch: Batch, { tookMs, cpuMs }: Cost): string {
  const { seeds, failures, unknown, faults, coverage, acks, virtualMs, happened } = batch
  const pass = seeds - failures.length - unknown.length
  const lines = [
    `${seeds} seeds: ${pass} pass, ${failures.length} fail, ${unknown.length} unknown; ${acks} acks, ${happened} events, ` +
      `${(virtualMs / 3_600_000).toFixed(1)} h of virtual time`,
    `${((seeds * 1000) / tookMs).toFixed(1)} seeds/s, ${(tookMs / 1000).toFixed(1)} s; ${(cpuMs / seeds).toFixed(1)} ms of processor time a seed`,
  ]
  if (faults.size > 0)
    lines.push(`Found: ${[...faults].map(([fault, runs]) => `${fault} in ${runs}`).join(', ')}`)
  if (failures.length > 0) lines.push(`Failing seeds: ${failures.map(({ plan }) => plan.seed).join(', ')}`)
  if (unknown.length > 0) lines.push(`Seeds that say nothing: ${unknown.join(', ')}`)
  lines.push(`Happened: ${EVENTS.map((event) => `${event} ${coverage.counts.get(event) ?? 0}`).join(', ')}`)
  if (coverage.missing.length > 0) lines.push(`Never happened: ${coverage.missing.join(', ')}`)
  return lines.join('\n')
}
