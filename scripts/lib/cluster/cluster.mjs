/** PostgreSQL, a broker, nodes and nginx, started in this order and ended in the other one. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startNats, startRabbit, startRedis } from '../../../packages/server/testing/brokers.mjs'
import { Daemon } from '../../../packages/server/testing/daemon.mjs'
import { startNginx } from '../../../packages/server/testing/nginx.mjs'
import { startPostgresDaemon } from '../../../packages/server/testing/postgres-daemon.mjs'
import { inTree } from '../tree.mjs'
import { RunRecord, takeFolder } from './record.mjs'

/** @typedef {import('../../../packages/server/testing/daemon.mjs').Place} Place */

/**
 * What starts each broker; PostgreSQL needs no other.
 * @type {Readonly<Record<string, ((place: Place) => Promise<import('../../../packages/server/testing/brokers.mjs').Broker>) | null>>}
 */
export const BUSES = {
  postgres: null,
  redis: (place) => startRedis([], place),
  nats: (place) => startNats([], place),
  rabbitmq: (place) => startRabbit(place),
}

const AGAIN = 'stop with Ctrl+C and start again; what was said is kept'

/** What it means for people that a program has ended, and what to do. */
const WITHOUT = {
  postgres: `nobody can come in or say anything: ${AGAIN}.`,
  broker: `the nodes hear of each other a second later, from the database, and one that ends cannot start: ${AGAIN}.`,
  nginx: `nobody can connect: ${AGAIN}.`,
}

/** How long after its end a node is started again: the first, the second time in a row, and so on. */
const PAUSES_MS = [0, 1_000, 2_000, 5_000, 10_000, 30_000]
/** One that has run for so long has not ended in a row. */
const STEADY_MS = 60_000

/** Characters of the last line that are shown; the log has the rest. */
const LINE_LENGTH = 300

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
  /** @type {RunRecord | null} */
  #record = null

  /** @param {ClusterPlan} plan @param {(line: string) => void} say */
  constructor(plan, say) {
    this.#plan = plan
    this.#say = say
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
    takeFolder(folder)
    mkdirSync(this.#logs, { recursive: true })
    this.#record = new RunRecord(folder)
    const postgres = this.#keep(
      'postgres',
      await startPostgresDaemon({ ...this.#place('postgres'), folder, durable: true }),
    )
    void this.#watch('postgres', postgres, WITHOUT.postgres)
    const broker = await BUSES[bus]?.(this.#place(bus))
    if (broker !== undefined) void this.#watch(bus, this.#keep(bus, broker), WITHOUT.broker)
    const flags = broker === undefined ? [] : ['--bus', broker.url]
    for (let node = 0; node < this.#plan.nodes; node++) {
      const daemon = await this.#startNode(node, [...flags, '--data', postgres.url])
      this.#nodes.push({ daemon: this.#keep(`node-${node + 1}`, daemon), isUp: true })
    }
    const nodes = this.#nodes.map(({ daemon }) => daemon.port)
    const nginx = await startNginx({
      ...this.#place('nginx'),
      nodes,
      ...(port === undefined ? {} : { port }),
    })
    void this.#watch('nginx', this.#keep('nginx', nginx), WITHOUT.nginx)
    this.#url = nginx.url
    for (const node of this.#nodes) void this.#supervise(node)
  }

  get #logs() {
    return join(this.#plan.folder, 'logs')
  }

  /** Everything is ended in order, which a Ctrl+C for all at once would not be. @param {string} name */
  #place(name) {
    return { ownGroup: true, logFile: join(this.#logs, `${name}.log`) }
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
      `  Logs: ${this.#logs}/*.log`,
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
    this.#record?.remove()
  }

  /** @template {Daemon} Started @param {string} name @param {Started} daemon */
  #keep(name, daemon) {
    this.#daemons.push(daemon)
    this.#record?.add(name, daemon.pid)
    return daemon
  }

  /** Says it when a program ends that nobody has told to. @param {string} name @param {Daemon} daemon @param {string} consequence */
  async #watch(name, daemon, consequence) {
    await daemon.ended
    if (!this.#isStopping)
      this.#say(`${name} (process ${daemon.pid}) has ended ${howOf(daemon)}; ${consequence}`)
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
      this.#place(`node-${index + 1}`),
    )
  }

  /** Starts it again whenever it ends. @param {Node} node */
  async #supervise(node) {
    const { daemon } = node
    const name = `node-${this.#nodes.indexOf(node) + 1}`
    for (let inARow = 0; ; inARow++) {
      const since = performance.now()
      const code = await daemon.ended
      if (this.#isStopping) return
      // As it was told.
      if (code === 0 || performance.now() - since > STEADY_MS) inARow = 0
      const pause = PAUSES_MS[Math.min(inARow, PAUSES_MS.length - 1)] ?? 0
      const when = pause === 0 ? 'now' : `in ${pause / 1_000} s`
      this.#say(`${name} (process ${daemon.pid}) has ended ${howOf(daemon)}; it is started again ${when}.`)
      await new Promise((resolve) => setTimeout(resolve, pause))
      if (this.#isStopping) return
      // What it says when it cannot is said above, where it has ended.
      const isReady = await daemon.start(1).then(
        () => true,
        () => false,
      )
      if (!isReady) continue
      node.isUp = true
      this.#record?.add(name, daemon.pid)
      this.#say(`${name} is ready (process ${daemon.pid}).`)
    }
  }
}

/** How it ended, and the last line that it wrote, unless it ended as it was told. @param {Daemon} daemon */
function howOf(daemon) {
  if (daemon.end === 'exit code 0') return `(${daemon.end})`
  const last = daemon.output.trimEnd().split('\n').at(-1)?.trim() ?? ''
  const shown = last.length > LINE_LENGTH ? `${last.slice(0, LINE_LENGTH)} …` : last
  return `(${daemon.end})${shown === '' ? ', without a word' : `, after saying: ${shown}`}`
}

/** As somebody at a terminal does, for good: it tells its clients so. @param {Daemon} node */
async function end(node) {
  if (!node.alive) return
  process.kill(node.pid, 'SIGINT')
  await node.ended
}
