import type { Mutant } from './mutants.ts'
import type { Plan } from './plan.ts'
import { type Outcome, simulate } from './verdict.ts'

/** Runs that may be spent on making one failure smaller. */
const MAX_RUNS = 300

/** Leaves out what the same fault happens without. Returns the places of what is left in the plan. */
export async function shrink(failed: Outcome, mutant: () => Mutant): Promise<number[]> {
  const { plan, counts } = failed
  const fails = async (kept: readonly number[]): Promise<boolean> => {
    const ops = kept.map((i) => plan.ops[i]) as Plan['ops']
    const outcome = await simulate({ ...plan, ops }, mutant())
    return [...counts.keys()].some((fault) => outcome.counts.has(fault))
  }
  let kept = plan.ops.map((_, i) => i)
  let runs = 0
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < kept.length && runs < MAX_RUNS; ) {
      const fewer = kept.toSpliced(start, size)
      runs++
      if (await fails(fewer)) kept = fewer
      else start += size
    }
  }
  return kept
}
