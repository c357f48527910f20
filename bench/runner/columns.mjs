/** Which figures a table shows for which shape of scenario. */

/** @typedef {import('../scenarios.mjs').Shape} Shape */
/** @typedef {import('./figures.mjs').Spread} Spread */

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {string} key of the figure
 * @property {(value: number) => string} format
 */

/**
 * @typedef {object} Primary the figure by which peers are compared
 * @property {string} key
 * @property {string} title
 * @property {string} unit for the chart
 * @property {(value: number) => string} format
 */

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

const whole = (/** @type {number} */ value) => grouped.format(Math.round(value))

/** Three significant digits, never in scientific notation. @param {number} value */
const short = (value) =>
  Math.abs(value) >= 100 ? whole(value) : String(Number(value.toPrecision(value < 1 ? 2 : 3)))

const percent = (/** @type {number} */ value) => `${Math.round(value * 100)} %`

/** Two significant digits. @param {number} value */
export const times = (value) => (value >= 10 ? value.toFixed(0) : value.toFixed(value >= 1 ? 1 : 2))

/** @type {Record<Shape, Primary>} */
export const PRIMARY = {
  deliveries: { key: 'rate', title: 'deliveries/s', unit: 'deliveries/s, longer is better', format: whole },
  cpu: {
    key: 'cpuPerDelivery',
    title: 'server CPU µs/delivery',
    unit: 'µs of server CPU per delivery, shorter is better',
    format: short,
  },
  latency: {
    key: 'latencyP99',
    title: 'p99 ms',
    unit: 'ms at the 99th percentile, shorter is better',
    format: short,
  },
  memory: { key: 'kibEach', title: 'KiB each', unit: 'KiB per connection, shorter is better', format: short },
  storm: { key: 'seconds', title: 'all in, s', unit: 's until all are in, shorter is better', format: short },
  slow: {
    key: 'latencyP99',
    title: 'others p99 ms',
    unit: 'ms at p99 for those who read, shorter is better',
    format: short,
  },
  zip: { key: 'bytesRatio', title: 'bytes out', unit: 'of the bytes, shorter is better', format: times },
}

/** @type {Record<string, Column>} */
const C = {
  p50: { title: 'p50 ms', key: 'latencyP50', format: short },
  p99: { title: 'p99 ms', key: 'latencyP99', format: short },
  max: { title: 'max ms', key: 'latencyMax', format: short },
  cpu: { title: 'CPU µs/delivery', key: 'cpuPerDelivery', format: short },
  rate: { title: 'deliveries/s', key: 'rate', format: whole },
  bytes: { title: 'B/delivery', key: 'bytesPerDelivery', format: whole },
  memory: { title: 'MiB', key: 'memoryMiB', format: whole },
  missing: { title: 'missing', key: 'missing', format: whole },
  lost: { title: 'cut off', key: 'lostClients', format: whole },
  server: { title: 'server', key: 'cpuShare', format: percent },
  busy: { title: 'generator', key: 'busy', format: percent },
}

/** @param {string} title @param {string} key @param {Column['format']} format @returns {Column} */
const column = (title, key, format) => ({ title, key, format })

/** @param {readonly string[]} names @returns {Column[]} */
const pick = (names) => names.flatMap((name) => C[name] ?? [])

/** Further columns. @type {Record<Shape, readonly Column[]>} */
export const COLUMNS = {
  deliveries: pick(['p50', 'p99', 'max', 'cpu', 'bytes', 'memory', 'missing', 'lost', 'server', 'busy']),
  cpu: pick(['rate', 'p50', 'p99', 'max', 'bytes', 'memory', 'missing', 'lost', 'busy']),
  latency: pick(['rate', 'p50', 'max', 'cpu', 'bytes', 'memory', 'missing', 'lost', 'busy']),
  memory: pick(['memory', 'lost']),
  storm: [
    ...pick(['p50', 'p99']),
    column('CPU s', 'cpuSeconds', short),
    ...pick(['memory']),
    column('refused', 'refused', whole),
    ...pick(['lost', 'busy']),
  ],
  slow: [
    column('p99 without', 'withoutP99', short),
    ...pick(['max']),
    column('grown MiB', 'grownMiB', short),
    column('out of order', 'disordered', whole),
    ...pick(['missing', 'lost', 'busy']),
  ],
  zip: [
    column('B before', 'plainBytesPerDelivery', whole),
    column('B after', 'bytesPerDelivery', whole),
    column('CPU µs before', 'plainCpuPerDelivery', short),
    column('CPU µs after', 'cpuPerDelivery', short),
    column('CPU ratio', 'cpuRatio', times),
    ...pick(['p99', 'missing', 'lost', 'busy']),
  ],
}
