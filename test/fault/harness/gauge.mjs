/** What a server holds: memory, timers, sockets and descriptors, without garbage. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './wait.mjs'

/** For Node.js, so that the server can be asked. */
export const GAUGE_ARGS = ['--expose-gc', '--import', new URL('./gauge-hook.mjs', import.meta.url).href]

const ANSWER_WITHIN_MS = 30_000

/**
 * `timers` are those that run, `sockets` are objects in the heap, so one that is closed and still held counts; `descriptors` are those of the system.
 * @typedef {{ count: number, heapUsed: number, external: number, arrayBuffers: number, timers: number, sockets: number, descriptors: number }} Held
 */

export class Gauge {
  #folder = mkdtempSync(join(tmpdir(), 'roomful-gauge-'))
  #count = 0

  get #file() {
    return join(this.#folder, 'held')
  }

  /** Environment of the server. */
  get env() {
    return { GAUGE_FILE: this.#file }
  }

  /** Bytes of its heap, without garbage. @param {import('./server.mjs').TestServer} server */
  async heapUsed(server) {
    return (await this.#asked(server, 'SIGWINCH')).heapUsed
  }

  /** @param {import('./server.mjs').TestServer} server */
  read(server) {
    return this.#asked(server, 'SIGUSR2')
  }

  /** @param {import('./server.mjs').TestServer} server @param {NodeJS.Signals} signal @returns {Promise<Held>} */
  async #asked(server, signal) {
    this.#count += 1
    server.signal(signal)
    /** @type {Held | null} */
    let held = null
    await until(
      'the server says what it holds',
      () => {
        held = this.#held()
        return held !== null && held.count >= this.#count
      },
      ANSWER_WITHIN_MS,
    )
    if (held === null) throw new Error('nothing held')
    return { .../** @type {Held} */ (held), descriptors: readdirSync(`/proc/${server.pid}/fd`).length }
  }

  /** @returns {Held | null} */
  #held() {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8'))
    } catch {
      return null
    }
  }

  dispose() {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** By how much it grows, by least squares. @param {readonly { x: number, y: number }[]} points @returns {number} of y for one of x; 0 of fewer than two */
export function slopeOf(points) {
  const mean = (/** @type {readonly number[]} */ values) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(points.map((point) => point.x))
  const y = mean(points.map((point) => point.y))
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0)
  return points.length < 2 || spread === 0
    ? 0
    : points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread
}
