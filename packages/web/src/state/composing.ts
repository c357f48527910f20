import { nameKey } from '@roomful/protocol'
import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals'
import type { About, Destination, Drafts } from './drafts.ts'
import type { People } from './people.ts'

/**
 * Whether the person one whispers to is the one who was chosen. `back`: a person of that name left and came since,
 * who may be somebody else.
 */
export type Standing = 'here' | 'gone' | 'back'

/** What was written, ready to go. */
export interface Written {
  readonly text: string
  readonly to: string | null
  readonly about: About | null
}

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
  readonly about: ReadonlySignal<About | null>
  readonly #options: ComposingOptions
  readonly #text = signal('')
  readonly #to = signal<string | null>(null)
  readonly #about = signal<About | null>(null)
  /** The addressee was seen to leave since it was chosen or confirmed. */
  readonly #wasGone = signal(false)
  readonly #stopWatching: () => void

  constructor(options: ComposingOptions) {
    this.#options = options
    this.text = this.#text
    this.to = this.#to
    this.about = this.#about
    this.address(null)
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
    this.#keep()
  }

  /** An answer is kept with what it answers. */
  #keep(): void {
    const about = this.#about.peek()
    this.#options.drafts.save(this.#here(), this.#text.peek(), about?.kind === 'reply' ? about : null)
  }

  /** Turns to one person, or with null to everybody. What was being written stays behind as a draft. */
  address(to: string | null): void {
    batch(() => {
      this.#wasGone.value = false
      this.#to.value = to
      this.#about.value = this.#options.drafts.replyOf(this.#destination(to))
      this.#text.value = this.#options.drafts.load(this.#destination(to))
    })
  }

  /** Answers a message; a private one of `to` in private. What is being written stays. */
  reply(about: Omit<About, 'kind'>, to: string | null): void {
    batch(() => {
      if (this.#about.peek()?.kind === 'edit' || this.#to.peek() !== to) this.address(to)
      this.#about.value = { ...about, kind: 'reply' }
      this.#keep()
    })
  }

  /** Changes a message of one's own. What was being written stays behind as a draft. */
  edit(about: Omit<About, 'kind'>): void {
    batch(() => {
      this.#about.value = { ...about, kind: 'edit' }
      const begun = this.#options.drafts.load(this.#here())
      this.#text.value = begun === '' ? about.text : begun
    })
  }

  /** Neither answers nor changes anything any more. */
  dismiss(): void {
    batch(() => {
      const edited = this.#about.peek()?.kind === 'edit'
      if (edited) this.#options.drafts.save(this.#here(), '')
      this.#about.value = edited ? this.#options.drafts.replyOf(this.#destination(this.#to.peek())) : null
      this.#text.value = this.#options.drafts.load(this.#here())
      if (!edited) this.#keep()
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

  /**
   * Hands over what was written and begins anew. Null while there is nothing to send, or nobody it could safely go to, and when
   * `give` says that it was not taken.
   */
  take(give: (written: Written) => boolean = () => true): Written | null {
    const text = this.#text.peek().trim()
    const about = this.#about.peek()
    const to = this.#to.peek()
    if (text === '' || (about?.kind !== 'edit' && this.standing.peek() !== 'here')) return null
    const unchanged = about?.kind === 'edit' && text === about.text
    const written = { text, to, about }
    if (!unchanged && !give(written)) return null
    batch(() => {
      this.write('')
      this.dismiss()
    })
    return unchanged ? null : written
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

  #here(): Destination {
    const about = this.#about.peek()
    return about?.kind === 'edit' ? { kind: 'edit', id: about.id } : this.#destination(this.#to.peek())
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
