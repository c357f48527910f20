import { Scene } from '../harness/scene.mjs'
import { quantile, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */
/** @typedef {import('../harness/slim.mjs').Slim} Slim */

const CLIENTS = 5_000
const CUTS = 8
const REPLAY_WITHIN_MS = 3_000

/** Milliseconds that a client is there before it is cut again, and that it is away. */
const THERE_MS = /** @type {const} */ ([2_000, 6_000])
const AWAY_MS = /** @type {const} */ ([1_000, 3_000])

/** Milliseconds between two messages in the room. */
const EVERY_MS = 50

/** Everybody loses the connection again and again while the room goes on. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function storm({ seed, scale, mutant }) {
  const count = Math.max(50, Math.round(CLIENTS * scale))
  const cuts = scale >= 0.2 ? CUTS : 3
  const scene = await Scene.open({ seed, mutant })
  const { server, random } = scene
  try {
    const speakers = await scene.addSpeakers(10)
    const clients = await scene.addSlims(count, { prefix: 'Client' })
    for (const client of clients) client.replaysMs = []
    /** @param {Slim} client @param {number} left */
    const trouble = (client, left) => {
      if (left === 0) return
      setTimeout(
        () => {
          scene.faults += 1
          client.onCaughtUp = () => trouble(client, left - 1)
          client.cut(random.between(...AWAY_MS))
        },
        random.between(...THERE_MS),
      )
    }
    const chatter = setInterval(() => scene.speak(random.pick(speakers)), EVERY_MS)
    const started = performance.now()
    for (const client of clients) trouble(client, cuts)
    let healthMs = 0
    await until(
      'all have been cut and are back',
      async () => {
        const asked = performance.now()
        await server.status('/livez')
        healthMs = Math.max(healthMs, performance.now() - asked)
        return clients.every(({ replaysMs }) => replaysMs.length >= cuts)
      },
      240_000,
      200,
    )
    const seconds = (performance.now() - started) / 1_000
    clearInterval(chatter)
    const replays = clients.flatMap(({ replaysMs }) => replaysMs)
    const verdict = await scene.judge({ acks: Math.min(100, count), faults: count * cuts })
    const delivered = clients.reduce((sum, { room }) => sum + room.length, 0)
    const due = clients.length * (speakers[0]?.room.length ?? 0)
    return {
      verdict,
      figures: [
        { name: 'clients', value: clients.length },
        { name: 'connections cut', value: scene.faults, exactly: count * cuts },
        { name: 'messages', value: verdict.acks },
        { name: 'delivered', unit: '%', value: (100 * delivered) / due, exactly: 100 },
        { name: 'back to everything, median', unit: 'ms', value: quantile(replays, 0.5) },
        {
          name: 'back to everything, p99',
          unit: 'ms',
          value: quantile(replays, 0.99),
          atMost: REPLAY_WITHIN_MS,
        },
        { name: 'back to everything, slowest', unit: 'ms', value: quantile(replays, 1) },
        { name: 'reconnects a second', value: scene.faults / seconds },
        { name: 'answer of /livez, slowest', unit: 'ms', value: healthMs, atMost: 1_000 },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
        { name: 'server memory, most', unit: 'MiB', value: server.peakMiB },
      ],
    }
  } finally {
    await scene.close()
  }
}
