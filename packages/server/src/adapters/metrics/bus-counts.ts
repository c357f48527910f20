import type { Family } from '../../ports/metrics.ts'

/** What became of the hints of one process since its start. */
export interface BusCounts {
  sent: number
  received: number
  /** One's own that came back. */
  echoed: number
  /** Not sent: the way was broken or too much waited. */
  lost: number
  /** Not signed by a node of this cluster. */
  refused: number
  /** With parts that this version does not know. */
  unknown: number
}

export const noHints = (): BusCounts => ({ sent: 0, received: 0, echoed: 0, lost: 0, refused: 0, unknown: 0 })

export function busFamilies(counts: BusCounts): readonly Family[] {
  return [
    {
      type: 'counter',
      name: 'roomful_bus_hints_total',
      help: 'Hints between nodes by what became of them: echoed ones are own ones that came back, lost ones were not sent, refused ones are forged or of another cluster, unknown ones have parts that this version does not know.',
      merge: 'sum',
      samples: Object.entries(counts).map(([outcome, value]: [string, number]) => ({
        labels: { outcome },
        value,
      })),
    },
  ]
}
