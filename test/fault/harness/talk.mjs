import { quantile, sleep } from './wait.mjs'

/** @typedef {import('./scene.mjs').Scene} Scene */
/** @typedef {import('./slim.mjs').Slim} Slim */

/** People who speak at a steady rate, and how long it takes until the one who listens has it. */
export class Talk {
  #scene
  #filler
  /** @type {Map<string, number>} */
  #saidAt = new Map()
  /** @type {number[]} */
  #delays = []

  /** @param {Scene} scene @param {Slim} observer @param {string} [filler] */
  constructor(scene, observer, filler = '') {
    this.#scene = scene
    this.#filler = filler
    observer.onTold = ({ text }) => {
      const saidAt = this.#saidAt.get(text)
      if (saidAt !== undefined) this.#delays.push(performance.now() - saidAt)
    }
  }

  /** @param {number} rate messages a second @param {number} seconds at most @param {() => boolean} [isEnough] */
  async go(rate, seconds, isEnough = () => false) {
    const { server, random, speakers } = this.#scene
    const started = performance.now()
    const lasted = () => (performance.now() - started) / 1_000
    this.#delays = []
    let peakMiB = 0
    for (let said = 0; lasted() < seconds && !isEnough(); await sleep(20)) {
      peakMiB = Math.max(peakMiB, server.sample())
      for (; said < lasted() * rate; said++) {
        const text = this.#scene.text(this.#filler)
        this.#saidAt.set(text, performance.now())
        random.pick(speakers).say(text)
      }
    }
    const took = lasted()
    await sleep(500)
    return { p99Ms: quantile(this.#delays, 0.99), seconds: took, peakMiB }
  }
}
