import { FaultProxy } from '../proxy/proxy.mjs'
import { Scene } from '../harness/scene.mjs'
import { sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

/** Seconds, as the server has them by default; a small run has a fifth. */
const INTERVAL_S = 10
const TIMEOUT_S = 30

/** How often is looked who is still there, in milliseconds. */
const LOOK_EVERY_MS = 100

/** The cable is pulled: no FIN, no reset, nothing. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function halfopen({ seed, scale, mutant }) {
  const pace = scale >= 1 ? 1 : 0.2
  const [intervalS, timeoutS] = [INTERVAL_S * pace, TIMEOUT_S * pace]
  const count = Math.max(5, Math.round(50 * scale))
  const args = ['--heartbeat-interval', String(intervalS), '--heartbeat-timeout', String(timeoutS)]
  const scene = await Scene.open({ seed, mutant, args })
  const { server, random } = scene
  const proxy = await FaultProxy.open({ to: server.port, random: random.next })
  try {
    const stayers = await scene.addSpeakers(5, { prefix: 'Stayer' })
    const listeners = await scene.addSlims(10, { prefix: 'Stays', heartbeat: true })
    const people = await scene.addSpeakers(5, { prefix: 'Gone', port: proxy.port })
    const victims = [
      ...(await scene.addSlims(count, { prefix: 'Quiet', port: proxy.port })),
      ...(await scene.addSlims(count, { prefix: 'Beating', port: proxy.port, heartbeat: true })),
    ]
    const arrivals = () => stayers.reduce((sum, one) => sum + one.arrivals, 0)
    const arrivalsBefore = arrivals()
    // Several rounds of pings, so that the last byte of each lies at another time.
    const chatter = setInterval(() => scene.speak(random.pick(stayers)), 50)
    await sleep(intervalS * 1_500)
    proxy.set({ blackHole: true })
    proxy.refuse(true)
    scene.faults += 1
    const pulled = performance.now()
    for (const victim of victims) victim.answers = false
    /** @type {number[]} */
    const goneAfterMs = []
    let noticedMs = 0
    const there = new Set(victims)
    await until(
      'all are gone',
      async () => {
        const names = await namesIn(server.url)
        const now = performance.now()
        for (const victim of there) {
          if (names.has(victim.name)) continue
          there.delete(victim)
          goneAfterMs.push(now - victim.lastSentAt)
        }
        if (noticedMs === 0 && people.every(({ online }) => !online)) noticedMs = now - pulled
        return there.size === 0 && noticedMs > 0
      },
      timeoutS * 2_000 + 60_000,
      LOOK_EVERY_MS,
    )
    clearInterval(chatter)
    for (const victim of victims) victim.answers = true
    proxy.clear()
    proxy.cut()
    scene.wake()
    await until('all are back', () => victims.every(({ isCaughtUp }) => isCaughtUp), 60_000)
    const verdict = await scene.judge({ acks: 20, faults: 1 })
    const least = Math.min(...goneAfterMs)
    return {
      verdict,
      figures: [
        { name: 'peers gone without a word', value: goneAfterMs.length, exactly: victims.length },
        {
          name: 'given up after their last byte, soonest',
          unit: 'ms',
          value: least,
          atLeast: timeoutS * 1_000,
        },
        {
          name: 'given up after their last byte, latest',
          unit: 'ms',
          value: Math.max(...goneAfterMs),
          atMost: (timeoutS + intervalS) * 1_000,
        },
        {
          name: 'noticed by the SDK, latest',
          unit: 'ms',
          value: noticedMs,
          atMost: intervalS * 2_000 + 10_000,
        },
        {
          name: 'connections of others lost',
          value: listeners.flatMap(({ closes }) => closes).length,
          exactly: 0,
        },
        { name: 'reconnects of others', value: arrivals() - arrivalsBefore, exactly: 0 },
      ],
    }
  } finally {
    await scene.close()
    await proxy.close()
  }
}

/** @param {string} url @returns {Promise<Set<string>>} */
async function namesIn(url) {
  const response = await fetch(`${url}/ws/status`)
  const { connected_users } = /** @type {{ connected_users: string[] }} */ (await response.json())
  return new Set(connected_users)
}
