import { MAX_LISTED_USERS } from '@roomful/protocol'
import type { Log } from './log.ts'
import { NoticeFolder } from './notices.ts'
import type { Person } from './people.ts'

/** Somebody's time in a room: with how many connections, and as which of all who ever came. */
interface Stay {
  connections: number
  readonly arrival: number
}

/** A log with people in it. */
export class Room {
  readonly name: string
  readonly log: Log
  readonly notices: NoticeFolder
  /** Its notices are looked at once a second. */
  ticking = false
  /** Those in this room, in order of arrival. */
  readonly #people = new Map<Person, Stay>()
  readonly #away = new Set<Person>()
  #arrivals = 0
  #namesJson: string | null = null
  #listed = 0
  /** Arrival of the last one who is listed. */
  #listedUpTo = 0

  constructor(log: Log, noticesPerSecond: number) {
    this.name = log.name
    this.log = log
    this.notices = new NoticeFolder(noticesPerSecond)
  }

  /** People and anonymous connections. */
  get count(): number {
    return this.#people.size
  }

  /** One more connection of a person. Returns true when it is the first. */
  enter(person: Person): boolean {
    const stay = this.#people.get(person)
    if (stay !== undefined) {
      stay.connections++
      return false
    }
    this.#people.set(person, { connections: 1, arrival: ++this.#arrivals })
    person.rooms.add(this.name)
    this.setAway(person, person.toldAway)
    if (this.#listed < MAX_LISTED_USERS) this.#namesJson = null
    return true
  }

  /** One connection less. Returns true when it was the last. */
  exit(person: Person): boolean {
    const stay = this.#people.get(person)
    if (stay !== undefined && stay.connections > 1) {
      stay.connections--
      return false
    }
    this.#people.delete(person)
    if (stay !== undefined && stay.arrival <= this.#listedUpTo) this.#namesJson = null
    person.rooms.delete(this.name)
    this.#away.delete(person)
    return true
  }

  /** Connections of one person. */
  connectionsOf(person: Person): number {
    return this.#people.get(person)?.connections ?? 0
  }

  setAway(person: Person, away: boolean): void {
    if (away) this.#away.add(person)
    else this.#away.delete(person)
  }

  /** Names of those who are away, at most `MAX_LISTED_USERS`. */
  awayNames(): string[] {
    const names: string[] = []
    for (const { name } of this.#away) {
      if (names.length === MAX_LISTED_USERS) break
      if (name !== null) names.push(name)
    }
    return names
  }

  /** Names in order of arrival, at most `MAX_LISTED_USERS`. */
  names(): string[] {
    const names: string[] = []
    for (const [{ name }, { arrival }] of this.#people) {
      if (name === null) continue
      if (names.length === MAX_LISTED_USERS) break
      names.push(name)
      this.#listedUpTo = arrival
    }
    return names
  }

  /** More people have a name than `names` lists. */
  get truncated(): boolean {
    let named = 0
    if (this.#people.size <= MAX_LISTED_USERS) return false
    for (const { name } of this.#people.keys()) if (name !== null && ++named > MAX_LISTED_USERS) return true
    return false
  }

  /** `names()` as JSON, kept until it changes: a storm of newcomers asks for it each time. */
  namesJson(): string {
    if (this.#namesJson === null) {
      const names = this.names()
      this.#listed = names.length
      this.#namesJson = JSON.stringify(names)
    }
    return this.#namesJson
  }
}
