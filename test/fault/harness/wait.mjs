/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** A fact did not come true in time: nothing can be said of the run. */
export class TooLate extends Error {}

/**
 * Looks until the fact is there. Rejects with `TooLate`.
 * @param {string} what @param {() => boolean | Promise<boolean>} fact @param {number} withinMs
 * @param {number} [everyMs]
 */
export async function until(what, fact, withinMs, everyMs = 10) {
  const deadline = performance.now() + withinMs
  while (!(await fact())) {
    if (performance.now() > deadline) throw new TooLate(`not within ${withinMs / 1000} s: ${what}`)
    await sleep(everyMs)
  }
}

/** The value below which the share lies; 0 of nothing. @param {readonly number[]} values @param {number} share 0 to 1 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
