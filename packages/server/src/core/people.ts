import { nameKey } from '@roomful/protocol'
import type { Clock, Random } from '../ports/clock.ts'
import type { Signer } from '../ports/signer.ts'

/** How long a resume token shows who somebody was. */
const TOKEN_LIFE_MS = 7 * 24 * 3600 * 1000

/** How long one that is known to be good is given again: whoever loses the connection again and again need not cost a signature each time. */
const TOKEN_FRESH_MS = 3600 * 1000

/** Random bytes of a person's id: it names the private log, so it must not be guessed. */
const PERSON_ID_BYTES = 16

/** Somebody who is here, with one connection or several. An anonymous connection is a person without a name. */
export class Person {
  readonly id: string
  readonly name: string | null
  readonly key: string
  connections = 0
  /** The newest resume token that was given or shown. */
  token: Token | null = null
  /** Of them, those that nobody looks at. */
  awayConnections = 0
  /** What the rooms were told last. */
  toldAway = false
  /** Names of the rooms that some connection of the person is in. */
  readonly rooms = new Set<string>()

  constructor(id: string, name: string | null, key: string) {
    this.id = id
    this.name = name
    this.key = key
  }

  get away(): boolean {
    return this.awayConnections > 0 && this.awayConnections === this.connections
  }
}

interface Token {
  readonly text: string
  readonly person: string
  /** Wall time, milliseconds since 1970. */
  readonly expires: number
}

export type Claim = { readonly person: Person; readonly known: boolean } | 'taken'

/** Who is here, by name. Names are unique by key among the living; a resume token shows that it is the same person. */
export class People {
  readonly #byKey = new Map<string, Person>()
  readonly #random: Random
  readonly #clock: Clock
  readonly #signer: Signer
  readonly #shared: boolean
  #anonymous = 0

  constructor(deps: { random: Random; clock: Clock; signer: Signer; shared: boolean }) {
    this.#random = deps.random
    this.#clock = deps.clock
    this.#signer = deps.signer
    this.#shared = deps.shared
  }

  /** The live person of that name, in any spelling that has its key. */
  find(name: string): Person | undefined {
    return this.#byKey.get(nameKey(name))
  }

  /** Claims a name for a connection. `known` says that the person may have a private log already. */
  claim(name: string, key: string, token: string | null): Claim {
    const shown = token === null ? null : this.#openToken(token, key)
    const living = this.#byKey.get(key)
    if (living) {
      if (!this.#shared && living.id !== shown?.person) return 'taken'
      living.connections++
      return { person: living, known: true }
    }
    const person = new Person(shown?.person ?? this.#random.token(PERSON_ID_BYTES), name, key)
    person.token = shown
    person.connections = 1
    this.#byKey.set(key, person)
    return { person, known: shown !== null }
  }

  anonymous(): Person {
    const person = new Person(`anonymous-${++this.#anonymous}`, null, '')
    person.connections = 1
    return person
  }

  /** One of the person's connections is gone; with the last one the name becomes free. */
  release(person: Person): void {
    person.connections--
    if (person.connections === 0 && this.#byKey.get(person.key) === person) this.#byKey.delete(person.key)
  }

  /** Signed proof of who bears this name now, valid for seven days from its signing, which was within the hour. */
  token(person: Person): string {
    const { id, key, token } = person
    const now = this.#clock.now()
    const leftMs = token === null ? 0 : token.expires - now
    if (token !== null && leftMs > TOKEN_LIFE_MS - TOKEN_FRESH_MS && leftMs <= TOKEN_LIFE_MS)
      return token.text
    const expires = now + TOKEN_LIFE_MS
    const text = this.#signer.sign(JSON.stringify([id, key, expires]))
    person.token = { text, person: id, expires }
    return text
  }

  #openToken(text: string, key: string): Token | null {
    const signed = this.#signer.open(text)
    if (signed === null) return null
    const claim: unknown = JSON.parse(signed)
    if (!Array.isArray(claim)) return null
    const [person, boundKey, expires] = claim as unknown[]
    if (typeof person !== 'string' || boundKey !== key || typeof expires !== 'number') return null
    return expires > this.#clock.now() ? { text, person, expires } : null
  }
}
