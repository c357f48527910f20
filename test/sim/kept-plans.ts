import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plan } from './plan.ts'

/** A plan that found a fault, and what that was. The seed alone would be another run as soon as plans are made in another way. */
export interface KeptPlan extends Plan {
  readonly found: string
}

export function readPlan(file: string): KeptPlan {
  return JSON.parse(readFileSync(file, 'utf8')) as KeptPlan
}

export function writePlan(file: string, plan: KeptPlan): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(plan, null, 2)}\n`)
}

/** All that are kept, by the name of the file. */
export function keptPlans(folder: string): { readonly name: string; readonly plan: KeptPlan }[] {
  return readdirSync(folder)
    .toSorted()
    .map((file) => ({ name: file.replace('.json', ''), plan: readPlan(join(folder, file)) }))
}
