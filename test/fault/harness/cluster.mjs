/** Three servers on one PostgreSQL database that hear of each other through a broker, each on a way to it that can be made bad. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startNats, startRabbit, startRedis } from '../../../packages/server/testing/brokers.mjs'
import { startNginx } from '../../../packages/server/testing/nginx.mjs'
import { startPostgresDaemon } from '../../../packages/server/testing/postgres-daemon.mjs'
import { FaultProxy } from '../proxy/proxy.mjs'
import { Scene } from './scene.mjs'
import { TestServer } from './server.mjs'

/** @typedef {import('../../../packages/server/testing/brokers.mjs').Broker} Broker */
/** @typedef {import('../../../packages/server/testing/daemon.mjs').Place} Place */
/** @typedef {import('../../../packages/server/testing/nginx.mjs').Nginx} Nginx */
/** @typedef {import('./network.mjs').Network} Network */
/** @typedef {import('./network.mjs').Way} Way */

const NODES = 3

/** What can carry hints; the database itself can. @type {Readonly<Record<string, ((place?: Place) => Promise<Broker>) | null>>} */
export const BUSES = {
  redis: (place) => startRedis([], place),
  nats: (place) => startNats([], place),
  rabbitmq: (place) => startRabbit(place),
  postgres: null,
}

/**
 * @typedef {object} ClusterPlan
 * @property {number} seed
 * @property {string} bus
 * @property {string | null} mutant of the first node
 * @property {boolean} [lossy] whether hints can be made to get lost; default: false
 * @property {Network} [network] that can be cut, between the nodes and what they need: the first node has the first way to the database and the second to the broker, all others the third
 * @property {{ changes?: readonly import('../../../packages/server/testing/nginx.mjs').Change[] }} [nginx] puts one in front
 */

/** What was started, to be ended in the reverse order. */
class Opened {
  /** @type {Promise<() => Promise<unknown>>[]} */
  #closers = []

  /** @template T @param {Promise<T>} starting @param {(started: T) => Promise<unknown>} close @returns {Promise<T>} */
  add(starting, close) {
    this.#closers.push(
      starting.then(
        (started) => () => close(started),
        () => async () => {},
      ),
    )
    return starting
  }

  /** Also of what is still starting. */
  async close() {
    for (const closer of this.#closers.splice(0).reverse()) await (await closer)()
  }
}

export class Cluster {
  scene
  nodes
  /** What hints go through: where no other broker is, the database. */
  broker
  /** Ways of the nodes to the broker that can be made bad; none where the plan has a network. */
  ways
  postgres
  /** In front of the nodes, where the plan has one. */
  nginx
  /** Milliseconds from a message's first telling to its last, by its text. @type {Map<string, { first: number, last: number }>} */
  #told = new Map()
  #opened

  /** @param {{ scene: Scene, nodes: TestServer[], broker: Broker, ways: FaultProxy[], postgres: Broker, nginx: Nginx | null }} parts @param {Opened} opened */
  constructor({ scene, nodes, broker, ways, postgres, nginx }, opened) {
    this.scene = scene
    this.nodes = nodes
    this.broker = broker
    this.ways = ways
    this.postgres = postgres
    this.nginx = nginx
    this.#opened = opened
  }

  /** Rejects when a part of it cannot be started; then none is left. @param {ClusterPlan} plan */
  static async open(plan) {
    const opened = new Opened()
    try {
      return await Cluster.#open(plan, opened)
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  /** @param {ClusterPlan} plan @param {Opened} opened */
  static async #open({ seed, bus, mutant, lossy = false, network, nginx: front }, opened) {
    const startBroker = BUSES[bus]
    if (startBroker === undefined) throw new TypeError(`no such bus: ${bus}`)
    const postgres = await opened.add(startPostgresDaemon(network?.place), (daemon) => daemon.remove())
    const broker =
      startBroker === null
        ? postgres
        : await opened.add(startBroker(network?.place), (daemon) => daemon.remove())
    const openWay = () => opened.add(FaultProxy.open({ to: broker.port }), (way) => way.close())
    const ways = await Promise.all(Array.from({ length: network === undefined ? NODES : 0 }, openWay))
    const plans = []
    for (let node = 0; node < NODES; node++) {
      const [nearest, other = nearest] = network?.ways.slice(node === 0 ? 0 : 2) ?? []
      const toDatabase = await addressBy(nearest, postgres)
      const toBroker = await addressBy(other ?? ways[node], broker)
      const where =
        startBroker === null
          ? { dataFolder: network === undefined ? toBroker : toDatabase }
          : { dataFolder: toDatabase, args: ['--bus', toBroker] }
      plans.push({ ...where, ...(lossy && { lossFile: join(broker.folder, 'loss') }) })
    }
    const [first, ...others] = plans
    // One after the other: the first one makes the tables.
    const scene = await opened.add(Scene.open({ seed, mutant, ...first }), (started) => started.close())
    const args = ['--rate-limit', 'off', '--log-level', 'warn']
    const rest = await Promise.all(
      others.map((plan) => {
        const starting = TestServer.start({ ...plan, args: [...args, ...(plan.args ?? [])] })
        return opened.add(starting, (node) => node.dispose())
      }),
    )
    const nodes = [scene.server, ...rest]
    const ports = nodes.map(({ port }) => port)
    const nginx =
      front === undefined
        ? null
        : await opened.add(startNginx({ ...front, nodes: ports }), (daemon) => daemon.remove())
    return new Cluster({ scene, nodes, broker, ways, postgres, nginx }, opened)
  }

  /** People who speak and listeners, an equal share on each node. @param {number} speakers @param {number} listenersEach */
  async enter(speakers, listenersEach) {
    for (const [i, { port }] of this.nodes.entries()) {
      const count = Math.floor((speakers + NODES - 1 - i) / NODES)
      await this.scene.addSpeakers(count, { port, prefix: `Speaker ${i}` })
      await this.scene.addSlims(listenersEach, { port, prefix: `Listener ${i}` })
    }
    for (const slim of this.scene.slims) slim.onTold = ({ text }) => this.#onTold(text)
  }

  /** From now on this share of the hints, 0 to 1, gets lost on its way to the broker, where the plan says that it can. @param {number} share */
  lose(share) {
    writeFileSync(join(this.broker.folder, 'loss'), String(share))
  }

  /** How much later each message was told where it was told last than where it was told first, in milliseconds; forgets them. */
  takeDelays() {
    const delays = [...this.#told.values()].map(({ first, last }) => last - first)
    this.#told.clear()
    return delays
  }

  /** Whether everything said is acknowledged and was told to all. */
  get isLevel() {
    const { people, acks, pending } = this.scene
    return pending === 0 && people.every(({ room }) => room.length === acks)
  }

  /** Connections that anybody has lost. */
  get disconnections() {
    return this.scene.people.reduce((sum, { losses }) => sum + losses, 0)
  }

  async close() {
    await this.scene.close()
    await this.#opened.close()
  }

  /** @param {string} text */
  #onTold(text) {
    const now = performance.now()
    const known = this.#told.get(text)
    if (known === undefined) this.#told.set(text, { first: now, last: now })
    else known.last = now
  }
}

/** Where a service is found by a way; by none: where it is. @param {Way | FaultProxy | undefined} way @param {Broker} service */
async function addressBy(way, { url, port }) {
  if (way === undefined) return url
  const place =
    way instanceof FaultProxy ? { port: way.port } : { hostname: way.host, port: await way.portTo(port) }
  return Object.assign(new URL(url), place).href
}
