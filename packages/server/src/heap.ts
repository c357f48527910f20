import { setFlagsFromString } from 'node:v8'

/** Percent of what is alive by which the heap may grow until all of it is looked through again. */
const GROWING_PERCENT = 100

/**
 * Lets the heap of this process grow to twice what is alive before V8 marks it. By itself V8 lets a small heap grow by some MiB only: while 20 MiB
 * were alive and a flood came in, it marked each 3 s, which took the event loop 10 to 25 ms within 40 (`--trace-gc`). V8 holds to its own limit of the
 * whole heap, and gives memory back when there is nothing to do, as before. V8 reads this flag after each marking, so it counts for a process that runs.
 */
export function growHeapFreely(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`)
}
