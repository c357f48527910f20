import { FaultProxy } from '../proxy/proxy.mjs'
import { CLOCK_ARGS, ShiftedClock } from '../harness/clock.mjs'
import { Scene } from '../harness/scene.mjs'
import { sleep, until } from '../harness/wait.mjs'
import { beyondRetention } from './beyond-retention.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const CAUGHT_UP_WITHIN_MS = 5_000

const DAY_MS = 86_400_000

/**
 * How each absence begins, what is missed, and what else happens meanwhile. `ages`: the server's wall clock goes on by so much.
 * @type {readonly { how: 'cut' | 'swallowed', missed: number, ages?: number, restarts?: boolean }[]}
 */
const ABSENCES = [
  { how: 'cut', missed: 100, ages: 10_000 },
  { how: 'swallowed', missed: 1_000, ages: 180_000 },
  { how: 'cut', missed: 3_000, restarts: true, ages: 3_600_000 },
  { how: 'cut', missed: 10_000, ages: 3 * DAY_MS },
  { how: 'swallowed', missed: 10_000, restarts: true },
]

/** People are away while others go on, and come back to everything that is kept. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function offline(plan) {
  const { verdict, figures } = await absences(plan)
  const beyond = plan.mutant === null ? await beyondRetention(plan.seed) : []
  return { verdict, figures: [...figures, ...beyond] }
}

/** @param {RunPlan} plan @returns {Promise<Outcome>} */
async function absences({ seed, scale, mutant }) {
  const clock = ShiftedClock.make()
  const scene = await Scene.open({ seed, mutant, nodeArgs: CLOCK_ARGS, env: clock.env })
  const proxy = await FaultProxy.open({ to: scene.server.port, random: scene.random.next })
  /** @type {number[]} */
  const caughtUpMs = []
  let missed = 0
  try {
    const stayers = await scene.addSpeakers(5, { prefix: 'Stayer', window: 50 })
    const absent = [
      ...(await scene.addSpeakers(5, { prefix: 'Absent', port: proxy.port })),
      ...(await scene.addSlims(5, { prefix: 'Away', port: proxy.port })),
    ]
    for (const absence of ABSENCES) {
      const { how, ages = 0, restarts = false } = absence
      const count = Math.max(20, Math.round(absence.missed * scale))
      if (how === 'swallowed') proxy.set({ blackHole: true })
      proxy.refuse(true)
      if (how === 'cut') proxy.cut()
      scene.faults += 1
      for (let i = 0; i < count; i++) scene.speak(scene.random.pick(stayers))
      await scene.quiet(120_000)
      missed += count
      clock.jump(ages)
      if (restarts) {
        await scene.server.kill()
        await scene.server.start()
      }
      proxy.clear()
      if (how === 'swallowed') proxy.cut()
      const returned = performance.now()
      scene.wake()
      const all = missed
      // Until they are let in they cannot know, so that time counts for nothing but the first try of each.
      await until(
        'the absent have everything',
        () => absent.every(({ room }) => (room.at(-1)?.seq ?? 0) >= all),
        60_000,
        5,
      )
      caughtUpMs.push(performance.now() - returned)
      await sleep(50)
    }
    const verdict = await scene.judge({ acks: missed, faults: ABSENCES.length })
    return {
      verdict,
      figures: [
        { name: 'absences', value: scene.faults, exactly: ABSENCES.length },
        { name: 'missed and told in all', value: missed },
        {
          name: 'back to everything, slowest',
          unit: 'ms',
          value: Math.max(...caughtUpMs),
          atMost: CAUGHT_UP_WITHIN_MS,
        },
        { name: 'gaps told', value: scene.gaps, atMost: 0 },
      ],
    }
  } finally {
    await scene.close()
    await proxy.close()
    clock.dispose()
  }
}
