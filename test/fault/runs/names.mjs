import { WebSocket } from 'ws'
import { Cluster } from '../harness/cluster.mjs'
import { until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const RACES = 1_000
const WHISPERS = 1_000

/** Names that are claimed at the same time. */
const AT_ONCE = 25

/** Private messages that wait for their acknowledgement. */
const UNDER_WAY = 50

const NAME_TAKEN = 4509

/** Names claimed at once on three nodes, while people on all of them whisper to each other. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function names({ seed, scale, bus, mutant }) {
  const races = Math.max(AT_ONCE, Math.round(RACES * scale))
  const whispers = Math.max(50, Math.round(WHISPERS * scale))
  const cluster = await Cluster.open({ seed, bus, mutant })
  const { scene, nodes } = cluster
  try {
    await cluster.enter(12, 2)
    let said = 0
    const chatter = setInterval(() => {
      for (; said < whispers && scene.pending < UNDER_WAY; said++)
        scene.speak(scene.random.pick(scene.speakers), 1)
    }, 5)
    const winners = []
    const closes = []
    for (let first = 0; first < races; first += AT_ONCE) {
      const racers = Array.from({ length: Math.min(AT_ONCE, races - first) }, (_, i) =>
        nodes.map((node) => new Racer(node.port, `racer ${first + i}`)),
      )
      scene.faults += racers.length
      await until(
        'each racer knows',
        () => racers.flat().every(({ isIn, code }) => isIn || code !== 0),
        60_000,
      )
      winners.push(...racers.map((three) => three.filter(({ isIn }) => isIn).length))
      closes.push(...racers.flat().flatMap(({ isIn, code }) => (isIn ? [] : [code])))
      for (const racer of racers.flat()) racer.leave()
    }
    await until('all is whispered', () => said >= whispers, 120_000)
    clearInterval(chatter)
    const verdict = await scene.judge({ acks: whispers, faults: races })
    return {
      verdict,
      figures: [
        { name: 'names claimed at once on three nodes', value: winners.length, exactly: races },
        {
          name: 'of them with one winner',
          value: winners.filter((count) => count === 1).length,
          exactly: races,
        },
        {
          name: 'losers told that it is taken',
          value: closes.filter((code) => code === NAME_TAKEN).length,
          exactly: 2 * races,
        },
        { name: 'said meanwhile, most of it privately', value: whispers },
        {
          name: 'refused for good',
          value: scene.refused,
          exactly: 0,
        },
      ],
    }
  } finally {
    await cluster.close()
  }
}

/** Somebody who claims a name on one node. */
class Racer {
  #socket
  isIn = false
  /** Of the close; 0 before it. */
  code = 0

  /** @param {number} port @param {string} name */
  constructor(port, name) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}/ws/chat/${encodeURIComponent(name)}?room=races`)
    this.#socket.on('error', () => {})
    this.#socket.on('message', (data) => {
      this.isIn ||= String(data).includes('"event":"welcome"')
    })
    this.#socket.on('close', (code) => (this.code = code))
  }

  leave() {
    this.#socket.close(1_000)
  }
}
