/** The composition of the core: builds its parts around the ports and answers the transports. */
import type { Auth } from '../ports/auth.ts'
import type { Bus } from '../ports/bus.ts'
import type { Census } from '../ports/census.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { PermissionHook, Rule } from '../ports/permissions.ts'
import type { LivingNode, NodeReplaced, Registry } from '../ports/registry.ts'
import type { ChatService } from '../ports/service.ts'
import type { Signer } from '../ports/signer.ts'
import type { Appended, Entry, NewEntry, Reference, Store } from '../ports/store.ts'
import type { Tracer } from '../ports/tracer.ts'
import type { Account } from './account.ts'
import { closeNewest } from './admission.ts'
import { BearerNames } from './bearer-names.ts'
import { Canary, type CanaryDeps } from './canary.ts'
import { Cluster } from './cluster.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import { Counts } from './counts.ts'
import { closeAtOnce, drainConnections, type DrainPlan } from './drain.ts'
import { Drain, type DrainReason } from './drain-state.ts'
import { familiesOf, type LogCare } from './families.ts'
import { FanOut } from './fan-out.ts'
import type { FollowedLogDeps } from './followed-log.ts'
import { Grace } from './grace.ts'
import { hear } from './hearing.ts'
import { lookAtConnection } from './heartbeat.ts'
import { HeadWatch } from './head-watch.ts'
import { HookAnswers, hookKey } from './hook-answers.ts'
import { HeartbeatWheel } from './heartbeat-wheel.ts'
import { Limits } from './limits.ts'
import { LogBook } from './log-book.ts'
import { LogWriter } from './log-writer.ts'
import { carrierOf } from './moderation/enforce.ts'
import { Moderation } from './moderation/moderation.ts'
import { NameDesk } from './name-desk.ts'
import { NewLogs } from './new-logs.ts'
import { DEFAULT_OPTIONS, type HubOptions } from './options.ts'
import { OutageLog } from './outage-log.ts'
import { People } from './people.ts'
import { Permissions } from './permissions.ts'
import { Everybody, type Person } from './person.ts'
import { tellPresence } from './presence.ts'
import { judgeAgain } from './put-out.ts'
import { ReadMarkers } from './read-markers.ts'
import { TurnQueue } from './turn-queue.ts'
import { Revocations, type RevocationsDeps } from './revocations.ts'
import { Rooms } from './rooms.ts'
import { createService } from './service.ts'
import { letGoOf, Sessions } from './sessions.ts'
import { Signals } from './signals.ts'
import { Sweeper } from './sweeper.ts'
import { Tickets } from './tickets.ts'
import { IsoClock } from './timestamps.ts'

export interface HubDeps {
  readonly store: Store
  readonly bus: Bus
  /** Default: `null`, this is the only node. */
  readonly registry?: Registry | null
  readonly clock: Clock
  readonly random: Random
  readonly signer: Signer
  readonly logger: Logger
  /** Default: `null`, everybody is a guest. */
  readonly auth?: Auth | null
  /** Default: nobody asks. */
  /** Says what people may. Default: `null`, nobody is asked. */
  readonly permissionHook?: PermissionHook | null
  readonly metrics?: Metrics
  /** Default: `null`, nobody asks for traces. */
  readonly tracer?: Tracer | null
  readonly options?: Partial<HubOptions>
  /** Who shares `maxConnections` with this server. Default: nobody. */
  readonly census?: Census
}

export interface Hub extends ChatService {
  /**
   * The planned end: takes nobody any more, waits out a delay, has everything that was said committed and acknowledged, tells each
   * v1 client when to come back, closes paced, and lets go of timers and the bus. Resolves with false when the store did not
   * commit in time. The store stays open: whoever opened it closes it. Once only.
   */
  drain(plan: DrainPlan): Promise<boolean>
  /** The same at once: closes everybody, then waits for the store, however long. */
  stop(reason: DrainReason): Promise<void>
  /** From now on these rules of the settings hold, for those who are here too. */
  replaceRules(rules: readonly Rule[]): void
  /** Resolves when another process has become this node: names that are borne here may be somebody else's, so it has to end. */
  readonly replaced: Promise<NodeReplaced>
}

/** Ticks of the heartbeat wheel per interval: how exactly a deadline is kept. */
const TICKS_PER_INTERVAL = 10

/** Longest tick of the wheel, in milliseconds. */
const MAX_TICK_MS = 1000

/** Random bytes before the counter in the ids of entries: no two runs of any server share them. */
const ID_PREFIX_BYTES = 9

const ALONE: Census = { elsewhere: 0, tell() {} }

export function createHub(deps: HubDeps): Hub {
  const { store, bus, clock, random, signer, tracer = null } = deps
  const logger = new OutageLog(deps.logger, clock)
  const options: HubOptions = Object.freeze({ ...DEFAULT_OPTIONS, ...deps.options })
  const fanOut = new FanOut(clock, store, logger, tracer)
  const logs = new LogBook({ store, fanOut, clock, logger, tracer, options })
  const sessions = new Sessions(() => context)
  const everybody = new Everybody()
  const cluster = clusterOf(deps, everybody, options, () => context)
  const { desk, replaced } = deskOf(deps, () => context, sessions)
  const rooms = new Rooms({ logs, fanOut, clock, noticesPerSecond: options.noticesPerSecond, cluster })
  const writer = writerOf(deps, logger, logs, fanOut)
  const nextId = idsOf(random)
  const ownLogs = { logs, store, writer, clock, logger, nextId }
  const context: Context = {
    options,
    clock,
    random,
    isoClock: new IsoClock(),
    logger,
    store,
    bus,
    ...trustOf(deps, sessions, { ...ownLogs, options }),
    moderation: moderationOf({ ...ownLogs, signer }, cluster, () => context),
    permissions: permissionsOf(deps, options, () => context),
    fanOut,
    logs,
    writer,
    rooms,
    people: new People({ random, clock, signer, shared: options.names === 'shared', desk, everybody }),
    everybody,
    cluster,
    grace: new Grace({ clock, rooms, options, onEnd: (person, away) => letGoOf(context, person, away) }),
    desk,
    signals: new Signals(clock, fanOut, logs),
    markers: new ReadMarkers(),
    wheel: wheelOf(clock, options, () => context),
    drain: new Drain(clock),
    connections: new Set(),
    census: deps.census ?? ALONE,
    ...limitsOf(deps, options, logs, () => context),
    turnQueue: new TurnQueue(clock),
    counts: new Counts(),
    tracer,
    canary: canaryOf({ store, bus, clock, logger, nextId }, options),
    nextId,
  }
  const { stop: stopLooking, ...care } = lookAfterLogs(context)
  deps.metrics?.add(() => familiesOf(context, care))
  const unsubscribe = bus.subscribe((hint, from) => hear(context, hint, from))
  const letGo = (): void => stopParts(context, stopLooking, unsubscribe)
  return {
    ...createService(context, sessions),
    replaced,
    replaceRules: (rules) => replaceRules(context, rules),
    drain: (plan) => drainConnections(context, plan).finally(letGo),
    stop: (reason) => closeAtOnce(context, reason).finally(letGo),
  }
}

type Trust = Pick<Context, 'auth' | 'revocations' | 'tickets' | 'bearerNames'>

function trustOf(
  { auth = null, random, signer }: HubDeps,
  sessions: Sessions,
  parts: Omit<RevocationsDeps, 'onRevoked'>,
): Trust {
  const onRevoked = (): void => sessions.closeRevoked()
  // Also where everybody is a guest for a while: they hold still when that is over, so retention must not take them.
  const revocations = new Revocations({ ...parts, onRevoked })
  if (auth === null) return { auth, revocations, tickets: null, bearerNames: null }
  auth.onKeyGone(onRevoked)
  return {
    auth,
    revocations,
    tickets: new Tickets({ ...parts, random, signer }),
    bearerNames: auth.letsGuestsIn
      ? new BearerNames({ ...parts, onBorne: (key) => sessions.closeGuests(key) })
      : null,
  }
}

function moderationOf(
  parts: FollowedLogDeps & Pick<HubDeps, 'signer'>,
  cluster: Cluster | null,
  context: () => Context,
): Moderation {
  const others = (): readonly string[] => cluster?.others() ?? []
  return new Moderation({ ...parts, carrier: carrierOf(context), node: cluster?.node ?? '', others })
}

function writerOf(
  { store, clock, bus, tracer = null }: HubDeps,
  logger: OutageLog,
  logs: LogBook,
  fanOut: FanOut,
): LogWriter {
  return new LogWriter({
    store,
    clock,
    logger,
    tracer,
    onCommitted: (entries, results, since) => {
      logger.answered()
      spread(logs, bus, tracer, entriesOf(entries, results))
      fanOut.saidSince(since)
    },
    onFailed: () => logs.doubt(),
    onSettled: fanOut.flushWhenRested,
  })
}

function replaceRules(context: Context, rules: readonly Rule[]): void {
  context.permissions.replaceRules(rules)
  for (const connection of [...context.connections]) judgeAgain(context, connection)
}

function permissionsOf(
  { permissionHook: hook = null, clock, logger }: HubDeps,
  { rules, hookHoldMs: holdMs }: HubOptions,
  context: () => Context,
): Permissions {
  if (hook === null) return new Permissions(rules)
  const here = (): Set<string> => new Set([...context().connections].map(({ identity }) => hookKey(identity)))
  const onChanged = (keys: ReadonlySet<string>): void => {
    for (const connection of [...context().connections])
      if (keys.has(hookKey(connection.identity))) judgeAgain(context(), connection)
  }
  return new Permissions(rules, new HookAnswers({ hook, clock, logger, holdMs, here, onChanged }))
}

function canaryOf(deps: Omit<CanaryDeps, 'intervalMs'>, { canaryMs }: HubOptions): Canary | null {
  return canaryMs === null ? null : new Canary({ ...deps, intervalMs: canaryMs })
}

function idsOf(random: Random): () => string {
  const ids = new IdSource(random.token(ID_PREFIX_BYTES))
  return () => ids.next()
}

function wheelOf(
  clock: Clock,
  { heartbeatIntervalMs, heartbeatTimeoutMs }: HubOptions,
  context: () => Context,
): HeartbeatWheel<Connection> {
  const tickMs = Math.min(MAX_TICK_MS, Math.max(10, heartbeatIntervalMs / TICKS_PER_INTERVAL))
  const longestMs = Math.max(heartbeatIntervalMs, heartbeatTimeoutMs)
  return new HeartbeatWheel(clock, tickMs, longestMs, (connection, now) =>
    lookAtConnection(context(), connection, now),
  )
}

function stopParts(context: Context, ...others: readonly (() => void)[]): void {
  const { wheel, rooms, signals, grace, cluster, desk, fanOut, auth, revocations, limits } = context
  context.canary?.stop()
  context.permissions.stop()
  revocations.stop()
  context.moderation.stop()
  auth?.close()
  wheel.stop()
  rooms.stop()
  signals.stop()
  grace.stop()
  cluster?.stop()
  limits.stop()
  context.turnQueue.stop()
  desk?.stop()
  fanOut.stop()
  for (const stop of others) stop()
}

function clusterOf(deps: HubDeps, everybody: Everybody, options: HubOptions, context: () => Context) {
  const { registry = null, bus, clock, logger } = deps
  if (registry === null) return null
  const rooms = (): Rooms => context().rooms
  const onAway = (person: Person): void => tellPresence(context(), person)
  return new Cluster({ node: registry.node, bus, clock, logger, everybody, options, rooms, onAway })
}

function limitsOf(
  { registry = null, bus, clock }: HubDeps,
  options: HubOptions,
  logs: LogBook,
  context: () => Context,
): Pick<Context, 'limits' | 'newLogs'> {
  const onTooMany = (account: Account, count: number): void => closeNewest(context(), account, count)
  const cluster = registry === null ? null : { node: registry.node, bus, onTooMany }
  const limits = new Limits({ options, clock, cluster })
  return { limits, newLogs: new NewLogs({ logs, limits }) }
}

interface Desk {
  readonly desk: NameDesk | null
  readonly replaced: Promise<NodeReplaced>
}

function deskOf(deps: HubDeps, context: () => Context, sessions: Sessions): Desk {
  const { registry = null, clock, logger } = deps
  let onReplaced = (_error: NodeReplaced): void => {}
  const replaced = new Promise<NodeReplaced>((resolve) => (onReplaced = resolve))
  if (registry === null) return { desk: null, replaced }
  const owner = {
    version: () => context().cluster?.share.version ?? 0,
    borne: () => context().people.borne(),
    onLost: (people: ReadonlySet<string>) => sessions.closeLost(people),
    onNodes: (nodes: readonly LivingNode[]) => context().cluster?.remote.look(nodes),
    onReplaced,
  }
  return { desk: new NameDesk({ registry, clock, logger, owner }), replaced }
}

/** Begins what is done for the logs from time to time. */
function lookAfterLogs(
  deps: Pick<Context, 'store' | 'clock' | 'logger' | 'logs' | 'options' | 'revocations' | 'moderation'>,
): LogCare & { stop(): void } {
  const intervalMs = deps.options.headWatchMs
  const headWatch = intervalMs === null ? null : new HeadWatch({ ...deps, intervalMs })
  const sweeper = new Sweeper(deps)
  sweeper.start()
  const stop = (): void => {
    sweeper.stop()
    headWatch?.stop()
  }
  return { headWatch, sweeper, stop }
}

/** To those who read here, and to the other nodes. */
function spread(logs: LogBook, bus: Bus, tracer: Tracer | null, committed: readonly Entry[]): void {
  for (const entry of committed) logs.ingest(entry)
  if (committed.length === 0) return
  const traces = tracer?.published(committed) ?? []
  bus.publish(traces.length === 0 ? { entries: committed } : { entries: committed, traces })
}

/** What was newly committed, as the logs hold it: a private message once per log. */
function entriesOf(entries: readonly NewEntry[], results: readonly Appended[]): Entry[] {
  const committed: Entry[] = []
  for (let i = 0; i < entries.length; i++) {
    const result = results[i]
    if (result?.outcome !== 'appended') continue
    const entry = entries[i] as NewEntry
    const { seq, copySeq, found } = result
    if (found === undefined) {
      committed.push(entryAt(entry, entry.log, seq, null))
      if (entry.copy !== null && entry.copy !== entry.log)
        committed.push(entryAt(entry, entry.copy, copySeq, null))
    } else {
      committed.push(entryAt(entry, entry.log, seq, { id: found.id, seq: entry.about }))
      if (found.copy !== null && found.copy !== entry.log)
        committed.push(entryAt(entry, found.copy, copySeq, { id: found.id, seq: found.copySeq }))
    }
  }
  return committed
}

/** Field by field: on the message path, spreading costs more than everything else that is done with an entry here. */
function entryAt(entry: NewEntry, log: string, seq: number, about: Reference | null): Entry {
  const { id, kind, author, authorId, target, text, timestamp, at, clientId } = entry
  return { log, seq, id, kind, author, authorId, target, text, timestamp, at, clientId, about }
}

/** Ids of entries: random per run, then counted. */
class IdSource {
  readonly #prefix: string
  #count = 0

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  next(): string {
    return `${this.#prefix}-${(++this.#count).toString(36)}`
  }
}
