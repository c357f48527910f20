/** What ties a node to the others of its cluster. */
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { HubOptions } from './options.ts'
import type { Everybody, Person } from './person.ts'
import { PresenceShare } from './presence-share.ts'
import { RemotePresence } from './remote-presence.ts'
import type { Rooms } from './rooms.ts'
import { SignalShare } from './signal-share.ts'

/** Numbers of changes that each millisecond has room for: a later start of a node begins above all that an earlier one has told. */
const CHANGES_PER_MS = 1_000

export interface ClusterDeps {
  /** Name of this node. */
  readonly node: string
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly everybody: Everybody
  readonly options: Pick<HubOptions, 'presenceRoomPeople' | 'presenceGraceMs'>
  /** They tell the share, so they are asked for when needed. */
  readonly rooms: () => Rooms
  /** Called when somebody may be away now who was not, or the other way round. */
  readonly onAway: (person: Person) => void
}

export class Cluster {
  /** Name of this node. */
  readonly node: string
  /** What the others are told of the people here, and what they tell of theirs. */
  readonly share: PresenceShare
  readonly remote: RemotePresence
  readonly signals: SignalShare

  constructor(deps: ClusterDeps) {
    const { node, bus, clock, options } = deps
    this.node = node
    this.share = new PresenceShare({
      ...deps,
      run: Math.floor(clock.now()) * CHANGES_PER_MS,
      limit: options.presenceRoomPeople,
    })
    this.remote = new RemotePresence({ ...deps, graceMs: options.presenceGraceMs })
    this.signals = new SignalShare(bus, clock)
    this.share.begin()
  }

  /** Names of the other living nodes. */
  others(): string[] {
    return [...this.remote.nodes()].map(({ node }) => node)
  }

  stop(): void {
    this.share.stop()
    this.remote.stop()
    this.signals.stop()
  }
}
