/** Connections that broke off: their people stay in their rooms for a while, so that who is back soon has never left. */
import type { Clock } from '../ports/clock.ts'
import type { HubOptions } from './options.ts'
import type { Person } from './person.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'

/** What is left of a connection: no socket and no cursor, only its place in the count. */
interface Remains {
  readonly person: Person
  readonly rooms: Set<Room>
  readonly away: boolean
  /** Monotonic milliseconds. */
  readonly until: number
}

export interface GraceDeps {
  readonly clock: Clock
  readonly rooms: Rooms
  /** `presenceGraceMs` 0: there is none. At most `maxConnections` are on grace at a time; beyond it the time of the first one ends. */
  readonly options: Pick<HubOptions, 'maxConnections' | 'presenceGraceMs'>
  /** The connection counts no more. */
  readonly onEnd: (person: Person, away: boolean) => void
}

export class Grace {
  readonly #deps: GraceDeps
  /** The first to end first. */
  readonly #all = new Set<Remains>()
  readonly #ofPerson = new Map<Person, Set<Remains>>()
  #endTimer: (() => void) | null = null

  constructor(deps: GraceDeps) {
    this.#deps = deps
  }

  /** Whether there is any. */
  get isGiven(): boolean {
    return this.#deps.options.presenceGraceMs > 0
  }

  /** A connection of a person broke off that was in these rooms, and away or not. */
  begin(person: Person, rooms: Iterable<Room>, away: boolean): void {
    const { clock, options } = this.#deps
    const until = clock.monotonic() + options.presenceGraceMs
    const remains = { person, rooms: new Set(rooms), away, until }
    this.#all.add(remains)
    const ofPerson = this.#ofPerson.get(person)
    if (ofPerson === undefined) this.#ofPerson.set(person, new Set([remains]))
    else ofPerson.add(remains)
    for (const first of this.#all) {
      if (this.#all.size <= options.maxConnections) break
      this.#end(first)
    }
    this.#wait()
  }

  /** How many connections of a person broke off and count still. */
  of(person: Person): number {
    return this.#ofPerson.get(person)?.size ?? 0
  }

  /** The person has entered this room with a connection: it needs no other place there any more. */
  returned(person: Person, room: Room): void {
    for (const remains of this.#ofPerson.get(person) ?? []) {
      if (!remains.rooms.delete(room)) continue
      this.#deps.rooms.leave(room, person)
      if (remains.rooms.size === 0) this.#end(remains)
    }
  }

  stop(): void {
    this.#endTimer?.()
  }

  #end(remains: Remains): void {
    const { person, rooms, away } = remains
    this.#all.delete(remains)
    const ofPerson = this.#ofPerson.get(person)
    ofPerson?.delete(remains)
    if (ofPerson?.size === 0) this.#ofPerson.delete(person)
    for (const room of rooms) this.#deps.rooms.leave(room, person)
    this.#deps.onEnd(person, away)
  }

  #wait(): void {
    if (this.#endTimer !== null) return
    for (const { until } of this.#all) {
      this.#endTimer = this.#deps.clock.after(until - this.#deps.clock.monotonic(), () => this.#endDue())
      return
    }
  }

  #endDue(): void {
    this.#endTimer = null
    const now = this.#deps.clock.monotonic()
    for (const remains of this.#all) {
      if (remains.until > now) break
      this.#end(remains)
    }
    this.#wait()
  }
}
