/** @typedef {import('node:net').Socket} Socket */

/**
 * What is wrong with one direction of a link.
 * @typedef {object} Weather
 * @property {number} latencyMs delay of each chunk
 * @property {number} jitterMs most that is added to it, by chance; chunks keep their order all the same
 * @property {number | null} bytesPerSecond `null`: no limit
 * @property {boolean} blackHole nothing gets through, not even the end of the connection; it waits as under packet loss
 */

/** @type {Weather} */
export const FAIR = Object.freeze({ latencyMs: 0, jitterMs: 0, bytesPerSecond: null, blackHole: false })

/** Bytes that wait in a direction before its source is no longer read. */
const MAX_WAITING_BYTES = 262_144

/** Bytes that leave at once where there is a limit of bytes per second: smaller pieces, smoother flow. */
const PIECE_BYTES = 1_024

/** @typedef {{ bytes: Buffer, at: number } | { end: 'fin' | 'reset', at: number }} Parcel `at`: monotonic milliseconds */

/** One direction of a link: takes what `source` sends and hands it to `target` as the weather allows. */
export class Pipe {
  /** Bytes handed over. */
  passed = 0
  #source
  #target
  #random
  /** @type {Weather} */
  #weather = FAIR
  /** @type {Parcel[]} */
  #parcels = []
  #waiting = 0
  #lastAt = 0
  #freeAt = 0
  #ended = false
  #blocked = false
  /** @type {NodeJS.Timeout | undefined} */
  #timer

  /** @param {Socket} source @param {Socket} target @param {() => number} random in [0, 1) */
  constructor(source, target, random) {
    this.#source = source
    this.#target = target
    this.#random = random
    source.on('data', (bytes) => this.#take(bytes))
    source.on('end', () => this.#end('fin'))
    source.on('error', () => this.#end('reset'))
    source.on('close', () => this.#end('fin'))
    target.on('drain', () => {
      this.#blocked = false
      this.#pump()
    })
  }

  /** @param {Weather} weather */
  set weather(weather) {
    this.#weather = weather
    if (weather.blackHole) this.#source.pause()
    this.#pump()
  }

  /** The target is told that nothing more comes (FIN), and nothing more comes. */
  halfClose() {
    this.#drop()
    this.#target.end()
  }

  /** Forgets what waits and takes nothing more. */
  #drop() {
    this.#ended = true
    this.#parcels = []
    this.#waiting = 0
    clearTimeout(this.#timer)
    this.#source.resume()
  }

  /** The link is gone. */
  stop() {
    this.#drop()
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    if (this.#ended) return
    const piece = this.#weather.bytesPerSecond === null ? bytes.length : PIECE_BYTES
    for (let at = 0; at < bytes.length; at += piece) {
      const part = bytes.subarray(at, at + piece)
      this.#waiting += part.length
      this.#parcels.push({ bytes: part, at: this.#due(part.length) })
    }
    this.#pump()
  }

  /** When a chunk is through: never before the one ahead of it. @param {number} size */
  #due(size) {
    const { latencyMs, jitterMs, bytesPerSecond } = this.#weather
    const now = performance.now()
    if (bytesPerSecond !== null) this.#freeAt = Math.max(now, this.#freeAt) + (size * 1000) / bytesPerSecond
    const sent = bytesPerSecond === null ? now : this.#freeAt
    this.#lastAt = Math.max(this.#lastAt, sent + latencyMs + this.#random() * jitterMs)
    return this.#lastAt
  }

  /** @param {'fin' | 'reset'} end */
  #end(end) {
    if (this.#ended) return
    this.#ended = true
    this.#parcels.push({ end, at: end === 'reset' ? 0 : this.#due(0) })
    this.#pump()
  }

  #pump() {
    clearTimeout(this.#timer)
    if (this.#weather.blackHole) return
    const now = performance.now()
    for (let next = this.#parcels[0]; next !== undefined; next = this.#parcels[0]) {
      if (this.#blocked && !('end' in next && next.end === 'reset')) return
      if (next.at > now) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(next.at - now))
        break
      }
      this.#parcels.shift()
      this.#deliver(next)
    }
    if (this.#waiting >= MAX_WAITING_BYTES) this.#source.pause()
    else this.#source.resume()
  }

  /** @param {Parcel} parcel */
  #deliver(parcel) {
    if ('end' in parcel) {
      if (parcel.end === 'reset') this.#target.resetAndDestroy()
      else this.#target.end()
      return
    }
    this.#waiting -= parcel.bytes.length
    this.passed += parcel.bytes.length
    if (!this.#target.destroyed && !this.#target.write(parcel.bytes)) this.#blocked = true
  }
}
