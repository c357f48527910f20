import { Scene } from '../harness/scene.mjs'
import { Talk } from '../harness/talk.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */
/** @typedef {import('../harness/slim.mjs').Slim} Slim */

const SLOW_CLIENTS = 100
const SECONDS = 60

/** What a peer is closed with that makes no progress, and what it sees when it does not read that either. */
const TOO_SLOW = [4010, 1006]

/** Messages a second, of so many characters: a third of one core for the server, and what the kernel's buffers hold is full after a few seconds. */
const RATE = 500
const FILLER = 'x'.repeat(1_000)

/** The same while they come back: enough to see whether others wait, and no load of its own. */
const RATE_MEANWHILE = 20

/**
 * Most that 100 slow readers may add to the memory of the server: while they do not read, when nothing is kept for them, and while they
 * are told 3 GB, when each has a piece or two on its way and the collector of Node.js lags behind.
 */
const MAX_GROWTH_MIB = 100
const MAX_GROWTH_BACK_MIB = 200

/** Slower than this before anybody stops to read, it is a queue that is measured and not the slow readers. */
const MAX_BEFORE_MS = 250

/** How much slower others may become: in proportion, and what a busy machine adds. */
const MAX_SLOWER = 1.2
const NOISE_MS = 20

/** How long 100 readers may take to be told what they missed, 3 GB in all, on a machine that is busy. */
const BACK_WITHIN_S = 240

/** Some stop to read while the room goes on. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function slow({ seed, scale, mutant }) {
  const seconds = Math.max(3, SECONDS * scale)
  const count = Math.max(10, Math.round(SLOW_CLIENTS * scale))
  const scene = await Scene.open({ seed, mutant, args: ['--slow-timeout', String(Math.max(2, 30 * scale))] })
  const { server } = scene
  try {
    const [observer] = await scene.addSlims(5, { prefix: 'Observer' })
    if (observer === undefined) throw new Error('nobody listens')
    const lazy = await scene.addSlims(count, { prefix: 'Lazy' })
    await scene.addSpeakers(2, { window: 500 })
    const talk = new Talk(scene, observer, FILLER)
    await talk.go(RATE, 2)
    const cpuBefore = server.cpuSeconds()
    const before = await talk.go(RATE, seconds / 4)
    const busy = (server.cpuSeconds() - cpuBefore) / before.seconds
    const memoryBefore = server.sample()
    for (const one of lazy) one.pause()
    scene.faults += lazy.length
    const during = await talk.go(RATE, seconds)
    const [told, head] = [toldIn(lazy), lastOf(observer)]
    for (const one of lazy) one.resume()
    const isBack = () => lazy.every((one) => lastOf(one) >= head)
    const after = await talk.go(RATE_MEANWHILE, BACK_WITHIN_S, isBack)
    const missed = toldIn(lazy) - told
    const verdict = await scene.judge({ acks: 500, faults: lazy.length })
    const closes = lazy.flatMap(({ closes: codes }) => codes)
    const closedAsSlow = closes.filter((code) => TOO_SLOW.includes(code)).length
    return {
      verdict,
      figures: [
        { name: 'clients that stop to read', value: lazy.length },
        { name: 'for', unit: 's', value: seconds, atLeast: 0 },
        { name: 'messages of 1 KB in all', value: verdict.acks },
        { name: 'processor time of the server before', unit: '% of a core', value: busy * 100 },
        { name: 'others: p99 of a delivery before', unit: 'ms', value: before.p99Ms, atMost: MAX_BEFORE_MS },
        {
          name: 'others: p99 while the slow do not read',
          unit: 'ms',
          value: during.p99Ms,
          atMost: before.p99Ms * MAX_SLOWER + NOISE_MS,
        },
        { name: 'others: p99 while the slow come back', unit: 'ms', value: after.p99Ms },
        {
          name: 'growth of the server while they do not read',
          unit: 'MiB',
          value: during.peakMiB - memoryBefore,
          atMost: MAX_GROWTH_MIB,
        },
        {
          name: 'growth of the server while they come back',
          unit: 'MiB',
          value: after.peakMiB - memoryBefore,
          atMost: MAX_GROWTH_BACK_MIB,
        },
        { name: 'closed as too slow', value: closedAsSlow },
        { name: 'closed otherwise', value: closes.length - closedAsSlow, exactly: 0 },
        { name: 'told to the slow when they read again', value: missed },
        { name: 'all of it told after', unit: 's', value: after.seconds, atMost: BACK_WITHIN_S },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await scene.close()
  }
}

/** @param {Slim} one */
const lastOf = ({ room }) => room.at(-1)?.seq ?? 0

/** @param {readonly Slim[]} some */
const toldIn = (some) => some.reduce((sum, { room }) => sum + room.length, 0)
