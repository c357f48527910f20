/** Metrics: what an operator may see of a server in numbers. They are counted where things happen, as plain numbers, and copied when somebody asks. */

/** How the numbers of several processes of one server become one. */
export type Merge = 'sum' | 'max' | 'min'

/** Labels are words of small fixed sets: never a user, a room, a message or an address. */
export type Labels = Readonly<Record<string, string>>

interface Named {
  /** By the conventions of Prometheus: `roomful_…`, with the unit, counters with `_total`. */
  readonly name: string
  /** One sentence for the operator. */
  readonly help: string
}

/** `counter`: rises only. `gauge`: how it is now. */
export interface NumberFamily extends Named {
  readonly type: 'counter' | 'gauge'
  readonly merge: Merge
  readonly samples: readonly { readonly labels: Labels; readonly value: number }[]
}

/** How many observations were at most so large; `counts` has one number more than `bounds`, for those above all of them. */
export interface HistogramFamily extends Named {
  readonly type: 'histogram'
  /** Ascending. */
  readonly bounds: readonly number[]
  /** Per bucket, each observation in one. */
  readonly counts: readonly number[]
  readonly sum: number
}

export type Family = NumberFamily | HistogramFamily

export interface Metrics {
  /** From now on `read` is called whenever somebody asks. It must not throw, and costs nothing meanwhile. */
  add(read: () => readonly Family[]): void
}
