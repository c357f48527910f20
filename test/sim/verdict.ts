import type { Entry } from '../../packages/server/src/ports/store.ts'
import { judge } from '../fault/checker.mjs'
import type { App } from './app.ts'
import type { Coverage } from './coverage.ts'
import { HOME, PRIVATE, SIDE } from './logs.ts'
import type { Mutant } from './mutants.ts'
import type { Neighbour } from './neighbour.ts'
import type { Plan } from './plan.ts'
import { Simulation } from './simulation.ts'
import { type Acked, changeText, type Told } from './transcript.ts'

/** Bytes that may wait for one peer beyond what makes its socket full: a piece of catching up, and answers. */
const WRITE_BYTES = 65_536 + 262_144

export interface Outcome {
  readonly plan: Plan
  readonly verdict: 'pass' | 'fail' | 'unknown'
  /** How often each fault was found. */
  readonly counts: ReadonlyMap<string, number>
  /** The first of each kind. */
  readonly examples: readonly string[]
  readonly acks: number
  readonly coverage: Coverage
  readonly virtualMs: number
  readonly happened: number
}

/** Runs a plan and judges it. `trace` is told what happens, a line each. */
export async function simulate(
  plan: Plan,
  mutant: Mutant = {},
  trace: ((line: string) => void) | null = null,
): Promise<Outcome> {
  const simulation = new Simulation(plan, mutant)
  const { world, findings } = simulation
  if (trace !== null) world.trace = (line) => trace(`${(world.now / 1000).toFixed(3).padStart(8)} ${line}`)
  const rejected = (reason: unknown): void => findings.add('error', `unhandled: ${String(reason)}`)
  process.on('unhandledRejection', rejected)
  const mend = mutant.patch?.()
  try {
    return await outcomeOf(simulation)
  } finally {
    mend?.()
    process.off('unhandledRejection', rejected)
  }
}

async function outcomeOf(simulation: Simulation): Promise<Outcome> {
  await simulation.run()
  const { plan, world, coverage, findings } = simulation
  const virtualMs = world.now
  const judged = await judgeRooms(simulation)
  judgeQueues(simulation)
  judgeOutboxes(simulation)
  await judgeOrder(simulation)
  await judgeDeletions(simulation)
  await judgeRefusals(simulation)
  await judgeEnd(simulation)
  // Node tells of unhandled rejections when the tick is over.
  await new Promise((resolve) => setImmediate(resolve))
  const counts = new Map([...judged.counts, ...findings.counts])
  return {
    plan,
    verdict: counts.size > 0 ? 'fail' : judged.unknown ? 'unknown' : 'pass',
    counts,
    examples: [...judged.examples, ...findings.examples],
    acks: judged.acks,
    coverage,
    virtualMs,
    happened: world.happened,
  }
}

/** The checker of client records, once for each room; private logs are judged with the first. */
async function judgeRooms(simulation: Simulation) {
  const { apps, disk, neighbour, lost, faults } = simulation
  const counts = new Map<string, number>()
  const examples: string[] = []
  const inboxes = new Map<string, readonly Told[]>()
  const names = namesIn(apps)
  const addressees = addresseesIn(apps)
  for (const app of apps) {
    const inbox = (await disk.all(simulation.logOf(app, PRIVATE))).map(toldOf)
    inboxes.set(app.name, addressed(named(inbox, names), addressees))
  }
  let acks = 0
  for (const room of [HOME, SIDE]) {
    const withInbox = room === HOME
    const log = named((await disk.all(room)).map(toldOf), names)
    const verdict = judge({
      witnesses: [
        ...apps.map((app) => {
          const inbox = inboxes.get(app.name) ?? []
          const isLost = (ack: Acked) => lost.has(ack.id) || isAboutGone(simulation, app, ack, inboxes)
          const witnessed = witness(app, { room, withInbox, log, inbox }, isLost, names)
          return { ...witnessed, inbox: addressed(witnessed.inbox, addressees) }
        }),
        { ...elsewhere(neighbour, room, lost), room: log, inbox: [] },
      ],
      room: log,
      inboxes: withInbox ? inboxes : new Map(),
      faults,
      peakMiB: 0,
      bounds: { acks: 0, faults: 1, peakMiB: 0 },
    })
    acks += verdict.acks
    examples.push(...verdict.examples.map((example) => `${room}: ${example}`))
    for (const [fault, count] of Object.entries(verdict.counts))
      if (count > 0) counts.set(fault, (counts.get(fault) ?? 0) + count)
  }
  return { counts, examples, acks, unknown: acks < 5 || faults < 1 }
}

/** `log` and `inbox`: all that these logs ever had. */
function witness(
  app: App,
  {
    room,
    withInbox,
    log,
    inbox,
  }: { room: string; withInbox: boolean; log: readonly Told[]; inbox: readonly Told[] },
  isLost: (ack: Acked) => boolean,
  names: Names,
) {
  const here = (where: string | null): boolean =>
    where === room || (withInbox && (where === null || where === PRIVATE))
  return {
    name: app.name,
    sent: app.sent.filter((sent) => here(sent.room)),
    acked: app.acked.filter((ack) => here(ack.log) && !isLost(ack)),
    room: named(filled(app.transcripts.get(room)?.entries ?? [], log), names),
    inbox: withInbox ? named(filled(app.transcripts.get(PRIVATE)?.entries ?? [], inbox), names) : [],
  }
}

/** With what could not be told because the server had let go of it. */
function filled(entries: readonly Told[], log: readonly Told[]): readonly Told[] {
  return entries.map((entry) => (entry.gone === true ? (log[entry.seq - 1] ?? entry) : entry))
}

/** The other node's people have what the store has. */
function elsewhere({ name, sent, acked }: Neighbour, room: string, lost: ReadonlySet<string>) {
  return room === HOME
    ? { name, sent, acked: acked.filter(({ id }) => !lost.has(id)) }
    : { name, sent: [], acked: [] }
}

/** By id: what things were before their text was deleted. */
type Names = ReadonlyMap<string, string>

function namesIn(apps: readonly App[]): Names {
  const all = apps.flatMap(({ acked, transcripts }): (Acked | Told)[] => [
    ...acked,
    ...[...transcripts.values()].flatMap(({ entries }) => entries),
  ])
  return new Map(all.flatMap(({ id, text }) => (text === '' ? [] : [[id, text]])))
}

/** For whom changes of private messages are, by text. */
function addresseesIn(apps: readonly App[]): ReadonlyMap<string, string> {
  const all = apps.flatMap(({ sent }) => sent)
  return new Map(
    all.flatMap(({ text, to, about }) => (about === undefined || to === null ? [] : [[text, to]])),
  )
}

/** In private logs: a frame does not say for whom a change is. */
function addressed(entries: readonly Told[], addressees: ReadonlyMap<string, string>): Told[] {
  return entries.map((entry) =>
    entry.isMessage ? entry : { ...entry, to: addressees.get(entry.text) ?? null },
  )
}

/** Whether this is a change of a private message that the addressee's log may have lost before: then it is in one log only. */
function isAboutGone(
  simulation: Simulation,
  app: App,
  { text }: Acked,
  inboxes: ReadonlyMap<string, readonly Told[]>,
): boolean {
  const { to = null, about } = app.sent.find((sent) => sent.text === text) ?? {}
  if (to === null || about === undefined) return false
  const other = simulation.apps.find(({ name }) => name === to)
  const seq = inboxes.get(to)?.find(({ id }) => id === about.id)?.seq ?? 0
  return other !== undefined && seq < simulation.disk.firstOf(simulation.logOf(other, PRIVATE))
}

/** As if nothing had been deleted; that it was is judged by itself. */
function named(entries: readonly Told[], names: Names): Told[] {
  return entries.map((entry) => (entry.text === '' ? { ...entry, text: names.get(entry.id) ?? '' } : entry))
}

function toldOf({ seq, id, kind, text, author, target, about }: Entry): Told {
  const isMessage = kind === 'message' || kind === 'private'
  if (isMessage || about === null) return { seq, id, text, isMessage, from: author, to: target }
  return { seq, id, text: changeText(kind, text, about.id, author), isMessage, from: author, to: target }
}

/**
 * The text of what was deleted is gone, with every text that it had, and of nothing else. Retention takes the text of the edits of what it
 * removes, and leaves what it has removed as it was.
 */
async function judgeDeletions(simulation: Simulation): Promise<void> {
  const { apps, disk, findings } = simulation
  for (const room of [HOME, SIDE, ...apps.map((app) => simulation.logOf(app, PRIVATE))]) {
    const entries = await disk.all(room)
    const deleted = new Set(entries.flatMap(({ kind, about }) => (kind === 'delete' ? [about?.id] : [])))
    const first = disk.firstOf(room)
    for (const { id, seq, kind, about, text } of entries) {
      if (kind !== 'message' && kind !== 'private' && kind !== 'edit') continue
      const isDeleted = deleted.has(kind === 'edit' ? about?.id : id)
      if (kind === 'edit' && seq < first && !isDeleted) continue
      const isLeftOver = kind === 'edit' && (about?.seq ?? 0) < first
      if ((isDeleted || isLeftOver) !== (text === ''))
        findings.add(
          'deletion',
          `${id} in ${room} ${text === '' ? 'has no text and should' : 'has a text that was to go'}`,
        )
    }
  }
}

function judgeQueues({ server, plan, findings }: Simulation): void {
  const { fullBytes, pipeBytes } = plan.setting
  for (const { peakQueued } of server.allLinks)
    if (peakQueued > pipeBytes + fullBytes + WRITE_BYTES)
      findings.add('unbounded', `${peakQueued} bytes waited for one peer`)
}

/** Everything is healed and nothing waits: what an outbox took was told to be sent or refused, or was thrown away. */
function judgeOutboxes({ apps, findings }: Simulation): void {
  for (const { name, outboxUser } of apps)
    for (const text of outboxUser?.untold ?? [])
      findings.add('lost', `the outbox of ${name} took ${text.slice(0, 20)} and never said what became of it`)
}

/** The SDK's outbox sends what is for one room in the order in which it was added. */
async function judgeOrder({ apps, disk, findings }: Simulation): Promise<void> {
  const names = namesIn(apps)
  for (const room of [HOME, SIDE]) {
    const entries = named((await disk.all(room)).map(toldOf), names)
    for (const app of apps) {
      if (app.outboxUser === null) continue
      const places = new Map(app.sent.map(({ text }, i) => [text, i]))
      const own = entries.flatMap(({ text, from }) => (from === app.name ? [places.get(text) ?? -1] : []))
      if (own.some((place, i) => i > 0 && place < (own[i - 1] ?? 0)))
        findings.add('order', `what ${app.name} said in ${room} is not in the order in which it was said`)
    }
  }
}

/** What was refused for good is nowhere. */
async function judgeRefusals(simulation: Simulation): Promise<void> {
  for (const app of simulation.apps) {
    const texts = new Set((await simulation.disk.all(simulation.logOf(app, PRIVATE))).map(({ text }) => text))
    for (const { text } of app.refused)
      if (texts.has(text))
        simulation.findings.add('refused yet stored', `${text.slice(0, 20)} of ${app.name}`)
  }
}

/** All leave, the server stops, and nothing is left behind. */
async function judgeEnd({ apps, server, world, findings }: Simulation): Promise<void> {
  for (const app of apps) app.disconnect()
  await world.run(world.now + 90_000)
  for (const { name, process, wakers } of apps)
    if (process.timers > 0 || wakers.size > 0)
      findings.add('leak', `${name} left ${process.timers} timers and ${wakers.size} listeners`)
  const status = server.hub?.status(undefined)
  if (status !== undefined && status.connected_count > 0)
    findings.add('leak', `the server holds ${status.connected_count} connections that nobody has`)
  const stopped = server.stop()
  await world.run(world.now + 20_000, stopped)
  if (!stopped()) findings.add('stuck', 'the server does not stop')
}
