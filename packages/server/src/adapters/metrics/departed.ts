import type { Collected, Value } from './process-metrics.ts'

/** What only rises: the rest is of no account when a process is gone. */
const RISING: ReadonlySet<string> = new Set(['counter', 'histogram'])

/**
 * What processes had counted that are gone, as they last told it: so the sums of a server do not fall when a worker dies. What it counted after
 * that nobody knows. Its memory does not grow with the number of processes.
 */
export class Departed<Place> {
  readonly #last = new Map<Place, readonly Collected[]>()
  readonly #families = new Map<string, Collected>()

  /** What a living process has just told. */
  remember(place: Place, families: readonly Collected[]): void {
    this.#last.set(
      place,
      families.filter(({ type }) => RISING.has(type)),
    )
  }

  /** The process is gone. */
  lose(place: Place): void {
    for (const family of this.#last.get(place) ?? []) {
      const before = this.#families.get(family.name)?.values ?? []
      this.#families.set(family.name, { ...family, values: summed([...before, ...family.values]) })
    }
    this.#last.delete(place)
  }

  /** As those of one process that lives. */
  collect(): readonly Collected[] {
    return [...this.#families.values()]
  }
}

function summed(values: readonly Value[]): Value[] {
  const sums = new Map<string, Value>()
  for (const each of values) {
    const key = JSON.stringify([each.metricName, each.labels])
    sums.set(key, { ...each, value: each.value + (sums.get(key)?.value ?? 0) })
  }
  return [...sums.values()]
}
