import type { Joined, More, PresenceChange } from '../ports/bus.ts'
import type { Person } from './person.ts'

/** Changes that wait for those before them; beyond it they are let go, and the node is asked for all that holds. */
const MAX_WAITING_CHANGES = 20_000

/** A person as another node tells of them. */
export interface Resident {
  readonly person: Person
  /** Rooms that they are in on that node. */
  rooms: readonly string[]
  away: boolean
}

/** Parts of a snapshot that have arrived. */
export class Staging {
  readonly version: number
  readonly #parts: (readonly (Joined | More)[] | undefined)[]
  #missing: number
  /** Something has arrived since the last look. */
  hasGrown = true

  constructor(version: number, parts: number) {
    this.version = version
    this.#parts = Array.from({ length: parts })
    this.#missing = parts
  }

  get isWhole(): boolean {
    return this.#missing === 0
  }

  add(part: number, parts: number, stays: readonly (Joined | More)[]): void {
    if (parts !== this.#parts.length || part >= parts || this.#parts[part] !== undefined) return
    this.#parts[part] = stays
    this.#missing--
    this.hasGrown = true
  }

  /** The first parts that have not arrived. */
  missing(limit: number): number[] {
    const missing: number[] = []
    for (let part = 0; part < this.#parts.length && missing.length < limit; part++)
      if (this.#parts[part] === undefined) missing.push(part)
    return missing
  }

  *stays(): Iterable<Joined | More> {
    for (const part of this.#parts) if (part !== undefined) yield* part
  }
}

/** What this node knows of the people on another one, and how far it has heard. */
export class NodeCopy {
  readonly node: string
  #run: number | null = null
  /** Number up to which the node's changes are in this copy. */
  version = 0
  /** The highest that was heard of. */
  heardOf = 0
  /** The highest that had been heard of at the last look: by the next one it has had its time to arrive. */
  due = 0
  /** What it must hold to lack nothing that had its time. */
  lacks = 0
  readonly people = new Map<string, Resident>()
  /** How many people are not named, by room; `null` for those who are named nowhere. */
  readonly more = new Map<string | null, number>()
  staging: Staging | null = null
  /** The number that the registry has named with the node among the living; -1 before it has. */
  listed = -1
  /** Looks at which it was not named, before it ever was. */
  unlistedLooks = 0
  /** Monotonic milliseconds of the first look since which it is incomplete and nothing was heard of the node; `null` when there is none. */
  unheardSince: number | null = null
  /** It was said that the node is not heard, and it has not been heard since. */
  isUnheard = false
  /** Up to there the node's changes were told before this node began; `null` until that is known. */
  #before: number | null
  readonly #waiting = new Map<number, readonly PresenceChange[]>()
  #waitingChanges = 0
  /** Nothing that waits is further in front. */
  #foremost = Infinity

  /** `isNew`: the node was not there when this one began. */
  constructor(node: string, isNew: boolean) {
    this.node = node
    this.#before = isNew ? 0 : null
  }

  /** Who is new in a snapshot has joined, and was not there already when this node began. */
  get isTold(): boolean {
    return this.#before !== null && this.version >= this.#before
  }

  /** It lacks nothing that it ought to hold by now. */
  get isWhole(): boolean {
    return this.version >= this.lacks && this.#waiting.size === 0
  }

  /** Which start of the node it is of; `null` until it has told something. */
  get run(): number | null {
    return this.#run
  }

  /** It is of the start whose changes are numbered from here. */
  learn(run: number): void {
    this.#run = run
    this.version = Math.max(this.version, run)
    // What the registry named was told by an earlier start.
    if (this.listed < run) this.listed = Math.min(this.listed, 0)
  }

  /** What was told up to there was told before this node listened: nothing of it is on its way. */
  missedAll(version: number): void {
    this.due = version
    this.lacks = version
    this.#before ??= version
  }

  /** Another look. Answers whether it lacks what was heard of at the look before. */
  look(): boolean {
    const { due } = this
    this.due = this.heardOf
    if (this.version >= due) return false
    this.lacks = due
    return true
  }

  /** The node has told something, or has nothing to tell. */
  heard(): void {
    this.unheardSince = null
    this.isUnheard = false
  }

  /** Keeps changes that came before those in front of them. */
  wait(from: number, changes: readonly PresenceChange[]): void {
    const known = this.#waiting.get(from)?.length ?? 0
    const isTooMuch = from > this.version && this.#waitingChanges + changes.length > MAX_WAITING_CHANGES
    if (changes.length <= known || isTooMuch) return
    this.#waiting.set(from, changes)
    this.#waitingChanges += changes.length - known
    this.#foremost = Math.min(this.#foremost, from)
  }

  /** Changes that are next in the order of their numbers, without those that the copy holds already. */
  takeNext(): readonly PresenceChange[] | null {
    if (this.#foremost > this.version) return null
    for (const [from, changes] of this.#waiting) {
      if (from > this.version) continue
      this.#waiting.delete(from)
      this.#waitingChanges -= changes.length
      if (from + changes.length > this.version) return changes.slice(this.version - from)
    }
    this.#foremost = Infinity
    for (const from of this.#waiting.keys()) this.#foremost = Math.min(this.#foremost, from)
    return null
  }
}
