/** PostgreSQL, a broker, nodes and nginx, started in this order and ended in the other one. */
import { mkdirSync } from 'node:fs'
import { startNats, startRabbit, startRedis } from '../../../packages/server/testing/brokers.mjs'
import { Daemon } from '../../../packages/server/testing/daemon.mjs'
import { startNginx } from '../../../packages/server/testing/nginx.mjs'
import { startPostgresDaemon } from '../../../packages/server/testing/postgres-daemon.mjs'
import { inTree } from '../tree.mjs'

/** Everything is ended in order, which a Ctrl+C for all at once would not be. */
const PLACE = { ownGroup: true }

/**
 * What starts each broker; PostgreSQL needs no other.
 * @type {Readonly<Record<string, (() => Promise<import('../../../packages/server/testing/brokers.mjs').Broker>) | null>>}
 */
export const BUSES = {
  postgres: null,
  redis: () => startRedis([], PLACE),
  nats: () => startNats([], PLACE),
  rabbitmq: () => startRabbit(PLACE),
}

/**
 * @typedef {object} ClusterPlan
 * @property {string} bus @property {number} nodes @property {string} folder @property {readonly string[]} args of each node
 * @property {number} [port] of nginx; default: a free one
 */

/** `isUp`: it has started and was not told to end since. @typedef {{ daemon: Daemon, isUp: boolean }} Node */

export class Cluster {
  #plan
  #say
  /** What runs, in the order of the starts. @type {Daemon[]} */
  #daemons = []
  /** @type {Node[]} */
  #nodes = []
  #url = ''
  #isStopping = false
  #isRestarting = false
  /** @type {(error: unknown) => void} */
  #fail = () => {}
  /** Rejects when a node cannot be kept running. @type {Promise<never>} */
  ended = new Promise((_, reject) => (this.#fail = reject))

  /** @param {ClusterPlan} plan @param {(line: string) => void} say */
  constructor(plan, say) {
    this.#plan = plan
    this.#say = say
    this.ended.catch(() => {})
  }

  /** Rejects with one sentence, when what was started has ended again. */
  async start() {
    try {
      await this.#start()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async #start() {
    const { bus, folder, port } = this.#plan
    mkdirSync(folder, { recursive: true })
    const postgres = this.#keep(await startPostgresDaemon({ ...PLACE, folder, durable: true }))
    const broker = await BUSES[bus]?.()
    if (broker !== undefined) this.#keep(broker)
    const flags = broker === undefined ? [] : ['--bus', broker.url]
    for (let node = 0; node < this.#plan.nodes; node++) {
      const daemon = this.#keep(await this.#startNode(node, [...flags, '--data', postgres.url]))
      this.#nodes.push({ daemon, isUp: true })
    }
    const nodes = this.#nodes.map(({ daemon }) => daemon.port)
    const nginx = this.#keep(await startNginx({ ...PLACE, nodes, ...(port === undefined ? {} : { port }) }))
    this.#url = nginx.url
    for (const node of this.#nodes) void this.#supervise(node).catch(this.#fail)
  }

  /** What a person reads when everything runs. */
  banner() {
    const nodes = this.#nodes.map(
      ({ daemon: { port, pid } }, i) => `  Node ${i + 1}: http://127.0.0.1:${port} (process ${pid})`,
    )
    return [
      `A cluster of ${this.#nodes.length} Roomful nodes is running, on PostgreSQL, by ${this.#plan.bus}, behind nginx.`,
      '',
      `  Chat: ${this.#url}/chat`,
      `  API documentation: ${this.#url}/docs`,
      ...nodes,
      `  Database: ${this.#plan.folder}`,
      '',
      `  Restart one node: kill PROCESS. All, one after the other: kill -USR2 ${process.pid}`,
      '  Stop with Ctrl+C.',
    ].join('\n')
  }

  /** Restarts the nodes one after the other, each with what is built then. */
  async restart() {
    if (this.#isRestarting || this.#isStopping) return
    this.#isRestarting = true
    for (const node of this.#nodes) {
      node.isUp = false
      process.kill(node.daemon.pid, 'SIGTERM')
      while (!node.isUp && !this.#isStopping) await new Promise((resolve) => setTimeout(resolve, 50))
    }
    this.#isRestarting = false
    if (!this.#isStopping) this.#say('All nodes have been restarted.')
  }

  /** Ends the nodes, which tell everybody, and then what they need. */
  async stop() {
    this.#isStopping = true
    const nodes = this.#nodes.map(({ daemon }) => daemon)
    await Promise.all(nodes.map(end))
    for (const daemon of this.#daemons.toReversed()) if (!nodes.includes(daemon)) await daemon.stop()
    for (const daemon of this.#daemons) await daemon.remove()
  }

  /** @template {Daemon} Started @param {Started} daemon */
  #keep(daemon) {
    this.#daemons.push(daemon)
    return daemon
  }

  /** @param {number} index @param {readonly string[]} flags */
  #startNode(index, flags) {
    return Daemon.start(
      {
        name: `node-${index + 1}`,
        program: process.execPath,
        args: ({ port }) => [
          inTree('packages/server/bundle/main.js'),
          ...['--host', '127.0.0.1', '--port', String(port), '--trusted-proxies', 'loopback'],
          ...flags,
          ...this.#plan.args,
        ],
        ready: { say: 'GET /readyz HTTP/1.0\r\n\r\n', answers: ['HTTP/1.1 200'] },
      },
      PLACE,
    )
  }

  /** Starts it again whenever it ends. @param {Node} node */
  async #supervise(node) {
    const index = this.#nodes.indexOf(node) + 1
    for (;;) {
      const code = await node.daemon.ended
      if (this.#isStopping) return
      this.#say(`Node ${index} has ended (${code ?? 'killed'}) and is started again.`)
      await node.daemon.start()
      node.isUp = true
      this.#say(`Node ${index} is ready (process ${node.daemon.pid}).`)
    }
  }
}

/** As somebody at a terminal does, for good: it tells its clients so. @param {Daemon} node */
async function end(node) {
  if (!node.alive) return
  process.kill(node.pid, 'SIGINT')
  await node.ended
}
