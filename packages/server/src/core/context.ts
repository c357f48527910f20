import type { Auth } from '../ports/auth.ts'
import type { Bus } from '../ports/bus.ts'
import type { Census } from '../ports/census.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Store } from '../ports/store.ts'
import type { Tracer } from '../ports/tracer.ts'
import type { Canary } from './canary.ts'
import type { Cluster } from './cluster.ts'
import type { Connection } from './connection.ts'
import type { Counts } from './counts.ts'
import type { Drain } from './drain-state.ts'
import type { FanOut } from './fan-out.ts'
import type { Grace } from './grace.ts'
import type { HeartbeatWheel } from './heartbeat-wheel.ts'
import type { Limits } from './limits.ts'
import type { LogBook } from './log-book.ts'
import type { LogWriter } from './log-writer.ts'
import type { Moderation } from './moderation/moderation.ts'
import type { NameDesk } from './name-desk.ts'
import type { NewLogs } from './new-logs.ts'
import type { HubOptions } from './options.ts'
import type { OutageLog } from './outage-log.ts'
import type { People } from './people.ts'
import type { Permissions } from './permissions.ts'
import type { Everybody } from './person.ts'
import type { TurnQueue } from './turn-queue.ts'
import type { ReadMarkers } from './read-markers.ts'
import type { Revocations } from './revocations.ts'
import type { Rooms } from './rooms.ts'
import type { Signals } from './signals.ts'
import type { BearerNames } from './bearer-names.ts'
import type { Tickets } from './tickets.ts'
import type { IsoClock } from './timestamps.ts'

/** What the handlers of one server share. */
export interface Context {
  readonly options: HubOptions
  readonly clock: Clock
  readonly random: Random
  readonly isoClock: IsoClock
  readonly logger: OutageLog
  readonly store: Store
  readonly bus: Bus
  /** `null` where everybody is a guest. */
  readonly auth: Auth | null
  /** `null` where everybody is a guest. */
  readonly revocations: Revocations
  /** What moderators have done: asked before `permissions`. */
  readonly moderation: Moderation
  /** Who may do what in which room. */
  readonly permissions: Permissions
  /** `null` where everybody is a guest. */
  readonly tickets: Tickets | null
  /** `null` but where guests and bearers of tokens are let in. */
  readonly bearerNames: BearerNames | null
  readonly fanOut: FanOut
  readonly logs: LogBook
  readonly writer: LogWriter
  readonly rooms: Rooms
  readonly people: People
  readonly everybody: Everybody
  /** `null` where there are no other nodes. */
  readonly cluster: Cluster | null
  readonly grace: Grace
  /** Asks who is on other nodes; `null` where there are none. */
  readonly desk: NameDesk | null
  readonly signals: Signals
  readonly markers: ReadMarkers
  readonly wheel: HeartbeatWheel<Connection>
  readonly drain: Drain
  /** Every live connection that is not closing. */
  readonly connections: Set<Connection>
  readonly census: Census
  readonly limits: Limits
  readonly newLogs: NewLogs
  /** Who said more than they may. */
  readonly turnQueue: TurnQueue
  readonly counts: Counts
  /** `null` where nobody asks for traces. */
  readonly tracer: Tracer | null
  /** `null` where none flies. */
  readonly canary: Canary | null
  /** A new id for an entry. */
  nextId(): string
}
