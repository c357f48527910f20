/** What this node tells the others of its own people: each change as it happens, and all that holds when somebody has missed some. */
import {
  type Bus,
  type Joined,
  MAX_PRESENCE_CHANGES,
  MAX_SNAPSHOT_PARTS,
  type More,
  type PresenceChange,
  type PresenceHint,
} from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Person } from './person.ts'
import type { Room } from './room.ts'
import type { OwnPresence, Rooms } from './rooms.ts'

/** Milliseconds between two answers to those who ask, and between two tellings of how many more there are. */
const INTERVAL_MS = 1000

/** Parts of a snapshot that go out at once, and milliseconds until the next ones. */
const PARTS_AT_ONCE = 4
const PARTS_PAUSE_MS = 20

/** Milliseconds for which parts that were lost can be asked for. */
const SNAPSHOT_MS = 10_000

/** All that held up to the change `version`. */
interface Snapshot {
  readonly version: number
  readonly parts: readonly (readonly (Joined | More)[])[]
}

export class PresenceShare implements OwnPresence {
  readonly #node: string
  readonly #run: number
  readonly #bus: Bus
  readonly #clock: Clock
  readonly #rooms: () => Rooms
  readonly #limit: number
  #version: number
  /** Not published yet. */
  #changes: PresenceChange[] = []
  #isScheduled = false
  #isStopped = false
  /** Of rooms with more people than are named: those who are not. */
  readonly #unnamed = new Map<Room, Set<Person>>()
  /** Rooms of which the others are told next how many more there are. */
  readonly #moreDue = new Set<Room>()
  #snapshot: Snapshot | null = null
  #isAskedForAll = false
  /** Parts of the snapshot that are to be sent. */
  readonly #toSend = new Set<number>()
  #answeredAt = -Infinity
  #endTimers = { more: noTimer, answer: noTimer, send: noTimer, forget: noTimer }

  /**
   * `node`: the name of this node, `run`: where the numbers of this start of it begin. `limit`: people in a room who are named; of more, the others are told how many. The rooms tell this share, so they are
   * asked for when needed.
   */
  constructor(deps: {
    node: string
    run: number
    bus: Bus
    clock: Clock
    rooms: () => Rooms
    limit: number
  }) {
    this.#node = deps.node
    this.#run = deps.run
    this.#version = deps.run
    this.#bus = deps.bus
    this.#clock = deps.clock
    this.#rooms = deps.rooms
    this.#limit = deps.limit
  }

  /** The others hear that this node has begun, with nobody. */
  begin(): void {
    this.#bus.publish({ presence: [{ kind: 'changes', run: this.#run, from: this.#run, changes: [] }] })
  }

  /** Number of the newest change. */
  get version(): number {
    return this.#version
  }

  joined(room: Room, person: Person): void {
    const unnamed = this.#unnamed.get(room)
    if (unnamed === undefined && room.ownCount <= this.#limit) return this.#add(joinedOf(room, person, true))
    if (unnamed === undefined) this.#unnamed.set(room, new Set([person]))
    else unnamed.add(person)
    this.#tellMoreSoon(room)
  }

  left(room: Room, person: Person): void {
    const unnamed = this.#unnamed.get(room)
    if (!unnamed?.delete(person)) this.#add({ kind: 'left', room: room.name, person: person.id })
    if (unnamed !== undefined) this.#tellMoreSoon(room)
  }

  away(person: Person): void {
    this.#add({ kind: 'away', person: person.id, away: person.sharedAway })
  }

  /** Nothing is told from now on: those who leave because this node ends may come back elsewhere. */
  stop(): void {
    this.#isStopped = true
    for (const end of Object.values(this.#endTimers)) end()
  }

  #add(change: PresenceChange): void {
    if (this.#isStopped) return
    this.#version++
    this.#changes.push(change)
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#clock.endOfTurn(() => this.#publish())
  }

  #publish(): void {
    this.#isScheduled = false
    const changes = this.#changes
    if (changes.length === 0) return
    this.#changes = []
    const first = this.#version - changes.length
    const presence: PresenceHint[] = []
    for (let at = 0; at < changes.length; at += MAX_PRESENCE_CHANGES)
      presence.push({
        kind: 'changes',
        run: this.#run,
        from: first + at,
        changes: changes.slice(at, at + MAX_PRESENCE_CHANGES),
      })
    this.#bus.publish({ presence })
  }

  #tellMoreSoon(room: Room): void {
    if (this.#isStopped) return
    if (this.#moreDue.size === 0)
      this.#endTimers.more = this.#clock.after(INTERVAL_MS, () => this.#tellMore())
    this.#moreDue.add(room)
  }

  #tellMore(): void {
    for (const room of this.#moreDue) {
      const unnamed = this.#unnamed.get(room) ?? new Set()
      // In the places of those who have left, others are named who were there before.
      for (const person of unnamed) {
        if (room.ownCount - unnamed.size >= this.#limit) break
        unnamed.delete(person)
        this.#add(joinedOf(room, person, false))
      }
      this.#add({ kind: 'more', room: room.name, count: unnamed.size })
      if (unnamed.size === 0) this.#unnamed.delete(room)
    }
    this.#moreDue.clear()
    this.#add({ kind: 'more', room: null, count: this.#namedNowhere() })
  }

  /** How many people are in rooms here, and named in none of them. */
  #namedNowhere(): number {
    const people = new Set<Person>()
    for (const unnamed of this.#unnamed.values())
      for (const person of unnamed) if (!this.#isNamed(person)) people.add(person)
    return people.size
  }

  #isNamed(person: Person): boolean {
    for (const name of person.rooms) {
      const room = this.#rooms().get(name)
      if (room === undefined || room.connectionsOf(person) === 0) continue
      if (!this.#unnamed.get(room)?.has(person)) return true
    }
    return false
  }

  /** Another node has missed what some node told: all of it, or parts of the snapshot `version`. */
  asked({ node, version, missing }: Extract<PresenceHint, { kind: 'ask' }>): void {
    if (node !== this.#node || this.#isStopped) return
    const held = this.#snapshot
    if (version === null || held?.version !== version) this.#isAskedForAll = true
    else for (const part of missing) if (part < held.parts.length) this.#toSend.add(part)
    this.#endTimers.answer()
    const inMs = Math.max(0, this.#answeredAt + INTERVAL_MS - this.#clock.monotonic())
    this.#endTimers.answer = this.#clock.after(inMs, () => this.#answer())
  }

  #answer(): void {
    this.#answeredAt = this.#clock.monotonic()
    if (this.#isAskedForAll) {
      this.#isAskedForAll = false
      this.#snapshot = this.#takeSnapshot()
      this.#toSend.clear()
      for (let part = 0; part < this.#snapshot.parts.length; part++) this.#toSend.add(part)
    }
    this.#sendParts()
  }

  #takeSnapshot(): Snapshot {
    const stays: (Joined | More)[] = []
    for (const room of this.#rooms().all()) {
      const unnamed = this.#unnamed.get(room)
      for (const person of room.own()) if (!unnamed?.has(person)) stays.push(joinedOf(room, person, true))
      if (unnamed !== undefined) stays.push({ kind: 'more', room: room.name, count: unnamed.size })
    }
    if (this.#unnamed.size > 0) stays.push({ kind: 'more', room: null, count: this.#namedNowhere() })
    const parts: (Joined | More)[][] = []
    for (let at = 0; at < Math.max(1, stays.length); at += MAX_PRESENCE_CHANGES)
      parts.push(stays.slice(at, at + MAX_PRESENCE_CHANGES))
    return { version: this.#version, parts: parts.slice(0, MAX_SNAPSHOT_PARTS) }
  }

  #sendParts(): void {
    this.#endTimers.send()
    if (this.#snapshot === null || this.#toSend.size === 0) return
    const { version, parts } = this.#snapshot
    const presence: PresenceHint[] = []
    for (const part of this.#toSend) {
      if (presence.length === PARTS_AT_ONCE) break
      this.#toSend.delete(part)
      presence.push({
        kind: 'part',
        run: this.#run,
        version,
        part,
        parts: parts.length,
        stays: parts[part] ?? [],
      })
    }
    this.#bus.publish({ presence })
    this.#endTimers.forget()
    if (this.#toSend.size > 0)
      this.#endTimers.send = this.#clock.after(PARTS_PAUSE_MS, () => this.#sendParts())
    else this.#endTimers.forget = this.#clock.after(SNAPSHOT_MS, () => (this.#snapshot = null))
  }
}

function noTimer(): void {}

function joinedOf(room: Room, { id, name, awayHere }: Person, isNew: boolean): Joined {
  return { kind: 'joined', room: room.name, person: id, name, away: awayHere, isNew }
}
