import { flood as beginFlood } from '../harness/flood.mjs'
import { ROOM, Scene } from '../harness/scene.mjs'
import { Talk } from '../harness/talk.mjs'
import { quantile, sleep } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */
/** @typedef {import('./run.mjs').Figure} Figure */
/** @typedef {{ what: string, sockets: number, perSecond: number, of: (index: number) => { name: string, room: string } }} Attack */

/** Ten times of what the default settings allow a connection and a person, and forty times of what they allow an address. */
const ATTACKS = /** @type {readonly Attack[]} */ ([
  { what: 'one socket', sockets: 1, perSecond: 200, of: () => ({ name: 'Flood', room: ROOM }) },
  { what: 'one user', sockets: 20, perSecond: 400, of: () => ({ name: 'Flood', room: ROOM }) },
  {
    what: 'one address',
    sockets: 400,
    perSecond: 8_000,
    // A quarter of them among the others, the rest in rooms of ten.
    of: (index) => ({
      name: `Flood ${index}`,
      room: index % 4 === 0 ? ROOM : `flood-${Math.floor(index / 13)}`,
    }),
  },
])

/** Unlike 127.0.0.1, where the others are, an address with limits. */
const FROM = '127.0.0.2'

const LISTENERS = 40
const SPEAKERS = 5
/** Messages a second of the others, fewer than they may. */
const RATE = 50

/**
 * What is compared are medians of windows, so that one in which the machine was away does not decide: so long each, so many during a flood, and half of
 * them before it and after it.
 */
const WINDOW_SECONDS = 6
const LEAST_SECONDS = 3
const WINDOWS = 5

/** How much slower others may become; below that, it is the machine that is measured. */
const MAX_SLOWER = 1.5
const NOISE_MS = 5

/** Somebody floods the room from a socket, from many, from an address. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function flood({ seed, scale, mutant }) {
  const scene = await Scene.open({
    seed,
    mutant,
    isLimited: true,
    args: ['--names', 'shared', '--trusted-proxies', '127.0.0.1'],
  })
  try {
    const [observer] = await scene.addSlims(LISTENERS, { prefix: 'Observer' })
    if (observer === undefined) throw new Error('nobody listens')
    await scene.addSpeakers(SPEAKERS, { window: 100 })
    const talk = new Talk(scene, observer)
    await talk.go(RATE, 2)
    /** @type {Figure[]} */
    const figures = []
    for (const attack of ATTACKS) figures.push(...(await suffer(scene, talk, attack, scale)))
    const verdict = await scene.judge({ acks: 100, faults: ATTACKS.length })
    const refused = await refusedBy(scene.server.url)
    return {
      verdict,
      figures: [
        ...figures,
        { name: 'messages refused, of a connection', value: refused('messages', 'connection'), atLeast: 1 },
        { name: 'messages refused, of a user', value: refused('messages', 'user'), atLeast: 1 },
        { name: 'messages refused, of an address', value: refused('messages', 'address') },
        { name: 'connects refused, of a user', value: refused('connects', 'user') },
        { name: 'connects refused, of an address', value: refused('connects', 'address'), atLeast: 1 },
        { name: 'others refused', value: scene.otherRefusals, exactly: 0 },
        { name: 'server memory, most', unit: 'MiB', value: scene.server.peakMiB },
      ],
    }
  } finally {
    await scene.close()
  }
}

/** @param {Scene} scene @param {Talk} talk @param {Attack} attack @param {number} scale @returns {Promise<Figure[]>} */
async function suffer(scene, talk, { what, sockets, perSecond, of }, scale) {
  const { server } = scene
  const windows = Math.max(1, Math.round(WINDOWS * scale))
  const measured = async (/** @type {number} */ count) => {
    const all = []
    while (all.length < count) all.push(await talk.go(RATE, Math.max(LEAST_SECONDS, WINDOW_SECONDS * scale)))
    return all
  }
  const before = await measured(Math.ceil(windows / 2))
  const attackers = Array.from({ length: sockets }, (_, index) => of(index))
  const end = beginFlood({ port: server.port, from: FROM, label: what, attackers, perSecond })
  await sleep(1_000)
  const began = performance.now()
  const cpuBefore = server.cpuSeconds()
  const during = await measured(windows)
  const lasted = (performance.now() - began) / 1_000
  const busy = (server.cpuSeconds() - cpuBefore) / lasted
  const { sent, connects } = await end()
  await sleep(2_000)
  const after = await measured(Math.max(1, Math.floor(windows / 2)))
  const calm = [...before, ...after].map(({ p99Ms }) => p99Ms)
  const flooded = during.map(({ p99Ms }) => p99Ms)
  const calmMs = quantile(calm, 0.5)
  scene.faults++
  for (const [index, count] of sent.entries())
    scene.authors.push({ name: attackers[index]?.name ?? '', sent: textsOf(what, index, count) })
  return [
    { name: `${what}: messages sent a second`, value: sum(sent) / (lasted + 1) },
    { name: `${what}: connections tried`, value: connects },
    { name: `${what}: processor time of the server`, unit: '% of a core', value: busy * 100 },
    { name: `${what}: others' p99 without, median`, unit: 'ms', value: calmMs },
    { name: `${what}: others' p99 without, slowest window`, unit: 'ms', value: Math.max(...calm) },
    { name: `${what}: others' p99 in the flood, slowest window`, unit: 'ms', value: Math.max(...flooded) },
    {
      name: `${what}: others' p99 in the flood, median`,
      unit: 'ms',
      value: quantile(flooded, 0.5),
      atMost: Math.max(calmMs * MAX_SLOWER, calmMs + NOISE_MS),
    },
  ]
}

/** @param {string} label @param {number} index @param {number} count */
const textsOf = (label, index, count) =>
  Array.from({ length: count }, (_, number) => ({ text: `${label} ${index} ${number}`, to: null }))

/** @param {readonly number[]} counts */
const sum = (counts) => counts.reduce((all, count) => all + count, 0)

/** What the server says that it refused. @param {string} url */
async function refusedBy(url) {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return (/** @type {string} */ limit, /** @type {string} */ scope) => {
    const line = `roomful_limited_total{limit="${limit}",scope="${scope}"} `
    return Number(
      metrics
        .split('\n')
        .find((each) => each.startsWith(line))
        ?.slice(line.length) ?? NaN,
    )
  }
}
