import { Scene } from '../harness/scene.mjs'
import { quantile, sleep } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const SLOW_CLIENTS = 100
const SECONDS = 60

/** Messages a second, of so many characters: what the kernel's buffers hold is full after a few seconds. */
const RATE = 500
const FILLER = 'x'.repeat(1_000)

/** Most that 100 slow readers may add to the memory of the server. */
const MAX_GROWTH_MIB = 100

/** How much slower others may become: in proportion, and what a busy machine adds. */
const MAX_SLOWER = 1.2
const NOISE_MS = 20

/** Some stop to read while the room goes on. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function slow({ seed, scale, mutant }) {
  const seconds = Math.max(3, SECONDS * scale)
  const count = Math.max(10, Math.round(SLOW_CLIENTS * scale))
  const scene = await Scene.open({ seed, mutant, args: ['--slow-timeout', String(Math.max(2, 30 * scale))] })
  const { server, random } = scene
  try {
    const [observer] = await scene.addSlims(5, { prefix: 'Observer' })
    const lazy = await scene.addSlims(count, { prefix: 'Lazy' })
    const speakers = await scene.addSpeakers(2, { window: 500 })
    /** @type {Map<string, number>} */
    const saidAt = new Map()
    /** @type {number[]} */
    let delays = []
    if (observer !== undefined)
      observer.onTold = ({ text }) => delays.push(performance.now() - (saidAt.get(text) ?? 0))
    const talk = async (/** @type {number} */ forMs) => {
      const started = performance.now()
      delays = []
      for (let said = 0; performance.now() - started < forMs; await sleep(20)) {
        for (; said < ((performance.now() - started) * RATE) / 1_000; said++) {
          const text = scene.text(FILLER)
          saidAt.set(text, performance.now())
          random.pick(speakers).say(text)
        }
      }
      await sleep(500)
      return quantile(delays, 0.99)
    }
    await talk(2_000)
    const before = await talk((seconds * 1_000) / 4)
    const memoryBefore = server.sample()
    for (const one of lazy) one.pause()
    scene.faults += lazy.length
    const during = await talk(seconds * 1_000)
    const growth = server.sample() - memoryBefore
    for (const one of lazy) one.resume()
    const verdict = await scene.judge({ acks: 500, faults: lazy.length })
    const closes = lazy.flatMap(({ closes: codes }) => codes)
    return {
      verdict,
      figures: [
        { name: 'clients that stop to read', value: lazy.length },
        { name: 'for', unit: 's', value: seconds, atLeast: 0 },
        { name: 'messages of 1 KB in that time and before', value: verdict.acks },
        { name: 'others: p99 of a delivery before', unit: 'ms', value: before },
        { name: 'and meanwhile', unit: 'ms', value: during, atMost: before * MAX_SLOWER + NOISE_MS },
        { name: 'growth of the server', unit: 'MiB', value: growth, atMost: MAX_GROWTH_MIB },
        { name: 'closed as too slow', value: closes.length },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await scene.close()
  }
}
