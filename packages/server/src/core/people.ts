import { nameKey } from '@roomful/protocol'
import { type Identity, TOKEN_BEARER_PREFIX } from '../ports/auth.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { NameClaim } from '../ports/registry.ts'
import type { Signer } from '../ports/signer.ts'
import type { NameDesk } from './name-desk.ts'
import { type Everybody, Person, type Token } from './person.ts'

/** How long a resume token shows who somebody was. */
const TOKEN_LIFE_MS = 7 * 24 * 3600 * 1000

/** How long one that is known to be good is given again: whoever loses the connection again and again need not cost a signature each time. */
const TOKEN_FRESH_MS = 3600 * 1000

/** Random bytes of a person's id: it names the private log, so it must not be guessed. */
const PERSON_ID_BYTES = 16

export type Claim = { readonly person: Person; readonly known: boolean } | 'taken'

/**
 * Who is here, by name. Names are unique by key among the living, on all nodes where there are several; a resume token shows that it is
 * the same person.
 */
export class People {
  readonly #byKey = new Map<string, Person>()
  readonly #desk: NameDesk | null
  readonly #random: Random
  readonly #clock: Clock
  readonly #signer: Signer
  readonly #shared: boolean
  readonly #everybody: Everybody
  #anonymous = 0

  /** `desk`: speaks with the other nodes; `null` without any. */
  constructor(deps: {
    random: Random
    clock: Clock
    signer: Signer
    shared: boolean
    desk: NameDesk | null
    everybody: Everybody
  }) {
    this.#desk = deps.desk
    this.#random = deps.random
    this.#clock = deps.clock
    this.#signer = deps.signer
    this.#shared = deps.shared
    this.#everybody = deps.everybody
  }

  /** The live person of that name, in any spelling that has its key. */
  find(name: string): Person | undefined {
    return this.#byKey.get(nameKey(name))
  }

  /**
   * Claims a name for a connection: at once where this node knows the answer. `proof`: a resume token, or who the claimant is. `known` says that the person may have a private log already. A promise rejects
   * with `StoreUnavailable`.
   */
  claim(name: string, key: string, proof: string | Identity | null): Claim | Promise<Claim> {
    const shown = typeof proof === 'string' ? this.#openToken(proof, key) : proof
    const living = this.#byKey.get(key)
    if (living) {
      if (!this.#shared && living.id !== shown?.person) return 'taken'
      living.connections++
      return { person: living, known: true }
    }
    if (this.#desk !== null) return this.#claimAmongAll(this.#desk, name, key, shown)
    const id = shown?.person ?? this.#random.token(PERSON_ID_BYTES)
    return { person: this.#begin(id, name, key, shown), known: shown !== null }
  }

  async #claimAmongAll(
    desk: NameDesk,
    name: string,
    key: string,
    shown: Token | Identity | null,
  ): Promise<Claim> {
    const fresh = this.#random.token(PERSON_ID_BYTES)
    const claim = { key, name, shown: shown?.person ?? null, fresh, shared: this.#shared }
    const claimed = await desk.claim(claim)
    if (claimed.outcome === 'taken') return 'taken'
    const living = this.#byKey.get(key)
    if (living === undefined) {
      const token = shown?.person === claimed.person ? shown : null
      const person = this.#begin(claimed.person, name, key, token)
      return { person, known: claimed.person !== fresh }
    }
    // Another connection was let in while this one waited. A person needs a name once, however many connections there are.
    desk.release(key)
    if (living.id !== claimed.person) return 'taken'
    living.connections++
    return { person: living, known: true }
  }

  #begin(id: string, name: string, key: string, shown: Token | Identity | null): Person {
    const person = this.#everybody.of(id, name, key)
    person.isLost = false
    person.token = shown !== null && 'text' in shown ? shown : null
    person.connections = 1
    person.since = this.#clock.now()
    this.#byKey.set(key, person)
    return person
  }

  /** The names that are borne here, as they would be claimed again. */
  borne(): NameClaim[] {
    return [...this.#byKey.values()].map(({ key, id, name }) => ({
      key,
      name: name ?? '',
      shown: id,
      fresh: id,
      shared: false,
    }))
  }

  /** These people, by id, bear their names no more. */
  lose(ids: ReadonlySet<string>): void {
    for (const person of this.#byKey.values()) if (ids.has(person.id)) person.isLost = true
  }

  anonymous(): Person {
    const person = new Person(`anonymous-${++this.#anonymous}`, null, '')
    person.connections = 1
    return person
  }

  /** One of the person's connections is gone; with the last one the name becomes free. */
  release(person: Person): void {
    person.connections--
    if (person.connections > 0) return
    this.#everybody.forgetGone(person)
    if (this.#byKey.get(person.key) !== person) return
    this.#byKey.delete(person.key)
    this.#desk?.release(person.key)
  }

  /** Signed proof of who bears this name now, valid for seven days from its signing, which was within the hour. `null` for those who have shown another one. */
  token(person: Person): string | null {
    const { id, key, token } = person
    if (id.startsWith(TOKEN_BEARER_PREFIX)) return null
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
