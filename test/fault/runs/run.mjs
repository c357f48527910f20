/**
 * @typedef {object} RunPlan
 * @property {number} seed
 * @property {number} scale 1 is the full run; less makes it shorter in proportion
 * @property {string} bus what carries hints between nodes, where there are several: a name of `BUSES`
 * @property {string | null} mutant a fault that the server is made to have, see `../mutants/install.mjs`
 */

/**
 * A figure with what it must be; without a bound it is only told.
 * @typedef {object} Figure
 * @property {string} name @property {number} value @property {string} [unit]
 * @property {number} [atLeast] @property {number} [atMost] @property {number} [exactly]
 */

/** @typedef {{ verdict: import('../checker.mjs').Verdict, figures: readonly Figure[] }} Outcome */

/** @typedef {(plan: RunPlan) => Promise<Outcome>} Run */

/** @typedef {{ timed?: boolean }} Judging `timed`: whether times count; default: true. On a machine that does other work they tell nothing */

/** Whether a figure is within its bounds. @param {Figure} figure @param {Judging} [judging] */
export function holds(
  { value, unit, atLeast = -Infinity, atMost = Infinity, exactly = value },
  { timed = true } = {},
) {
  if (!timed && (unit === 'ms' || unit === 's')) return true
  return value >= atLeast && value <= atMost && value === exactly
}

/**
 * The checker's verdict, unless a figure is out of its bounds.
 * @param {Outcome} outcome @param {Judging} [judging] @returns {'pass' | 'fail' | 'unknown'}
 */
export function resultOf({ verdict, figures }, judging) {
  return verdict.verdict !== 'fail' && figures.every((figure) => holds(figure, judging))
    ? verdict.verdict
    : 'fail'
}

/** What did not hold, for people. @param {Outcome} outcome @returns {string} */
export function complaint({ verdict, figures }) {
  const missed = figures.filter((figure) => !holds(figure)).map(({ name, value }) => `${name}: ${value}`)
  return [...missed, ...verdict.examples].join('\n')
}
