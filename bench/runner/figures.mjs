/** From what the generator measured to the figures that are shown. */
import { Histogram } from '../generator/histogram.mjs'

/** @typedef {import('../generator.mjs').LoadResult} LoadResult */
/** @typedef {import('../generator.mjs').IdleResult} IdleResult */
/** @typedef {import('../generator.mjs').StormResult} StormResult */
/** @typedef {import('../generator.mjs').SlowResult} SlowResult */
/** @typedef {import('../generator.mjs').Result} Result */
/** @typedef {import('../generator/histogram.mjs').HistogramData} HistogramData */

/** @typedef {Record<string, number>} Figures of one run */

/** @typedef {{ figures: Figures, latencies: Record<string, HistogramData> }} Run */

/** @param {LoadResult} result @returns {Figures} */
const loadFigures = (result) => ({
  rate: result.deliveries / result.seconds,
  cpuPerDelivery: (result.cpuMs * 1000) / result.deliveries,
  bytesPerDelivery: result.bytes / result.deliveries,
  cpuShare: result.cpuMs / 1000 / result.seconds,
  memoryMiB: result.memoryKiB / 1024,
  missing: result.expected - result.received,
  lostClients: result.lostClients,
  busy: result.busy,
  others: result.others,
})

/** @param {[LoadResult, LoadResult]} results without and with compression @returns {Figures} */
const zipFigures = ([off, on]) => {
  const [plain, zipped] = [loadFigures(off), loadFigures(on)]
  return {
    ...zipped,
    plainCpuPerDelivery: plain['cpuPerDelivery'] ?? NaN,
    plainBytesPerDelivery: plain['bytesPerDelivery'] ?? NaN,
    bytesRatio: (zipped['bytesPerDelivery'] ?? NaN) / (plain['bytesPerDelivery'] ?? NaN),
    cpuRatio: (zipped['cpuPerDelivery'] ?? NaN) / (plain['cpuPerDelivery'] ?? NaN),
  }
}

/** @param {import('../scenarios.mjs').Shape} shape @param {readonly Result[]} results of one repetition @returns {Run} */
function reduce(shape, results) {
  switch (shape) {
    case 'deliveries':
    case 'cpu':
    case 'latency': {
      const [result] = /** @type {[LoadResult]} */ (results)
      return { figures: loadFigures(result), latencies: { latency: result.latency } }
    }
    case 'memory': {
      const [{ bytesEach, memoryKiB, lostClients }] = /** @type {[IdleResult]} */ (results)
      return {
        figures: { kibEach: bytesEach / 1024, memoryMiB: memoryKiB / 1024, lostClients },
        latencies: {},
      }
    }
    case 'storm': {
      const [{ latency, cpuMs, memoryKiB, clients: _, ...figures }] = /** @type {[StormResult]} */ (results)
      return {
        figures: { ...figures, cpuSeconds: cpuMs / 1000, memoryMiB: memoryKiB / 1024 },
        latencies: { latency },
      }
    }
    case 'slow': {
      const [{ latency, without, grownKiB, slow: _, ...figures }] = /** @type {[SlowResult]} */ (results)
      return { figures: { ...figures, grownMiB: grownKiB / 1024 }, latencies: { latency, without } }
    }
    case 'zip': {
      const pair = /** @type {[LoadResult, LoadResult]} */ (results)
      return { figures: zipFigures(pair), latencies: { latency: pair[1].latency } }
    }
  }
}

/** @type {readonly [suffix: string, share: number][]} */
const QUANTILES = [
  ['P50', 0.5],
  ['P99', 0.99],
  ['Max', 1],
]

/** Milliseconds as `latencyP50`, `latencyP99`, `latencyMax`. @param {string} key @param {readonly HistogramData[]} parts @returns {Figures} */
function quantilesOf(key, parts) {
  const merged = new Histogram()
  for (const part of parts) merged.add(part)
  return Object.fromEntries(
    QUANTILES.map(([suffix, share]) => [key + suffix, (merged.quantile(share) ?? NaN) / 1000]),
  )
}

/**
 * @param {import('../scenarios.mjs').Shape} shape
 * @param {readonly Result[]} results of one repetition
 * @returns {Run}
 */
export function runOf(shape, results) {
  const { figures, latencies } = reduce(shape, results)
  for (const [key, data] of Object.entries(latencies)) Object.assign(figures, quantilesOf(key, [data]))
  return { figures, latencies }
}

/** Whether everything arrived, once, at clients that were all there to the end. @param {Run} run */
export const deliveredAll = ({ figures: { missing = 0, lostClients = 0 } }) =>
  missing === 0 && lostClients === 0

/** @typedef {{ median: number, least: number, most: number }} Spread over the repetitions */

/** @param {readonly number[]} values @returns {number} */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/** @param {readonly number[]} values @returns {Spread} */
export const spreadOf = (values) => ({
  median: median(values),
  least: Math.min(...values),
  most: Math.max(...values),
})

/**
 * All figures of a peer over its runs. Latencies are those of the merged histograms; their spread is that of the runs.
 * @param {readonly Run[]} runs
 * @returns {Record<string, Spread>}
 */
export function summary(runs) {
  /** @type {Record<string, Spread>} */
  const spreads = {}
  for (const key of Object.keys(runs[0]?.figures ?? {}))
    spreads[key] = spreadOf(runs.map(({ figures }) => figures[key] ?? NaN))
  for (const key of Object.keys(runs[0]?.latencies ?? {})) {
    const parts = runs.flatMap(({ latencies }) => latencies[key] ?? [])
    for (const [name, value] of Object.entries(quantilesOf(key, parts)))
      spreads[name] = { least: NaN, most: NaN, ...spreads[name], median: value }
  }
  return spreads
}

/**
 * Ratio of two peers, round by round, so that what slowed a whole round down cancels out.
 * @param {readonly Run[]} runs @param {readonly Run[]} reference @param {string} key
 * @returns {number} NaN when they cannot be compared
 */
export function ratio(runs, reference, key) {
  const rounds = Math.min(runs.length, reference.length)
  const ratios = Array.from({ length: rounds }, (_none, round) => {
    const value = runs[round]?.figures[key] ?? NaN
    return value / (reference[round]?.figures[key] ?? NaN)
  })
  return ratios.length === 0 ? NaN : median(ratios)
}
