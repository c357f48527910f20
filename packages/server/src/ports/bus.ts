/**
 * Bus: what nodes tell each other. Deliberately weak: it may lose, repeat and reorder. Nothing rests on it alone: whoever holds `seq` n and
 * hears of n+2 reads n+1 from the store, a node that missed a change of presence asks for all of it, and a lost signal is lost.
 */
import type { Entry } from './store.ts'
import type { EntryTrace } from './tracer.ts'

/** Most changes of presence that one hint or one part of a snapshot carries. */
export const MAX_PRESENCE_CHANGES = 250

/** Most parts of a snapshot. */
export const MAX_SNAPSHOT_PARTS = 8_000

/** Most parts that are asked for anew at once. */
export const MAX_MISSING_PARTS = 200

/** What is counted per time (PROTOCOL.md, LI1 to LI4, LI12). */
export const METERED = ['messages', 'bytes', 'joins', 'signals', 'logs', 'connects', 'requests'] as const

export type Metered = (typeof METERED)[number]

/** What somebody does at this moment, on the node that tells it. */
export type Signal =
  | {
      readonly kind: 'typing'
      /** A room, or the private log of the one who is told. */
      readonly log: string
      readonly person: string
      /** `null` for somebody without a name. */
      readonly name: string | null
    }
  | {
      readonly kind: 'read'
      /** The log that was read: a room, or the person's private log. */
      readonly log: string
      readonly person: string
      readonly name: string
      readonly seq: number
    }
  | Usage

/** What a person or an address has used on the node that tells it since it was last told, and how many connections there are now. */
export interface Usage {
  readonly kind: 'usage'
  /** Rises from telling to telling of a node. */
  readonly number: number
  readonly scope: 'user' | 'address'
  readonly key: string
  readonly connections: number
  readonly used: Readonly<Partial<Record<Metered, number>>>
}

/** Somebody is in a room with a connection to the node that tells it. */
export interface Joined {
  readonly kind: 'joined'
  readonly room: string
  readonly person: string
  readonly name: string | null
  /** Nobody looks at any of their connections to that node. */
  readonly away: boolean
  /** False for one who was there before and only had not been named. */
  readonly isNew: boolean
}

/** How many people of the node that tells it are in a room and not named, or, without a room, are named in none. */
export interface More {
  readonly kind: 'more'
  readonly room: string | null
  readonly count: number
}

/** A change of who is in rooms on the node that tells it. */
export type PresenceChange =
  | Joined
  | { readonly kind: 'left'; readonly room: string; readonly person: string }
  | { readonly kind: 'away'; readonly person: string; readonly away: boolean }
  | More

/**
 * Changes are numbered; the count begins at `run`, which tells a start of a node from earlier ones of the same name, whose numbers are lower.
 * `changes`: those behind the number `from`. Empty ones say that the node has begun.
 * `part`: one of `parts` of all that holds up to the change `version`.
 * `ask`: `node` shall tell all that holds, or those parts of what held at `version`.
 */
export type PresenceHint =
  | {
      readonly kind: 'changes'
      readonly run: number
      readonly from: number
      readonly changes: readonly PresenceChange[]
    }
  | {
      readonly kind: 'part'
      readonly run: number
      readonly version: number
      readonly part: number
      readonly parts: number
      readonly stays: readonly (Joined | More)[]
    }
  | {
      readonly kind: 'ask'
      readonly node: string
      readonly version: number | null
      readonly missing: readonly number[]
    }

/** What one node tells the others at once. */
export interface Hint {
  /** Entries that were just committed, in the order of their logs' numbers. */
  readonly entries?: readonly Entry[]
  readonly signals?: readonly Signal[]
  readonly presence?: readonly PresenceHint[]
  /** Of those entries that are followed. */
  readonly traces?: readonly EntryTrace[]
}

export interface Bus {
  /** Tells every other node. Never throws and never waits; what cannot be sent is lost. */
  publish(hint: Hint): void
  /** Calls `listener` for what other nodes publish, not for one's own, with the name of the node. Returns the end of it. */
  subscribe(listener: (hint: Hint, from: string) => void): () => void
  /** Whether at this moment, as far as is known, no hint comes or goes. Until it is back, others are heard by what the store and the registry say. */
  readonly isLost: boolean
  /** How many of one's own hints have come back by way of a broker since the start; `null` or absent where none do. */
  readonly echoes?: number | null
  close(): Promise<void>
}
