/** By what somebody is known again: words for a person, a guest's name, a subject, an address. */
import { ANONYMOUS, nameKey } from '@roomful/protocol'
import { type Identity, TOKEN_BEARER_PREFIX } from '../../ports/auth.ts'
import { canonicalAddress, isLoopback } from '../../ports/addresses.ts'
import type { Signer } from '../../ports/signer.ts'
import { limitedAddress } from '../../ports/networks.ts'
import type { Person } from '../person.ts'

/** Words for addresses that are kept, so that each is made once. */
const MAX_KEPT_MARKS = 10_000

/** Marks of one sanction, and of one person who is remembered, at most: further addresses of the same person are not added. */
export const MAX_MARKS = 20

/** Whoever a sanction may be about. */
export interface Marked {
  /** `null` for a guest. */
  readonly identity: Identity | null
  /** All but that of the address. */
  readonly marks: readonly string[]
  /** `null` where it is not known. */
  readonly address: string | null
}

/** Of somebody with a token the subject counts under any name, of a guest also the name: without a resume token a guest is a new person each time. */
export function marksOf(
  { id, key }: Pick<Person, 'id' | 'key'>,
  identity: Identity | null,
): readonly string[] {
  if (identity !== null) return bearerMarks(identity)
  if (key === '') return []
  return id.startsWith(TOKEN_BEARER_PREFIX) ? [`p:${id}`] : [`p:${id}`, guestMark(key)]
}

/** Those of whoever shows a token, or none. */
export function bearerMarks(identity: Identity | null): readonly string[] {
  if (identity === null) return []
  const { person, issuer, subject } = identity
  return [`p:${person}`, `s:${JSON.stringify([issuer, subject])}`]
}

/** Whoever asks without a connection. `address`: `null` where it is not known. */
export function callerOf(identity: Identity | null, address: string | null): Marked {
  return { identity, marks: bearerMarks(identity), address }
}

/** The same who acts under a name: that of a guest counts, also where it is claimed for the one message. */
export function underName(who: Marked, name: string): Marked {
  if (who.identity !== null || name === ANONYMOUS) return who
  const mark = guestMark(nameKey(name))
  if (who.marks.includes(mark)) return who
  return { identity: null, marks: [...who.marks, mark], address: who.address }
}

/** For whoever comes as a guest under a name with this key. */
export function guestMark(key: string): string {
  return `n:${key}`
}

export function isGuestMark(mark: string): boolean {
  return mark.startsWith('n:')
}

/** Whoever said the message with this id: known to the node where it was said, for a while. */
export function messageMark(id: string): string {
  return `m:${id}`
}

export function isAddressMark(mark: string): boolean {
  return mark.startsWith('a:')
}

/** Whoever is, or asks, without a name of their own, under whichever they speak: only the address tells them from others. */
export function isNameless({ marks }: Pick<Marked, 'marks'>): boolean {
  return !marks.some((mark) => mark.startsWith('p:'))
}

/** Words for addresses, of which nothing can be read: of IPv4 for the whole address, of IPv6 for its first 64 bits. */
export class AddressMarks {
  readonly #signer: Signer
  readonly #known = new Map<string, string>()

  constructor(signer: Signer) {
    this.#signer = signer
  }

  /** `null` for what is no address, and for those of the machine itself: behind them may be everybody. */
  of(address: string): string | null {
    const known = this.#known.get(address)
    if (known !== undefined) return known
    const canonical = canonicalAddress(address)
    const network = canonical === null || isLoopback(canonical) ? null : limitedAddress(canonical)
    if (network === null) return null
    const mark = `a:${this.#signer.fingerprint(network)}`
    if (this.#known.size >= MAX_KEPT_MARKS) this.#known.clear()
    this.#known.set(address, mark)
    return mark
  }
}
