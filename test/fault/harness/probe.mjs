/**
 * Asks a server until it is ready, in a thread of its own: the main thread has hundreds of clients, and reads all that a server
 * which was away has for them before it would read an answer.
 */
import { Worker } from 'node:worker_threads'
import { TooLate } from './wait.mjs'

export class Probe {
  #worker = new Worker(new URL('./probe-thread.mjs', import.meta.url))

  /** Milliseconds from now until `/readyz` says yes. Rejects with `TooLate`. @param {string} url @param {number} withinMs @returns {Promise<number>} */
  readyAfterMs(url, withinMs) {
    return new Promise((resolve, reject) => {
      this.#worker.once('message', (/** @type {number | null} */ ms) =>
        ms === null ? reject(new TooLate('the server is ready')) : resolve(ms),
      )
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage({ url: `${url}/readyz`, withinMs })
    })
  }

  close() {
    return this.#worker.terminate()
  }
}
