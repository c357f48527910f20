import { FaultProxy } from '../proxy/proxy.mjs'
import { Scene } from '../harness/scene.mjs'
import { until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const SENDS = 10_000
const SPEAKERS = 50
const BURST = 20

/** How often an ack gets lost again when the message is sent anew. */
const LOST_AGAIN = 0.3

/** How many of them are on their way anew when the next black hole opens. */
const RESENT = 100

/** How long it may take until what is said is stored, or sent again. */
const SENT_WITHIN_MS = 60_000

/** Every third time the server is killed before the message is sent anew. */
const RESTART_EVERY = 3

/**
 * Acks vanish in a black hole on their way, the connection is cut, everything is sent again under the same `client_id`.
 * @param {RunPlan} plan @returns {Promise<Outcome>}
 */
export async function lostack({ seed, scale, mutant }) {
  const rounds = Math.max(3, Math.round((SENDS * scale) / (SPEAKERS * BURST)))
  const each = Math.max(2, Math.min(BURST, Math.ceil((SENDS * scale) / (SPEAKERS * rounds))))
  const sends = rounds * each * SPEAKERS
  const scene = await Scene.open({ seed, mutant })
  const { random, server } = scene
  const proxy = await FaultProxy.open({ to: server.port, random: random.next })
  let restarts = 0
  try {
    const [observer] = await scene.addSlims(3)
    const speakers = await scene.addSpeakers(SPEAKERS, { port: proxy.port, window: each })
    const retries = () => speakers.reduce((sum, speaker) => sum + speaker.retries, 0)
    for (let round = 0; round < rounds; round++) {
      proxy.set({ blackHole: true }, 'down')
      for (const speaker of speakers) for (let i = 0; i < each; i++) scene.speak(speaker)
      await until(
        'all are stored',
        // More of them, where the server stores one twice: that is for the checker to say.
        () => (observer?.places.room.last ?? 0) >= (round + 1) * each * SPEAKERS,
        SENT_WITHIN_MS,
      )
      for (let again = true; again; ) {
        proxy.cut()
        scene.faults += 1
        if (round % RESTART_EVERY === 1) {
          await server.kill()
          await server.start()
          restarts += 1
        }
        again = random.next() < LOST_AGAIN
        if (!again) break
        const before = retries()
        proxy.clear()
        scene.wake()
        // Few are left where most acks got through the last time: none, and there is nothing to lose.
        const enough = Math.min(scene.pending, RESENT)
        await until('some send again', () => retries() >= before + enough, SENT_WITHIN_MS)
        proxy.set({ blackHole: true }, 'down')
      }
      proxy.clear()
      // Those too that have nothing to send again: the next black hole would keep them out.
      await scene.back()
      await scene.quiet()
    }
    const verdict = await scene.judge({ acks: sends, faults: rounds })
    return {
      verdict,
      figures: [
        { name: 'messages whose ack was lost', value: sends },
        { name: 'sent again', value: retries(), atLeast: sends },
        { name: 'numbers given', value: observer?.places.room.last ?? 0, exactly: sends },
        { name: 'acknowledged', value: verdict.acks, exactly: sends },
        { name: 'cuts', value: scene.faults },
        { name: 'restarts in between', value: restarts, atLeast: 1 },
        { name: 'refused for good', value: scene.refused, atMost: 0 },
      ],
    }
  } finally {
    await scene.close()
    await proxy.close()
  }
}
