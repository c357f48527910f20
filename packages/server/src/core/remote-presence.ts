/** Who is in rooms on the other nodes: a copy of what each tells of its own people. */
import { nameKey } from '@roomful/protocol'
import {
  type Bus,
  type Joined,
  MAX_MISSING_PARTS,
  type PresenceChange,
  type PresenceHint,
} from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { LivingNode } from '../ports/registry.ts'
import { NodeCopy, type Resident, Staging } from './node-copy.ts'
import { type Everybody, Person } from './person.ts'
import type { Rooms } from './rooms.ts'

/** Looks after which a node is forgotten that tells something and that the registry never named. */
const MAX_UNLISTED_LOOKS = 2

/** Runs of nodes that are over, so that a late hint does not bring them back; beyond it the first is forgotten. */
const MAX_DEAD = 1_000

/** Milliseconds for which a living node tells nothing of what is missing here, after which it counts as not heard: longer than a dead one is named. */
const UNHEARD_MS = 15_000

type Changes = Extract<PresenceHint, { kind: 'changes' }>
type Part = Extract<PresenceHint, { kind: 'part' }>

export interface RemotePresenceDeps {
  /** Name of this node. */
  readonly node: string
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly rooms: () => Rooms
  readonly everybody: Everybody
  /** Milliseconds for which the people of a node that is gone stay in their rooms. */
  readonly graceMs: number
  /** Called when somebody may be away now who was not, or the other way round. */
  readonly onAway: (person: Person) => void
}

export class RemotePresence {
  readonly #deps: RemotePresenceDeps
  readonly #copies = new Map<string, NodeCopy>()
  /** Node by node and run. */
  readonly #dead = new Map<string, string>()
  /** Copies of nodes that are gone, with what ends their time. */
  readonly #ending = new Map<NodeCopy, () => void>()
  #hasLooked = false

  constructor(deps: RemotePresenceDeps) {
    this.#deps = deps
  }

  /** Something of what living nodes have told is missing here. */
  get partial(): boolean {
    if (!this.#hasLooked) return true
    for (const copy of this.#copies.values()) if (!copy.isWhole) return true
    return false
  }

  /** Nodes of which there is a copy, and of them those of which all is here. */
  get copies(): { readonly all: number; readonly whole: number } {
    const copies = [...this.#copies.values()]
    return { all: copies.length, whole: copies.filter(({ isWhole }) => isWhole).length }
  }

  /** The other nodes, with how many people each has told of. */
  *nodes(): Iterable<{ readonly node: string; readonly people: number; readonly isWhole: boolean }> {
    for (const { node, people, more, isWhole } of this.#copies.values())
      yield { node, people: people.size + (more.get(null) ?? 0), isWhole }
  }

  /** Living nodes that tell nothing of what is missing here, although the bus is not lost: most likely they are on another one. */
  get unheard(): number {
    let unheard = 0
    for (const { isUnheard } of this.#copies.values()) if (isUnheard) unheard++
    return unheard
  }

  /** Another node tells of its people. */
  hear(hint: Changes | Part, from: string): void {
    if (this.#dead.has(runOf(from, hint.run))) return
    const copy = this.#copyFor(from, hint)
    if (copy === null) return
    copy.heard()
    copy.learn(hint.run)
    if (hint.kind === 'changes') this.#changed(copy, hint)
    else this.#stage(copy, hint)
  }

  /** Once a second: who lives, and how much each has told. Whoever is not named any more is dead. */
  look(living: readonly LivingNode[]): void {
    const names = new Set(living.map(({ node }) => node))
    for (const { node, version } of living) if (node !== this.#deps.node) this.#lives(node, version)
    for (const copy of this.#copies.values()) {
      if (names.has(copy.node)) {
        this.#askIfBehind(copy)
        this.#listen(copy)
      } else if (copy.listed >= 0 || ++copy.unlistedLooks > MAX_UNLISTED_LOOKS) this.#died(copy)
    }
    this.#hasLooked = true
  }

  stop(): void {
    for (const end of this.#ending.values()) end()
  }

  /** That of the run which tells something: begun anew when it was not known. `null` for a late hint of an earlier one. */
  #copyFor(node: string, hint: Changes | Part): NodeCopy | null {
    const known = this.#copies.get(node)
    const run = known?.run ?? null
    if (known !== undefined && (run === null || run === hint.run)) return known
    if (run !== null && hint.run < run) return null
    if (known !== undefined) this.#died(known)
    const isNew = hint.kind === 'changes' && hint.from === hint.run
    const copy = this.#add(node, isNew || this.#hasLooked)
    copy.listed = known === undefined ? -1 : 0
    if (!isNew) copy.missedAll(hint.kind === 'changes' ? hint.from + hint.changes.length : hint.version)
    return copy
  }

  #add(node: string, isNew: boolean): NodeCopy {
    const copy = new NodeCopy(node, isNew)
    this.#copies.set(node, copy)
    return copy
  }

  #lives(node: string, version: number): void {
    let copy = this.#copies.get(node)
    if (copy === undefined) this.#revive(node)
    else if (version < copy.listed) {
      // It has started anew, faster than anybody could see it gone.
      this.#died(copy)
      copy = undefined
    }
    // There is nothing on its way of what a node has told that was not known: it counts as due at once.
    if (copy === undefined) {
      copy = this.#add(node, this.#hasLooked)
      copy.missedAll(version)
    }
    copy.listed = version
    copy.heardOf = Math.max(copy.heardOf, version)
  }

  /** A node that was dead for this one may live on in the same run. */
  #revive(node: string): void {
    for (const [run, dead] of this.#dead) if (dead === node) this.#dead.delete(run)
  }

  #askIfBehind(copy: NodeCopy): void {
    if (!copy.look()) return
    const { node, staging } = copy
    const isArriving = staging?.hasGrown ?? false
    if (staging !== null) staging.hasGrown = false
    if (isArriving) return
    const missing = staging?.missing(MAX_MISSING_PARTS) ?? []
    this.#deps.bus.publish({
      presence: [{ kind: 'ask', node, version: staging?.version ?? null, missing }],
    })
  }

  /** Says once that a living node is not heard. While the bus is lost nobody is, and that is said elsewhere. */
  #listen(copy: NodeCopy): void {
    const { bus, clock, logger } = this.#deps
    if (copy.isWhole) return copy.heard()
    const now = clock.monotonic()
    if (bus.isLost) copy.unheardSince = now
    copy.unheardSince ??= now
    const ms = now - copy.unheardSince
    if (copy.isUnheard || ms < UNHEARD_MS) return
    copy.isUnheard = true
    logger.warn('node_not_heard', { node: copy.node, seconds: Math.round(ms / 1_000) })
  }

  #changed(copy: NodeCopy, { from, changes }: Changes): void {
    copy.heardOf = Math.max(copy.heardOf, from + changes.length)
    copy.wait(from, changes)
    this.#goOn(copy)
  }

  #goOn(copy: NodeCopy): void {
    for (let next = copy.takeNext(); next !== null; next = copy.takeNext()) {
      for (const change of next) this.#apply(copy, change, true)
      copy.version += next.length
    }
  }

  #stage(copy: NodeCopy, { version, part, parts, stays }: Part): void {
    copy.heardOf = Math.max(copy.heardOf, version)
    if (copy.version >= version || (copy.staging?.version ?? 0) > version) return
    if (copy.staging?.version !== version) copy.staging = new Staging(version, parts)
    copy.staging.add(part, parts, stays)
    if (copy.staging.isWhole) this.#replace(copy, copy.staging)
  }

  /** The snapshot holds from now on: who is not in it has left, who is in it has joined. */
  #replace(copy: NodeCopy, snapshot: Staging): void {
    const inRooms = new Map<string, Set<string>>()
    const more = new Set<string | null>()
    for (const stay of snapshot.stays()) {
      if (stay.kind === 'more') more.add(stay.room)
      else inRooms.set(stay.person, (inRooms.get(stay.person) ?? new Set()).add(stay.room))
    }
    for (const [id, { rooms }] of copy.people)
      for (const room of rooms) if (!inRooms.get(id)?.has(room)) this.#left(copy, id, room)
    for (const room of copy.more.keys()) if (!more.has(room)) this.#setMore(copy, room, 0)
    const { isTold } = copy
    for (const stay of snapshot.stays()) {
      this.#apply(copy, stay, isTold)
      if (stay.kind === 'joined') this.#setAway(copy, stay.person, stay.away)
    }
    copy.version = snapshot.version
    copy.staging = null
    this.#goOn(copy)
  }

  #apply(copy: NodeCopy, change: PresenceChange, isTold: boolean): void {
    switch (change.kind) {
      case 'joined':
        return this.#joined(copy, change, isTold && change.isNew)
      case 'left':
        return this.#left(copy, change.person, change.room)
      case 'away':
        return this.#setAway(copy, change.person, change.away)
      case 'more':
        return this.#setMore(copy, change.room, change.count)
    }
  }

  #joined(copy: NodeCopy, { person: id, name, room, away }: Joined, isTold: boolean): void {
    const known = copy.people.get(id)
    if (known?.rooms.includes(room)) return
    const resident = known ?? this.#comes(copy, id, name)
    resident.rooms = resident.rooms.concat(room)
    this.#deps.rooms().enterElsewhere(room, resident.person, isTold)
    this.#setAway(copy, id, away)
    if (known === undefined) this.#deps.onAway(resident.person)
  }

  #comes(copy: NodeCopy, id: string, name: string | null): Resident {
    const person =
      name === null
        ? new Person(`${copy.node} ${id}`, null, '')
        : this.#deps.everybody.of(id, name, nameKey(name))
    person.nodes++
    const resident = { person, rooms: [], away: false }
    copy.people.set(id, resident)
    return resident
  }

  #left(copy: NodeCopy, id: string, room: string): void {
    const resident = copy.people.get(id)
    if (resident === undefined || !resident.rooms.includes(room)) return
    const { person, away } = resident
    resident.rooms = resident.rooms.filter((name) => name !== room)
    this.#deps.rooms().leaveElsewhere(room, person)
    if (resident.rooms.length > 0) return
    copy.people.delete(id)
    person.nodes--
    if (away) person.awayNodes--
    this.#deps.everybody.forgetGone(person)
    this.#deps.onAway(person)
  }

  #setAway(copy: NodeCopy, id: string, away: boolean): void {
    const resident = copy.people.get(id)
    if (resident === undefined || resident.away === away) return
    resident.away = away
    resident.person.awayNodes += away ? 1 : -1
    this.#deps.onAway(resident.person)
  }

  #setMore(copy: NodeCopy, room: string | null, count: number): void {
    const before = copy.more.get(room) ?? 0
    if (count === 0) copy.more.delete(room)
    else copy.more.set(room, count)
    this.#deps.rooms().addMore(room, count - before)
  }

  /** Whether it ended as planned or not, its people may come back elsewhere. */
  #died(copy: NodeCopy): void {
    const { node, run } = copy
    this.#copies.delete(node)
    if (run !== null) this.#dead.set(runOf(node, run), node)
    for (const first of this.#dead.keys()) {
      if (this.#dead.size <= MAX_DEAD) break
      this.#dead.delete(first)
    }
    const end = this.#deps.clock.after(this.#deps.graceMs, () => {
      this.#ending.delete(copy)
      this.#empty(copy)
    })
    this.#ending.set(copy, end)
  }

  #empty(copy: NodeCopy): void {
    for (const [id, { rooms }] of copy.people) for (const room of rooms) this.#left(copy, id, room)
    for (const room of copy.more.keys()) this.#setMore(copy, room, 0)
  }
}

function runOf(node: string, run: number): string {
  return `${node} ${run}`
}
