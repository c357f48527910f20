import { Probe } from '../harness/probe.mjs'
import { Scene } from '../harness/scene.mjs'
import { sleep } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

/** Seconds for which the process gets no time, with the default heartbeat of 10 s and 30 s; a small run has a fifth of all, and none twice. */
const STALLS_S = [1, 5, 5, 5, 35]

/** What is asked of a start, too. */
const READY_WITHIN_MS = 2_000

/** The SDK gives a silent server up after two intervals and 5 s, so the stalls up to this one must not cost a connection. */
const SHORT_S = 5

/** The server stands still (SIGSTOP) and goes on (SIGCONT). @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function stall({ seed, scale, mutant }) {
  const pace = scale >= 1 ? 1 : 0.2
  const args = ['--heartbeat-interval', String(10 * pace), '--heartbeat-timeout', String(30 * pace)]
  const stalls = scale >= 1 ? STALLS_S : [...new Set(STALLS_S)]
  const scene = await Scene.open({ seed, mutant, args })
  const { server, random } = scene
  const probe = new Probe()
  try {
    const listeners = [
      ...(await scene.addSlims(Math.max(10, Math.round(200 * scale)), { prefix: 'Listener' })),
      ...(await scene.addSlims(Math.max(10, Math.round(200 * scale)), {
        prefix: 'Beating',
        heartbeat: true,
      })),
    ]
    const speakers = await scene.addSpeakers(10)
    const arrivals = () => speakers.reduce((sum, one) => sum + one.arrivals, 0)
    const chatter = setInterval(() => scene.speak(random.pick(speakers), 0.1), 20)
    let reconnects = 0
    let readyMs = 0
    for (const seconds of stalls) {
      const before = arrivals()
      await sleep(1_000)
      server.signal('SIGSTOP')
      scene.faults += 1
      await sleep(seconds * pace * 1_000)
      const ready = probe.readyAfterMs(server.url, 60_000)
      server.signal('SIGCONT')
      readyMs = Math.max(readyMs, await ready)
      await sleep(1_000)
      if (seconds <= SHORT_S) reconnects += arrivals() - before
    }
    // As long as a heartbeat takes to judge, in case that it judges wrongly.
    await sleep(11_000 * pace)
    clearInterval(chatter)
    scene.wake()
    const verdict = await scene.judge({ acks: 50, faults: stalls.length })
    return {
      verdict,
      figures: [
        { name: 'stalls', value: scene.faults, exactly: stalls.length },
        { name: 'longest of them', unit: 's', value: Math.max(...stalls) * pace },
        {
          name: 'peers that the server gave up',
          value: listeners.flatMap(({ closes }) => closes).length,
          exactly: 0,
        },
        { name: 'reconnects of SDKs for stalls up to 5 s', value: reconnects, exactly: 0 },
        { name: 'ready again, slowest', unit: 'ms', value: readyMs, atMost: READY_WITHIN_MS },
        { name: 'gaps told', value: scene.gaps, atMost: 0 },
      ],
    }
  } finally {
    await probe.close()
    await scene.close()
  }
}
