import type { WebSocketLike } from '../../packages/client/src/transport.ts'
import { App } from './app.ts'
import { Chance } from './chance.ts'
import { Coverage } from './coverage.ts'
import { Disk } from './disk.ts'
import { Findings } from './findings.ts'
import { Link } from './link.ts'
import { SIDE } from './logs.ts'
import type { Mutant } from './mutants.ts'
import { type Mishap, NAMES, type Op, type Outage, type Plan, type Talk } from './plan.ts'
import { Neighbour } from './neighbour.ts'
import { OutboxUser } from './outbox-user.ts'
import { SimServer } from './server.ts'
import { webSocketOf } from './web-socket.ts'
import { WireMonitor } from './wire-monitor.ts'
import { type Process, World } from './world.ts'

type Elsewhere = Extract<Talk, { do: 'elsewhere' }>

/** Milliseconds in which everybody has come online at the start. */
const SETUP_MS = 30_000

/** Milliseconds after the last fault within which everything must have come to rest. */
const HEAL_MS = 300_000

/** Everything of one run: what took part in it, and what was seen. */
export class Simulation {
  readonly plan: Plan
  readonly world = new World()
  readonly coverage = new Coverage()
  readonly findings = new Findings()
  readonly disk: Disk
  readonly server: SimServer
  readonly apps: readonly App[]
  readonly neighbour: Neighbour
  /** Ids of entries that an operator lost with a restored backup. */
  readonly lost = new Set<string>()
  faults = 0
  #restored = false
  #texts = 0
  #starting = 0
  /** The time of faults is over: everybody is back. */
  #healed = false
  readonly #mutant: Mutant
  readonly #offlineUntil = new Map<App, number>()
  readonly #linkOf = new Map<App, Link>()

  constructor(plan: Plan, mutant: Mutant) {
    const { seed, setting } = plan
    this.plan = plan
    this.#mutant = mutant
    const diskChance = new Chance(seed, 'disk delays')
    this.disk = new Disk(this.world, this.coverage, {
      delay: () => diskChance.between(...setting.diskMs),
      inLine: setting.diskInLine,
    })
    this.neighbour = new Neighbour(this.world, this.disk, new Chance(seed, 'neighbour'))
    this.server = new SimServer({
      world: this.world,
      seed,
      disk: this.disk,
      options: {
        lang: 'en',
        tailBytes: setting.tailBytes,
        maxReplyBytes: setting.maxReplyBytes,
        rateLimit: setting.rateLimited ? 20 : null,
        retentionEntries: setting.keeps?.entries ?? null,
        retentionMs: setting.keeps?.ms ?? null,
      },
      coverage: this.coverage,
      findings: this.findings,
      busOf: (process) => this.neighbour.busOf(process),
      storeOf: (store) => mutant.store?.(store, this.disk) ?? store,
    })
    this.apps = NAMES.slice(0, setting.clients).map(
      (name): App =>
        new App({
          name,
          world: this.world,
          chance: new Chance(seed, `app ${name}`),
          WebSocket: (process) => this.#webSocket(() => this.#appNamed(name), process),
          coverage: this.coverage,
          findings: this.findings,
          outboxUser: setting.outbox
            ? new OutboxUser(new Chance(seed, `outbox ${name}`), mutant.outbox)
            : null,
          mayGap: () => this.#restored || setting.loses > 0,
          isGone: (log, seq) => seq < this.disk.firstOf(this.logOf(this.#appNamed(name), log)),
        }),
    )
  }

  readonly #appNamed = (name: string): App => this.apps.find((app) => app.name === name) as App

  async run(): Promise<void> {
    await this.#setUp()
    const began = this.world.now
    for (const op of this.plan.ops) {
      await this.world.run(began + op.at)
      await this.#do(op)
    }
    await this.world.run(this.world.now + 500)
    await this.#heal()
  }

  async #setUp(): Promise<void> {
    this.server.start()
    for (const app of this.apps) app.open()
    await this.world.run(SETUP_MS, () => this.apps.every(({ online }) => online))
    for (const app of this.apps) if (app.chance.chance(0.7)) app.join(SIDE)
    await this.world.run(this.world.now + 1_000)
  }

  /** Everything is mended; all come back, and say one thing more, so that whoever missed something notices. */
  async #heal(): Promise<void> {
    const { apps, disk } = this
    this.#healed = true
    disk.failsUntil = 0
    disk.slowUntil = 0
    this.#offlineUntil.clear()
    this.server.process?.thaw()
    if (!this.server.up && this.#starting === 0) this.#start()
    for (const app of apps) {
      app.process.throttledUntil = 0
      app.process.thaw()
      const link = this.#linkOf.get(app)
      if (link !== undefined) link.bytesPerMs = Infinity
      if (app.client === null) app.open()
      else if (app.client.state.phase === 'idle') app.connect()
      app.join(SIDE)
    }
    // Only a further connection finds the last entry of a log that got lost.
    if (this.plan.setting.loses > 0)
      for (const app of apps) this.#linkOf.get(app)?.cut({ client: 0, server: 0 })
    await this.#rest()
  }

  async #rest(): Promise<void> {
    const { world, apps } = this
    const end = world.now + HEAL_MS
    let heads = await this.#heads()
    let told = false
    while (world.now < end) {
      await world.run(world.now + 1_000)
      // Nobody hears of what was said elsewhere last and lost, until something more is said.
      if (!told && apps.every(({ online }) => online)) {
        told = true
        if (this.neighbour.sent.length > 0) await this.neighbour.say(this.#text(), 0)
        continue
      }
      heads = await this.#heads()
      if (apps.every((app) => this.#atRest(app, heads))) return
    }
    for (const app of apps)
      if (!this.#atRest(app, heads))
        this.findings.add('stuck', `${app.name} ${HEAL_MS / 1000} s later: ${describe(app, heads)}`)
  }

  #atRest(app: App, heads: ReadonlyMap<string, number>): boolean {
    return (
      app.online &&
      app.settled &&
      [...app.transcripts].every(([log, { last }]) => last >= (heads.get(this.logOf(app, log)) ?? 0))
    )
  }

  async #heads(): Promise<ReadonlyMap<string, number>> {
    const logs = [
      ...new Set(this.apps.flatMap((app) => [...app.transcripts.keys()].map((log) => this.logOf(app, log)))),
    ]
    const heads = await this.disk.store.heads(logs)
    return new Map(logs.map((log, i) => [log, heads[i] ?? 0]))
  }

  /** The store's name of a log: a private one is that of the person whom the token names. */
  logOf(app: App, log: string): string {
    if (log !== '@me') return log
    const [token = ''] = [...app.tokens.values()]
    const [body = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString() || '[""]') as unknown[]
    return `@${String(claims[0])}`
  }

  // ---- what happens

  #app(who: number): App {
    return this.apps[who % this.apps.length] as App
  }

  #text(): string {
    const [low, high] = this.plan.setting.text
    const length = low + ((this.#texts * 7919) % (high - low + 1))
    return `t${++this.#texts} ${'x'.repeat(length)}`
  }

  async #do(op: Op): Promise<void> {
    this.world.trace?.(`* ${JSON.stringify(op)}`)
    if ('talk' in op) return op.talk.do === 'elsewhere' ? this.#elsewhere(op.talk) : this.#talk(op.talk)
    this.faults++
    if ('mishap' in op) return this.#befall(op.mishap, this.#app(op.mishap.who))
    await this.#break(op.outage)
  }

  async #break(op: Outage): Promise<void> {
    const { world, disk, server } = this
    switch (op.do) {
      case 'crash':
        await server.crash(op.noticed)
        await this.#mutant.crashed?.(disk)
        return this.#startIn(op.ms)
      case 'restart': {
        // What is said meanwhile is taken or refused.
        if (op.drain !== undefined) return this.server.drain(op.drain, () => this.#startIn(op.ms))
        const stopped = server.stop()
        await world.run(world.now + 120_000, stopped)
        if (!stopped()) this.findings.add('stuck', 'the server does not stop')
        return this.#startIn(op.ms)
      }
      case 'restore':
        return this.#restore(op.ms, op.share)
      case 'hang': {
        const { process } = server
        process?.freeze()
        world.plan(world.now + op.ms, () => process?.thaw())
        return
      }
      case 'diskFails':
        disk.failsUntil = world.now + op.ms
        return
      case 'diskSlow':
        disk.slowUntil = world.now + op.ms
        disk.slowMs = op.by
    }
  }

  async #elsewhere({ times, loses }: Elsewhere): Promise<void> {
    for (let i = 0; i < times; i++) await this.neighbour.say(this.#text(), loses)
  }

  #talk(op: Exclude<Talk, Elsewhere>): void {
    const app = this.#app(op.who)
    if (app.client === null || app.process.frozen) return
    switch (op.do) {
      case 'say':
        for (let i = 0; i < op.times; i++) app.say(op.room, this.#text())
        return
      case 'whisper':
        return app.whisper(this.#app(op.to).name, this.#text())
      case 'edit':
        return app.edit(this.#text(), this.lost, op.inPrivate)
      case 'remove':
        return app.remove(this.lost, op.inPrivate)
      case 'react':
      case 'unreact':
        return app[op.do](this.lost)
      case 'repeat':
        return app.repeats.repeat(this.lost, op.back)
      case 'contradict':
        return app.repeats.contradict(this.lost)
      case 'join':
      case 'leave':
        return app[op.do](SIDE)
    }
  }

  #befall(op: Mishap, app: App): void {
    const { world, coverage } = this
    const link = this.#linkOf.get(app)
    const { process } = app
    const later = (ms: number, then: () => void): void => void world.plan(world.now + ms, then)
    switch (op.do) {
      case 'clock':
        process.wallOffset = op.ms
        return
      case 'wake':
        return app.wake()
      case 'cut':
        coverage.note(op.client === null || op.server === null ? 'half-open' : 'cut')
        return link?.cut(op)
      case 'offline':
        coverage.note('offline')
        this.#offlineUntil.set(app, world.now + op.ms)
        link?.cut({ client: op.noticed ? 0 : null, server: null })
        return later(op.ms, () => app.wake())
      case 'freeze':
        coverage.note('freeze')
        process.freeze()
        return later(op.ms, () => process.thaw())
      case 'sleep':
        coverage.note('sleep')
        process.freeze()
        link?.stall(world.now + op.ms)
        return later(op.ms, () => process.thaw())
      case 'hide':
        coverage.note('hidden tab')
        process.throttledUntil = world.now + op.ms
        return
      case 'stall':
        coverage.note('stall')
        return link?.stall(world.now + op.ms)
      case 'slow':
        if (link === undefined) return
        link.bytesPerMs = op.bytesPerMs
        return later(op.ms, () => (link.bytesPerMs = Infinity))
      case 'bye':
        coverage.note('left and back')
        app.disconnect()
        return later(op.ms, () => app.client?.state.phase === 'idle' && !this.#healed && app.connect())
      case 'reload':
        coverage.note('reload')
        link?.cut({ client: null, server: link.conditions.delay() })
        return app.reload()
    }
  }

  #start(): void {
    if (!this.server.up) this.server.start()
  }

  #startIn(ms: number): void {
    this.#starting++
    this.world.plan(this.world.now + ms, () => {
      this.#starting--
      this.#start()
    })
  }

  /** The server is down, and an operator puts a backup back: what came after it is gone, and the epoch says so. */
  async #restore(ms: number, share: number): Promise<void> {
    await this.server.crash(true)
    this.coverage.note('restore')
    for (const id of await this.disk.restore(share)) this.lost.add(id)
    this.#restored = true
    this.#startIn(ms)
  }

  // ---- the network

  #webSocket(app: () => App, process: () => Process): WebSocketLike {
    return webSocketOf((url, protocols) => this.#dial(app(), process(), url, protocols).clientEnd)
  }

  #dial(app: App, process: Process, url: string, protocols: readonly string[]): Link {
    const { world, plan, coverage, findings } = this
    const { setting, seed } = plan
    const chance = new Chance(seed, `link ${this.server.allLinks.length} ${app.name}`)
    const link = new Link({
      name: `${app.name}#${this.server.allLinks.length}`,
      client: process,
      chance,
      coverage,
      conditions: {
        ...setting,
        loses: this.#healed ? 0 : setting.loses,
        delay: () => chance.between(...setting.latency),
      },
    })
    this.#linkOf.set(app, link)
    link.heard = this.#mutant.heard ?? link.heard
    const monitor = new WireMonitor(app.name, findings, coverage)
    link.tap = (frames) => {
      world.now += setting.writeMs
      const changed = this.#mutant.wire?.(frames, link) ?? frames
      monitor.watch(changed)
      return changed
    }
    world.plan(world.now + link.conditions.delay(), () => {
      if (!link.up) return
      // Packets of somebody who is offline go nowhere; half the time the system knows that.
      if (world.now < (this.#offlineUntil.get(app) ?? 0))
        return link.cut({ client: chance.chance(0.5) ? 0 : null, server: null })
      if (!this.server.accept(link, url, protocols))
        return link.cut({ client: link.conditions.delay(), server: null })
      link.down(0, () => process.post(world.now, () => link.clientEnd.opened()))
    })
    return link
  }
}

function describe(app: App, heads: ReadonlyMap<string, number>): string {
  const logs = [...app.transcripts].map(
    ([log, { last, reading }]) => `${log} ${last}${reading ? ' reading' : ''}`,
  )
  return `${app.client?.state.phase}, ${app.waiting} unsent, ${logs.join(', ')}; heads ${[...heads].join(' ')}`
}
