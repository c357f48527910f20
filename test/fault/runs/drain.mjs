import { Scene } from '../harness/scene.mjs'
import { sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const CLIENTS = 5_000

/** How much is said before it is told to end. */
const ACKS = 50

/** How late load balancers may be told. */
const UNREADY_WITHIN_MS = 2_000

const EXIT_WITHIN_S = 25

/** How long everybody may take to be back on the next server. */
const BACK_WITHIN_S = 60

/** The server is told to end while everybody is there and speaks. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function drain({ seed, scale, mutant }) {
  const scene = await Scene.open({ seed, mutant })
  const { server, random } = scene
  try {
    const speakers = await scene.addSpeakers(20)
    const clients = await scene.addSlims(Math.max(50, Math.round(CLIENTS * scale)), { prefix: 'Client' })
    const chatter = setInterval(() => scene.pending < 100 && scene.speak(random.pick(speakers), 0.1), 20)
    await until('all speak', () => scene.acks >= ACKS, 60_000)
    const started = performance.now()
    scene.faults += 1
    const ended = server.stop()
    let unreadyMs = 0
    const watch = setInterval(() => {
      void server.status('/readyz').then((status) => {
        if (status !== 200 && unreadyMs === 0) unreadyMs = performance.now() - started
      })
    }, 50)
    const code = await ended
    const exitS = (performance.now() - started) / 1_000
    clearInterval(watch)
    const closes = clients.flatMap((client) => client.closes)
    const polite = closes.filter((close) => close === 1001 || close === 1012).length
    await server.start()
    const restarted = performance.now()
    scene.wake()
    const isBack = () =>
      clients.every(({ isCaughtUp }) => isCaughtUp) && speakers.every(({ online }) => online)
    await until('all are back', isBack, BACK_WITHIN_S * 1_000, 50).catch(() => {})
    const backS = (performance.now() - restarted) / 1_000
    const stranded =
      clients.filter(({ isCaughtUp }) => !isCaughtUp).length + speakers.filter(({ online }) => !online).length
    await sleep(500)
    clearInterval(chatter)
    const verdict = await scene.judge({ acks: ACKS, faults: 1 })
    return {
      verdict,
      figures: [
        { name: 'clients', value: clients.length },
        { name: 'exit code', value: code ?? -1, exactly: 0 },
        { name: 'ended after the signal', unit: 's', value: exitS, atMost: EXIT_WITHIN_S },
        { name: 'not ready after the signal', unit: 'ms', value: unreadyMs, atMost: UNREADY_WITHIN_MS },
        { name: 'closed politely (1001 or 1012)', value: polite, atLeast: clients.length },
        { name: 'told when to come back', value: clients.filter(({ slotsMs }) => slotsMs.length > 0).length },
        { name: 'all back on the next server', unit: 's', value: backS, atMost: BACK_WITHIN_S },
        { name: 'stranded', value: stranded, exactly: 0 },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await scene.close()
  }
}
