import { MAX_LISTED_USERS } from '@roomful/protocol'
import type { Log } from './log.ts'
import { NoticeFolder } from './notices.ts'
import type { Person } from './people.ts'

/** A log with people in it. */
export class Room {
  readonly name: string
  readonly log: Log
  readonly notices: NoticeFolder
  /** Its notices are looked at once a second. */
  ticking = false
  /** Connections of each person in this room, in order of arrival. */
  readonly #people = new Map<Person, number>()
  readonly #away = new Set<Person>()
  #namesJson: string | null = null
  #listed = 0

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
    const connections = this.#people.get(person) ?? 0
    this.#people.set(person, connections + 1)
    if (connections > 0) return false
    person.rooms.add(this.name)
    this.setAway(person, person.toldAway)
    if (this.#listed < MAX_LISTED_USERS) this.#namesJson = null
    return true
  }

  /** One connection less. Returns true when it was the last. */
  exit(person: Person): boolean {
    const connections = this.#people.get(person) ?? 0
    if (connections > 1) {
      this.#people.set(person, connections - 1)
      return false
    }
    if (this.#people.delete(person)) this.#namesJson = null
    person.rooms.delete(this.name)
    this.#away.delete(person)
    return true
  }

  /** Connections of one person. */
  connectionsOf(person: Person): number {
    return this.#people.get(person) ?? 0
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
    for (const { name } of this.#people.keys()) {
      if (name === null) continue
      if (names.length === MAX_LISTED_USERS) break
      names.push(name)
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

  /** `names()` as JSON, kept until somebody comes or goes: a storm of newcomers asks for it each time. */
  namesJson(): string {
    if (this.#namesJson === null) {
      const names = this.names()
      this.#listed = names.length
      this.#namesJson = JSON.stringify(names)
    }
    return this.#namesJson
  }
}
