/** Places of values in a chart. */

/** The least round number (1, 2 or 5 times a power of ten) that is no less; at least 1. */
export function niceMax(value: number): number {
  if (value <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map((step) => step * power).find((each) => each >= value) ?? value
}

/** A line as the `d` of a path: parts where there is nothing are left out. `x` and `y` in units of the drawing. */
export function linePath(
  values: readonly (number | null)[],
  x: (i: number) => number,
  y: (value: number) => number,
): string {
  let path = ''
  let isDown = false
  values.forEach((value, i) => {
    const isAlone = !isDown && (values[i + 1] ?? null) === null
    if (value !== null) path += `${isDown ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`
    // A line of no length is a dot, as its ends are round.
    if (value !== null && isAlone) path += 'h0'
    isDown = value !== null
  })
  return path
}
