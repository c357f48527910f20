import { MAX_LISTED_USERS } from '@roomful/protocol'
import { NoticeFolder } from './notices.ts'
import type { Person } from './person.ts'

/** Somebody's time in a room: with how many connections here, on how many other nodes, and as which of all who ever came. */
interface Stay {
  connections: number
  nodes: number
  readonly arrival: number
}

/** The people in a room, on whichever node. What they say stands in the log of the same name. */
export class Room {
  readonly name: string
  /** Its notices are looked at once a second. */
  ticking = false
  /** Those of whom this node knows who they are, in order of arrival. */
  readonly #people = new Map<Person, Stay>()
  /** `null` while nobody is. */
  #away: Set<Person> | null = null
  readonly #noticesPerSecond: number
  #notices: NoticeFolder | null = null
  #ownCount = 0
  #more = 0
  #arrivals = 0
  #namesJson: string | null = null
  #listed = 0
  /** Arrival of the last one who is listed. */
  #listedUpTo = 0

  constructor(name: string, noticesPerSecond: number) {
    this.name = name
    this.#noticesPerSecond = noticesPerSecond
  }

  /** Made when it is needed: in most rooms of a cluster nobody of this node is to be told. */
  get notices(): NoticeFolder {
    this.#notices ??= new NoticeFolder(this.#noticesPerSecond)
    return this.#notices
  }

  /** People and anonymous connections. */
  get count(): number {
    return this.#people.size + this.#more
  }

  /** Of them, those with connections to this node. */
  get ownCount(): number {
    return this.#ownCount
  }

  /** One more connection of a person. Returns true when the person comes with it. */
  enter(person: Person): boolean {
    const stay = this.#people.get(person)
    if ((stay?.connections ?? 0) === 0) this.#ownCount++
    if (stay === undefined) return this.#arrive(person, 1, 0)
    stay.connections++
    return false
  }

  /** One connection less. Returns true when the person goes with it. */
  exit(person: Person): boolean {
    const stay = this.#people.get(person)
    if (stay === undefined || stay.connections === 0) return false
    stay.connections--
    if (stay.connections === 0) this.#ownCount--
    return this.#goUnless(person, stay)
  }

  /** The person is in this room on one more other node. Returns true when the person comes with it. */
  enterElsewhere(person: Person): boolean {
    const stay = this.#people.get(person)
    if (stay === undefined) return this.#arrive(person, 0, 1)
    stay.nodes++
    return false
  }

  /** On one other node less. Returns true when the person goes with it. */
  exitElsewhere(person: Person): boolean {
    const stay = this.#people.get(person)
    if (stay === undefined || stay.nodes === 0) return false
    stay.nodes--
    return this.#goUnless(person, stay)
  }

  /** So many more people on other nodes of whom nobody says who they are; fewer when negative. */
  addMore(count: number): void {
    this.#more += count
  }

  #arrive(person: Person, connections: number, nodes: number): true {
    this.#people.set(person, { connections, nodes, arrival: ++this.#arrivals })
    person.rooms = person.rooms.concat(this.name)
    this.setAway(person, person.toldAway)
    if (this.#listed < MAX_LISTED_USERS) this.#namesJson = null
    return true
  }

  #goUnless(person: Person, stay: Stay): boolean {
    if (stay.connections + stay.nodes > 0) return false
    this.#people.delete(person)
    if (stay.arrival <= this.#listedUpTo) this.#namesJson = null
    person.rooms = person.rooms.filter((name) => name !== this.name)
    this.#away?.delete(person)
    return true
  }

  /** Whether the person is in this room, on whichever node. */
  includes(person: Person): boolean {
    return this.#people.has(person)
  }

  /** Connections to this node of one person. */
  connectionsOf(person: Person): number {
    return this.#people.get(person)?.connections ?? 0
  }

  /** Those with connections to this node, in order of arrival. */
  *own(): Iterable<Person> {
    for (const [person, { connections }] of this.#people) if (connections > 0) yield person
  }

  setAway(person: Person, away: boolean): void {
    if (away) (this.#away ??= new Set()).add(person)
    else this.#away?.delete(person)
  }

  /** Names of those who are away, at most `MAX_LISTED_USERS`. */
  awayNames(): string[] {
    const names: string[] = []
    for (const { name } of this.#away ?? []) {
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

  /** `names` does not list all who have a name. */
  get truncated(): boolean {
    return this.#more > 0 || hasMoreNames(this.#people)
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

/** Whether more than `MAX_LISTED_USERS` of them have a name. */
export function hasMoreNames(people: ReadonlySet<Person> | ReadonlyMap<Person, unknown>): boolean {
  if (people.size <= MAX_LISTED_USERS) return false
  let named = 0
  for (const { name } of people.keys()) if (name !== null && ++named > MAX_LISTED_USERS) return true
  return false
}
