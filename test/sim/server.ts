import type { IncomingMessage } from 'node:http'
import { createHmacSigner } from '../../packages/server/src/adapters/hmac-signer.ts'
import { readUpgrade } from '../../packages/server/src/adapters/ws/upgrade-request.ts'
import { createHub, type Hub } from '../../packages/server/src/core/hub.ts'
import type { DrainPlan } from '../../packages/server/src/core/drain.ts'
import type { HubOptions } from '../../packages/server/src/core/options.ts'
import type { Bus } from '../../packages/server/src/ports/bus.ts'
import type { Logger } from '../../packages/server/src/ports/logger.ts'
import type { Store } from '../../packages/server/src/ports/store.ts'
import { Chance } from './chance.ts'
import type { Coverage } from './coverage.ts'
import { type Disk, OpenDisk } from './disk.ts'
import type { Findings } from './findings.ts'
import type { Link } from './link.ts'
import { Process, type World } from './world.ts'

/** The same in every run: tokens of one run of the server hold in the next. */
const SECRET = Buffer.alloc(32, 7)

interface Running {
  readonly process: Process
  readonly hub: Hub
  readonly disk: OpenDisk
  readonly links: Set<Link>
}

export interface ServerSetup {
  readonly world: World
  readonly seed: number
  readonly disk: Disk
  readonly options: Partial<HubOptions>
  readonly coverage: Coverage
  readonly findings: Findings
  readonly busOf: (process: Process) => Bus
  /** What a mutant puts in place of the store. */
  readonly storeOf: (store: Store) => Store
}

/** The server as an operator knows it: it runs, stops, crashes, and starts again on the same disk. */
export class SimServer {
  readonly #setup: ServerSetup
  #running: Running | null = null
  /** It says goodbye, and takes nobody any more. */
  #draining: { readonly running: Running; readonly ended: () => void } | null = null
  #runs = 0
  /** Links of every run, for what can be said at the end. */
  readonly allLinks: Link[] = []

  constructor(setup: ServerSetup) {
    this.#setup = setup
  }

  get up(): boolean {
    return this.#running !== null || this.#draining !== null
  }

  get process(): Process | null {
    return this.#running?.process ?? null
  }

  get hub(): Hub | null {
    return this.#running?.hub ?? null
  }

  start(): void {
    const { world, seed, disk: durable, options, storeOf, busOf } = this.#setup
    const run = ++this.#runs
    const process = new Process(world)
    const disk = new OpenDisk(durable, process, new Chance(seed, `disk ${run}`))
    const chance = new Chance(seed, `server ${run}`)
    const hub = createHub({
      store: storeOf(disk),
      bus: busOf(process),
      clock: process.serverClock(),
      random: { token: (bytes) => chance.uuid().replaceAll('-', '').slice(0, bytes) + run.toString(36) },
      signer: createHmacSigner(SECRET),
      logger: this.#logger(process),
      options,
    })
    this.#running = { process, hub, disk, links: new Set() }
  }

  /** A connection arrives. Returns false when nobody listens. */
  accept(link: Link, url: string, protocols: readonly string[]): boolean {
    const running = this.#running
    if (running === null) return false
    const { process, hub, links } = running
    links.add(link)
    this.allLinks.push(link)
    link.server = process
    const { pathname, search } = new URL(url)
    const request = {
      url: pathname + search,
      headers: { 'sec-websocket-protocol': protocols.join(', ') },
    }
    const attach = readUpgrade(request as IncomingMessage, '127.0.0.1')
    if (attach === null) return false
    process.post(this.#setup.world.now, () => {
      if (link.up) link.events = hub.attach(link.serverEnd, attach)
      else link.cut({ client: null, server: null })
    })
    return true
  }

  /** `kill -9`, or the machine's own end: then no client hears of it. */
  async crash(noticed: boolean): Promise<void> {
    const running = this.#running ?? this.#draining?.running
    if (running === undefined) return
    const ended = this.#draining?.ended
    this.#running = null
    this.#draining = null
    await this.#end(running, noticed)
    this.#setup.coverage.note('crash')
    ended?.()
  }

  /** The process is gone. */
  async #end(running: Running, noticed: boolean): Promise<void> {
    running.process.dead = true
    for (const link of running.links) {
      link.cut({ client: noticed ? link.conditions.delay() : null, server: null })
      link.events = null
    }
    await running.disk.crash()
  }

  /** What a signal does: the core says goodbye in its own time, and the process ends, whatever the disk did. `ended` is called then. */
  drain(plan: Omit<DrainPlan, 'reason'>, ended: () => void): void {
    const running = this.#running
    if (running === null) return ended()
    this.#running = null
    this.#draining = { running, ended }
    running.hub.drain({ reason: 'restart', ...plan }).then(
      (committed) => this.#drained(running, committed),
      (error: unknown) => this.#setup.findings.add('error', `drain: ${String(error)}`),
    )
  }

  async #drained(running: Running, committed: boolean): Promise<void> {
    if (this.#draining?.running !== running) return
    const { ended } = this.#draining
    const { coverage, findings } = this.#setup
    coverage.note(committed ? 'drain' : 'drain: the disk was too slow')
    if (committed && running.process.timers > 0)
      findings.add('leak', `${running.process.timers} timers of a server that was drained`)
    await this.#end(running, true)
    this.#draining = null
    ended()
  }

  /** A planned stop: the core says goodbye and commits what was said. Returns whether it has come to its end. */
  stop(): () => boolean {
    const running = this.#running
    if (running === null) return () => true
    this.#running = null
    let stopped = false
    running.hub.stop('restart').then(
      () => (stopped = true),
      (error: unknown) => this.#setup.findings.add('error', `stop: ${String(error)}`),
    )
    this.#setup.coverage.note('restart')
    return () => {
      if (stopped && running.process.timers > 0)
        this.#setup.findings.add('leak', `${running.process.timers} timers of a server that has stopped`)
      return stopped
    }
  }

  #logger(process: Process): Logger {
    const complain = (event: string, _fields?: unknown, cause?: unknown): void => {
      // A store that fails is part of the game; anything else is a fault of the core.
      const expected = cause instanceof Error && cause.name === 'StoreUnavailable'
      if (!expected && !process.dead) this.#setup.findings.add('error', `${event}: ${String(cause)}`)
    }
    return { debug() {}, info() {}, warn: complain, error: complain }
  }
}
