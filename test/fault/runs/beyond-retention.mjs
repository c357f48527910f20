import { FaultProxy } from '../proxy/proxy.mjs'
import { ROOM, Scene } from '../harness/scene.mjs'
import { until } from '../harness/wait.mjs'

/** @typedef {import('../checker.mjs').Told} Told */
/** @typedef {import('../harness/speaker.mjs').Speaker} Speaker */

/** What the server keeps, and what is said before, in and after the absence. */
const KEPT = 100
const BEFORE = 20
const MISSED = 400
const AFTER = 10

/** Sweeps are 15 s apart. */
const SWEPT_WITHIN_MS = 120_000

/**
 * An absence that outlives what the server keeps: whoever comes back is told of one gap, finds all that is kept, and hears what is new.
 * @param {number} seed @returns {Promise<import('./run.mjs').Figure[]>}
 */
export async function beyondRetention(seed) {
  const scene = await Scene.open({ seed, args: ['--retention-messages', String(KEPT)] })
  const proxy = await FaultProxy.open({ to: scene.server.port, random: scene.random.next })
  try {
    const [stayer] = await scene.addSpeakers(1, { prefix: 'Stayer', window: 50 })
    if (stayer === undefined) throw new Error('nobody to speak')
    const people = await scene.addSpeakers(5, { prefix: 'Absent', port: proxy.port })
    const slims = await scene.addSlims(5, { prefix: 'Away', port: proxy.port })
    const everybody = [stayer, ...people, ...slims]
    const say = async (/** @type {number} */ count) => {
      for (let i = 0; i < count; i++) scene.speak(stayer)
      await scene.quiet()
    }
    const all = (/** @type {number} */ seq) => () => everybody.every(({ room }) => room.at(-1)?.seq === seq)
    await say(BEFORE)
    await until('all hear it', all(BEFORE), 60_000)
    proxy.refuse(true)
    proxy.cut()
    await say(MISSED)
    const head = BEFORE + MISSED
    const swept = async () => (await firstKept(scene.server.url)) === head - KEPT + 1
    await until('the server has let go of what it need not keep', swept, SWEPT_WITHIN_MS, 200)
    proxy.clear()
    await scene.back()
    await until('all are back', () => slims.every(({ isCaughtUp }) => isCaughtUp), 60_000)
    await say(AFTER)
    await until('all hear what is new', all(head + AFTER), 60_000)
    const absent = [...people, ...slims]
    const told = await Promise.all(people.map(wholeOf))
    const missing = told.filter((log) => !isWhole(log, stayer.room, head)).length
    const seam = absent.filter(({ room }) => room.length !== BEFORE + AFTER || !isRising(room)).length
    return [
      { name: 'away beyond what is kept', value: absent.length },
      {
        name: 'of them told of one gap',
        value: absent.filter(({ gaps }) => gaps.length === 1).length,
        exactly: absent.length,
      },
      { name: 'of them not told the rest once and in order', value: seam, exactly: 0 },
      { name: 'of them without all that is kept', value: missing, exactly: 0 },
    ]
  } finally {
    await scene.close()
    await proxy.close()
  }
}

/** @param {string} url @returns {Promise<number>} */
async function firstKept(url) {
  const response = await fetch(`${url}/api/v1/rooms/${ROOM}/messages?after=0&limit=1`)
  const { entries } = /** @type {{ entries: { seq: number }[] }} */ (await response.json())
  return entries[0]?.seq ?? 0
}

/** What it has behind the gap: from the history, as far as the gap goes, and then what it was told. @param {Speaker} one */
async function wholeOf(one) {
  const [gap] = one.gaps
  if (gap === undefined) return []
  const history = await one.wholeLog(ROOM)
  return [
    ...history.filter(({ seq }) => seq > gap.after && seq < gap.before),
    ...one.room.filter(({ seq }) => seq >= gap.before),
  ]
}

/** Whether a log is the end of another one, with all that is kept of it. @param {readonly Told[]} log @param {readonly Told[]} of @param {number} head */
function isWhole(log, of, head) {
  const end = of.slice(-log.length)
  // What came since may have pushed out as many.
  const first = log[0]?.seq ?? Infinity
  return (
    first <= head - KEPT + 1 + AFTER &&
    log.every(({ seq, id }, i) => seq === end[i]?.seq && id === end[i]?.id)
  )
}

/** @param {readonly Told[]} log */
const isRising = (log) => log.every(({ seq }, i) => i === 0 || seq > (log[i - 1]?.seq ?? 0))
