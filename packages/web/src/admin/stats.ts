/** What is drawn of the numbers that the server tells. */

/** The answer of `/api/v1/stats`. */
export interface Stats {
  readonly time: string
  readonly nodes: readonly NodeLine[]
  readonly rooms: readonly {
    readonly room: string
    readonly connected_count: number
    readonly head_seq: number
  }[]
  readonly metrics: readonly {
    readonly name: string
    readonly samples: readonly Sample[]
  }[]
}

export interface NodeLine {
  readonly node: string | null
  readonly people: number
  readonly answers: boolean
  readonly complete: boolean
}

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What the charts show of one moment; `null` where there is nothing to say. */
export interface Point {
  /** Milliseconds since 1970, of the server. */
  readonly at: number
  readonly connections: number
  readonly people: number
  readonly messages: number | null
  readonly deliveries: number | null
  /** Milliseconds. */
  readonly p50: number | null
  readonly p99: number | null
  readonly slow: number
  readonly behind: number
}

export interface RoomLine {
  readonly room: string
  readonly people: number
  readonly messages: number
  /** Messages a second since the moment before. */
  readonly rate: number | null
}

/** Sum of the samples of this name, of those with these labels. */
export function total(
  { metrics }: Stats,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  let sum = 0
  for (const { samples } of metrics.filter((family) => family.name === name))
    for (const sample of samples)
      if (Object.entries(labels).every(([label, word]) => sample.labels[label] === word)) sum += sample.value
  return sum
}

/** Counted things a second between two moments. A counter that fell began anew. */
function rate(earlier: Stats, later: Stats, name: string, labels?: Readonly<Record<string, string>>): number {
  const seconds = (Date.parse(later.time) - Date.parse(earlier.time)) / 1000
  const grown = total(later, name, labels) - total(earlier, name, labels)
  return seconds > 0 ? Math.max(0, grown) / seconds : 0
}

/** Observations by the bound that they are below, not cumulated, in ascending order. */
function buckets({ metrics }: Stats, name: string): Map<number, number> {
  const samples = metrics.find((family) => family.name === name)?.samples ?? []
  const bounds = samples
    .filter((sample) => sample.name === `${name}_bucket`)
    .map(({ labels, value }) => ({ bound: Number(labels['le']?.replace('+Inf', 'Infinity')), value }))
    .sort((a, b) => a.bound - b.bound)
  return new Map(bounds.map(({ bound, value }, i) => [bound, value - (bounds[i - 1]?.value ?? 0)]))
}

/** In what time this share of the observations between two moments was done, in milliseconds; `null` without any. */
export function quantile(earlier: Stats, later: Stats, name: string, share: number): number | null {
  const before = buckets(earlier, name)
  const grown = [...buckets(later, name)].map(
    ([bound, count]) => [bound, Math.max(0, count - (before.get(bound) ?? 0))] as const,
  )
  const all = grown.reduce((sum, [, count]) => sum + count, 0)
  if (all === 0) return null
  let below = 0
  let low = 0
  for (const [bound, count] of grown) {
    // Within a bucket they are taken to lie evenly, as Prometheus does.
    if (count > 0 && below + count >= all * share) {
      if (bound === Infinity) return low * 1000
      return (low + (bound - low) * ((all * share - below) / count)) * 1000
    }
    below += count
    low = bound
  }
  return low * 1000
}

const LAG = 'roomful_delivery_lag_seconds'

export function pointOf(earlier: Stats | null, later: Stats): Point {
  const since = <T>(read: (earlier: Stats) => T): T | null => (earlier === null ? null : read(earlier))
  return {
    at: Date.parse(later.time),
    connections: total(later, 'roomful_connections'),
    people: total(later, 'roomful_people'),
    messages: since((before) => rate(before, later, 'roomful_entries_total', { outcome: 'appended' })),
    deliveries: since((before) => rate(before, later, 'roomful_deliveries_total')),
    p50: since((before) => quantile(before, later, LAG, 0.5)),
    p99: since((before) => quantile(before, later, LAG, 0.99)),
    slow: total(later, 'roomful_connections_full'),
    behind: total(later, 'roomful_cursors_behind'),
  }
}

/** The busiest first, then the fullest. */
export function roomLines(earlier: Stats | null, later: Stats): RoomLine[] {
  const heads = new Map(earlier?.rooms.map(({ room, head_seq }) => [room, head_seq]))
  const seconds = earlier === null ? 0 : (Date.parse(later.time) - Date.parse(earlier.time)) / 1000
  return later.rooms
    .map(({ room, connected_count, head_seq }) => {
      const head = heads.get(room)
      const grown = head === undefined || seconds <= 0 ? null : Math.max(0, head_seq - head) / seconds
      return { room, people: connected_count, messages: head_seq, rate: grown }
    })
    .sort((a, b) => (b.rate ?? 0) - (a.rate ?? 0) || b.people - a.people)
}
