/** Three servers on one PostgreSQL database that hear of each other through a broker, each on a way to it that can be made bad. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startNats, startRabbit, startRedis } from '../../../packages/server/testing/brokers.mjs'
import { startNginx } from '../../../packages/server/testing/nginx.mjs'
import { startPostgresDaemon, urlOf } from '../../../packages/server/testing/postgres-daemon.mjs'
import { FaultProxy } from '../proxy/proxy.mjs'
import { Scene } from './scene.mjs'
import { TestServer } from './server.mjs'

/** @typedef {import('../../../packages/server/testing/brokers.mjs').Broker} Broker */
/** @typedef {import('../../../packages/server/testing/nginx.mjs').Nginx} Nginx */
/** @typedef {import('./network.mjs').Network} Network */

const NODES = 3

/** What can carry hints; the database itself can. @type {Readonly<Record<string, (() => Promise<Broker>) | null>>} */
export const BUSES = {
  redis: () => startRedis(),
  nats: () => startNats(),
  rabbitmq: startRabbit,
  postgres: null,
}

/**
 * @typedef {object} ClusterPlan
 * @property {number} seed
 * @property {string} bus
 * @property {string | null} mutant of the first node
 * @property {Network} [network] between the nodes and the database: the first node has the first way, all others the second
 * @property {{ changes?: readonly import('../../../packages/server/testing/nginx.mjs').Change[] }} [nginx] puts one in front
 */

export class Cluster {
  scene
  nodes
  /** What hints go through: where no other broker is, the database. */
  broker
  /** Ways of the nodes to the broker. */
  ways
  postgres
  /** In front of the nodes, where the plan has one. */
  nginx
  /** Milliseconds from a message's first telling to its last, by its text. @type {Map<string, { first: number, last: number }>} */
  #told = new Map()

  /** @param {{ scene: Scene, nodes: TestServer[], broker: Broker, ways: FaultProxy[], postgres: Broker, nginx: Nginx | null }} parts */
  constructor({ scene, nodes, broker, ways, postgres, nginx }) {
    this.scene = scene
    this.nodes = nodes
    this.broker = broker
    this.ways = ways
    this.postgres = postgres
    this.nginx = nginx
  }

  /** @param {ClusterPlan} plan */
  static async open({ seed, bus, mutant, network, nginx: front }) {
    const startBroker = BUSES[bus]
    if (startBroker === undefined) throw new TypeError(`no such bus: ${bus}`)
    const postgres = await startPostgresDaemon(network?.place)
    const broker = startBroker === null ? postgres : await startBroker()
    const ways = await Promise.all(Array.from({ length: NODES }, () => FaultProxy.open({ to: broker.port })))
    const plans = []
    for (const [node, { port }] of ways.entries()) {
      const way = Object.assign(new URL(broker.url), { port }).href
      const place = network?.ways[node === 0 ? 0 : 1]
      const database =
        place === undefined ? postgres.url : urlOf(place.host, await place.portTo(postgres.port))
      const where =
        startBroker === null
          ? { dataFolder: network === undefined ? way : database }
          : { dataFolder: database, args: ['--bus', way] }
      plans.push({ ...where, lossFile: join(broker.folder, 'loss') })
    }
    const [first, ...others] = plans
    // One after the other: the first one makes the tables.
    const scene = await Scene.open({ seed, mutant, ...first })
    const args = ['--rate-limit', 'off', '--log-level', 'warn']
    const rest = await Promise.all(
      others.map((plan) => TestServer.start({ ...plan, args: [...args, ...(plan.args ?? [])] })),
    )
    const nodes = [scene.server, ...rest]
    const nginx =
      front === undefined ? null : await startNginx({ ...front, nodes: nodes.map(({ port }) => port) })
    return new Cluster({ scene, nodes, broker, ways, postgres, nginx })
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

  /** From now on this share of the hints, 0 to 1, gets lost on its way to the broker. @param {number} share */
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
    const { speakers, slims, acks, pending } = this.scene
    return pending === 0 && [...speakers, ...slims].every(({ room }) => room.length === acks)
  }

  /** Closes that listeners have seen, and returns of people who speak. */
  get disconnections() {
    const { speakers, slims } = this.scene
    const returns = speakers.reduce((sum, { arrivals }) => sum + arrivals - 1, 0)
    return returns + slims.flatMap(({ closes }) => closes).length
  }

  async close() {
    await this.scene.close()
    await this.nginx?.remove()
    for (const node of this.nodes) await node.dispose()
    for (const way of this.ways) await way.close()
    await this.broker.remove()
    if (this.broker !== this.postgres) await this.postgres.remove()
  }

  /** @param {string} text */
  #onTold(text) {
    const now = performance.now()
    const known = this.#told.get(text)
    if (known === undefined) this.#told.set(text, { first: now, last: now })
    else known.last = now
  }
}
