import { nameKey } from '@roomful/protocol'
import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals'
import type { Destination, Drafts } from './drafts.ts'
import type { People } from './people.ts'

/**
 * Whether the person one whispers to is the one who was chosen. `back`: a person of that name left and came since,
 * who may be somebody else.
 */
export type Standing = 'here' | 'gone' | 'back'

export interface ComposingOptions {
  readonly room: () => string
  readonly own: string
  readonly people: () => People
  readonly drafts: Drafts
}

/** What is being written, and to whom. Text and addressee change together, so one never goes to the other's place. */
export class Composing {
  readonly text: ReadonlySignal<string>
  /** Addressee of a private message; null: everybody in the room. */
  readonly to: ReadonlySignal<string | null>
  readonly standing: ReadonlySignal<Standing>
  readonly #options: ComposingOptions
  readonly #text = signal('')
  readonly #to = signal<string | null>(null)
  /** The addressee was seen to leave since it was chosen or confirmed. */
  readonly #wasGone = signal(false)
  readonly #stopWatching: () => void

  constructor(options: ComposingOptions) {
    this.#options = options
    this.text = this.#text
    this.to = this.#to
    this.#text.value = options.drafts.load(this.#destination(null))
    this.standing = computed(() => {
      if (this.#to.value === null) return 'here'
      if (!this.#isHere(this.#to.value)) return 'gone'
      return this.#wasGone.value ? 'back' : 'here'
    })
    this.#stopWatching = effect(() => {
      const to = this.#to.value
      if (to !== null && !this.#isHere(to)) this.#wasGone.value = true
    })
  }

  /** Keeps the text as the draft of its destination. */
  write(text: string): void {
    this.#text.value = text
    this.#options.drafts.save(this.#destination(this.#to.peek()), text)
  }

  /** Turns to one person, or with null to everybody. What was being written stays behind as a draft. */
  address(to: string | null): void {
    batch(() => {
      this.#wasGone.value = false
      this.#to.value = to
      this.#text.value = this.#options.drafts.load(this.#destination(to))
    })
  }

  /** Puts a text back to be changed, with what is already there behind it. */
  takeBack(text: string, to: string | null): void {
    this.address(to)
    const rest = this.#text.peek()
    this.write(rest === '' ? text : `${text}\n${rest}`)
  }

  /** The person of that name who is here now is the one that is meant. */
  confirm(): void {
    this.#wasGone.value = false
  }

  /** Hands over what was written and begins anew. Null while there is nothing to send, or nobody it could safely go to. */
  take(): { readonly text: string; readonly to: string | null } | null {
    const text = this.#text.peek().trim()
    if (text === '' || this.standing.peek() !== 'here') return null
    const to = this.#to.peek()
    this.write('')
    return { text, to }
  }

  end(): void {
    this.#stopWatching()
  }

  /** Whether there is a draft for this person. */
  hasDraft(name: string): boolean {
    return this.#options.drafts.load(this.#destination(name)) !== ''
  }

  #isHere(name: string): boolean {
    const { names, truncated, stale } = this.#options.people()
    return truncated || stale || names.some((each) => nameKey(each) === nameKey(name))
  }

  #destination(to: string | null): Destination {
    const { own, room } = this.#options
    return to === null ? { kind: 'room', room: room() } : { kind: 'person', own, name: to }
  }
}

/** How many bytes of UTF-8 a text has. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
