/** What a test of this folder tried and found, for the table of `npm run sec`. */
import { randomInt } from 'node:crypto'

declare module 'vitest' {
  interface TaskMeta {
    /** Inputs that were tried. */
    tried?: number
    /** What came of it that must not. */
    found?: number
    /** With it the same inputs are tried again. */
    seed?: number
  }
}

/** Of this run: what the environment names, otherwise another one each time. It is printed, so that a failure can be repeated. */
export function seedOf(): number {
  const given = Number(process.env['FUZZ_SEED'])
  const seed = Number.isSafeInteger(given) && given > 0 ? given : randomInt(1, 1_000_000_000)
  process.stdout.write(`seed ${seed}: FUZZ_SEED=${seed} repeats it\n`)
  return seed
}

export function tried(
  { meta }: { meta: { tried?: number; found?: number; seed?: number } },
  { tried: count, faults, seed }: { tried: number; faults: readonly unknown[]; seed?: number },
): void {
  meta.tried = count
  meta.found = faults.length
  if (seed !== undefined) meta.seed = seed
}
