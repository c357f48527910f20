import type { Identity } from '../ports/auth.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Signer } from '../ports/signer.ts'
import { type Store, StoreUnavailable, TICKET_LOG, TICKETS_KEPT } from '../ports/store.ts'
import type { LogWriter } from './log-writer.ts'
import { ownEntry } from './own-entry.ts'

/** Milliseconds for which a ticket may be shown. */
export const TICKET_LIFE_MS = 30_000

/** Longest ticket, in characters: it has to fit into the first line of a request. */
const MAX_TICKET_LENGTH = 4_096

/** Random bytes that tell tickets apart. */
const ID_BYTES = 16

/** Who shows a ticket is nobody in the log that notes it. */
const NOBODY = { name: '', person: null } as const

/** What is signed. */
interface Content {
  readonly ticket: string
  readonly identity: Identity
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Number of the newest entry of the log when it was issued. */
  readonly head: number
}

export interface Ticket {
  readonly ticket: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/**
 * AU13: what a token is changed for, to be shown once and soon. Every node can read it, as all have the secret; that it is shown once is the store's word, which
 * takes an entry with the ticket's id a first time only. Docs: docs/decisions/0021-tickets.md.
 */
export class Tickets {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** `null` when it would be too long. Rejects with `StoreUnavailable`. */
  async issue(identity: Identity): Promise<Ticket | null> {
    const { clock, random, signer, store } = this.#deps
    const [head = 0] = await store.heads([TICKET_LOG])
    const expiresAt = Math.min(clock.now() + TICKET_LIFE_MS, identity.expiresAt)
    const content: Content = { ticket: random.token(ID_BYTES), identity, expiresAt, head }
    const ticket = signer.sign(JSON.stringify(content))
    return ticket.length > MAX_TICKET_LENGTH ? null : { ticket, expiresAt }
  }

  /** Whom it was issued for; `null` when it is none, too old, or was shown before. Rejects with `StoreUnavailable`, and may count as shown then. */
  async redeem(ticket: string): Promise<Identity | null> {
    const content = this.#read(ticket)
    if (content === null || content.expiresAt <= this.#deps.clock.now()) return null
    const seq = await this.#note(content.ticket)
    if (seq === null) return null
    // So many were shown since that the store may have forgotten the first time.
    if (seq - content.head > TICKETS_KEPT) throw new StoreUnavailable('Too many tickets were shown since.')
    return content.identity
  }

  #read(ticket: string): Content | null {
    if (ticket.length > MAX_TICKET_LENGTH) return null
    const text = this.#deps.signer.open(ticket)
    if (text === null) return null
    const signed: unknown = JSON.parse(text)
    // Resume tokens are signed with the same secret, and are lists.
    return typeof signed === 'object' && signed !== null && 'ticket' in signed ? (signed as Content) : null
  }

  /** Answers with its number, and `null` when it was noted before. */
  #note(id: string): Promise<number | null> {
    const { writer, clock, nextId } = this.#deps
    const noted = { log: TICKET_LOG, id: nextId(), at: clock.now(), text: 'shown', clientId: id }
    return new Promise((resolve, reject) => {
      writer.append(ownEntry(noted, NOBODY), (result) => {
        if (result?.outcome === 'appended') resolve(result.seq)
        else if (result?.outcome === 'duplicate' || result?.outcome === 'conflict') resolve(null)
        else reject(new StoreUnavailable('The ticket is not noted.'))
      })
    })
  }
}

interface Deps {
  readonly store: Store
  readonly writer: LogWriter
  readonly signer: Signer
  readonly clock: Clock
  readonly random: Random
  readonly nextId: () => string
}
