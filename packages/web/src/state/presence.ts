import { nameKey } from '@roomful/protocol'
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { Timers } from './announcer.ts'
import type { Group } from './notices.ts'

/** Milliseconds after which somebody who was writing and is not named again has stopped. */
const STOPS_MS = 6000

/** Milliseconds between two signals of one's own. */
const AGAIN_MS = 3000

/** People in a room up to which it is told that one writes; in larger ones it is noise. */
export const MAX_TYPING_PEOPLE = 100

/** Milliseconds for which nobody looks at the page before one is away. */
export const AWAY_MS = 60_000

export interface PresenceOptions {
  readonly ownKey: string
  readonly timers: Timers
  readonly isHidden: () => boolean
  readonly sendTyping: (to: string | null) => void
  readonly sendAway: (away: boolean) => void
}

/** Who is away, who is writing, and whether one does so oneself: nothing of it is stored anywhere. */
export class Presence {
  readonly typing: ReadonlySignal<Group>
  readonly #options: PresenceOptions
  readonly #away = signal<ReadonlySet<string>>(new Set())
  readonly #typing = signal<Group>({ names: [], others: 0 })
  #typedAt = Number.NEGATIVE_INFINITY
  #isAway = false
  #cancelStop: (() => void) | null = null
  #cancelAway: (() => void) | null = null

  constructor(options: PresenceOptions) {
    this.#options = options
    this.typing = computed(() => this.#typing.value)
  }

  isAway(name: string): boolean {
    return this.#away.value.has(nameKey(name))
  }

  /** In the room, with those of whom the server knows that they are away. */
  begin(away: readonly string[]): void {
    this.#away.value = new Set(away.map(nameKey))
    this.#told(this.#away.value.has(this.#options.ownKey))
    this.#typing.value = { names: [], others: 0 }
    this.#typedAt = Number.NEGATIVE_INFINITY
  }

  heardAway(name: string, away: boolean): void {
    const others = [...this.#away.peek()].filter((key) => key !== nameKey(name))
    this.#away.value = new Set(away ? [...others, nameKey(name)] : others)
    if (nameKey(name) === this.#options.ownKey) this.#told(away)
  }

  /** Another window of this person, which shares the connection, may have said so while this one is looked at. */
  #told(away: boolean): void {
    this.#isAway = away
    if (away && !this.#options.isHidden()) this.#setAway(false)
  }

  heardTyping(usernames: readonly string[], count: number): void {
    const names = usernames.filter((name) => nameKey(name) !== this.#options.ownKey)
    const own = usernames.length - names.length
    this.#typing.value = { names, others: Math.max(0, count - own - names.length) }
    this.#cancelStop?.()
    this.#cancelStop = this.#options.timers.after(STOPS_MS, () => {
      this.#typing.value = { names: [], others: 0 }
    })
  }

  /** Who has said something has stopped writing it. */
  said(author: string): void {
    const { names, others } = this.#typing.peek()
    const left = names.filter((name) => nameKey(name) !== nameKey(author))
    if (left.length < names.length) this.#typing.value = { names: left, others }
  }

  /** The reader writes. `people`: how many would be told. */
  write(to: string | null, people: number): void {
    const now = this.#options.timers.now()
    if (now - this.#typedAt < AGAIN_MS || (to === null && people > MAX_TYPING_PEOPLE)) return
    this.#typedAt = now
    this.#options.sendTyping(to)
  }

  /** What was written is sent: the next letter is news again. */
  wrote(): void {
    this.#typedAt = Number.NEGATIVE_INFINITY
  }

  /** The page is looked at, or is not any more. */
  look(hidden: boolean): void {
    this.#cancelAway?.()
    this.#cancelAway = null
    if (hidden) this.#cancelAway = this.#options.timers.after(AWAY_MS, () => this.#setAway(true))
    else this.#setAway(false)
  }

  end(): void {
    this.#cancelStop?.()
    this.#cancelAway?.()
  }

  #setAway(away: boolean): void {
    if (away === this.#isAway) return
    this.#isAway = away
    this.#options.sendAway(away)
  }
}
