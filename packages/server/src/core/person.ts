/** Shared by all who are in no room. */
const NOWHERE: readonly string[] = []

/** Somebody who is here or on another node, with one connection or several. An anonymous connection is a person without a name. */
export class Person {
  readonly id: string
  readonly name: string | null
  readonly key: string
  /** Connections to this node, and those that broke off and may be back. */
  connections = 0
  /** The name is somebody else's by now, on another node: this person goes. */
  isLost = false
  /** Since when somebody has borne the name on this node, wall time. */
  since = 0
  /** The newest resume token that was given or shown. */
  token: Token | null = null
  /** Of the connections, those that nobody looks at. */
  awayConnections = 0
  /** Other nodes on which they are in rooms, and of them those on which nobody looks. */
  nodes = 0
  awayNodes = 0
  /** What the rooms were told last. */
  toldAway = false
  /** What the other nodes were told last. */
  sharedAway = false
  /** Names of the rooms that they are in, on whichever node, each once. A new array each time: one that grows, or a set, takes 200 bytes more. */
  rooms: readonly string[] = NOWHERE

  constructor(id: string, name: string | null, key: string) {
    this.id = id
    this.name = name
    this.key = key
  }

  /** Nobody looks at any of their connections to this node. */
  get awayHere(): boolean {
    return this.connections > 0 && this.awayConnections === this.connections
  }

  /** Nobody looks at any of their connections. */
  get away(): boolean {
    const { connections, awayConnections, nodes, awayNodes } = this
    return connections + nodes > 0 && awayConnections === connections && awayNodes === nodes
  }
}

export interface Token {
  readonly text: string
  readonly person: string
  /** Wall time, milliseconds since 1970. */
  readonly expires: number
}

/** Those with a name of whom this node knows, on whichever node they are: one object for each id. */
export class Everybody {
  readonly #byId = new Map<string, Person>()

  find(id: string): Person | undefined {
    return this.#byId.get(id)
  }

  /** The person of that id, who is known from now on. */
  of(id: string, name: string, key: string): Person {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    const person = new Person(id, name, key)
    this.#byId.set(id, person)
    return person
  }

  /** Forgets a person who is nowhere any more. */
  forgetGone(person: Person): void {
    if (person.connections + person.nodes === 0) this.#byId.delete(person.id)
  }
}
