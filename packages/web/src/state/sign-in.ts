import { nameKey } from '@roomful/protocol'
import { signal } from '@preact/signals'
import type { Timers } from './announcer.ts'
import type { KeyValues } from './storage.ts'

/** What the server says of whoever shows a token, or none: rule AU12. */
export interface Bearer {
  readonly username: string
  readonly administrator: boolean
  /** Milliseconds of the page's clock. */
  readonly endsAt: number
}

/** `guest`: nobody in particular, and let in. `unauthorized`: the token does not hold, or there has to be one. */
export type Whom =
  | { readonly is: 'bearer'; readonly bearer: Bearer }
  | { readonly is: 'guest'; readonly takesTokens: boolean }
  | { readonly is: 'unauthorized' }

/** Why one is asked for a token. `chosen`: because one wants to. */
export type Closed = 'none' | 'bad' | 'ended' | 'revoked' | 'chosen'

/** `open`: who is here may enter a room. */
export type Door = 'open' | 'asking' | 'unreachable' | Closed

/** A token that another tab of the same person was given. */
export interface Fresh extends Bearer {
  readonly token: string
}

export interface SignInOptions {
  /** Lives as long as the tab: the only place where a token is kept. */
  readonly tab: KeyValues
  readonly timers: Timers
  /** The token in the address, which is not there any more afterwards. */
  readonly takeToken: () => string | null
  /** Asks the server. Rejects when there is no answer. */
  readonly ask: (token: string | null) => Promise<Whom>
  /** Tells the other tabs. */
  readonly tellTabs: (fresh: Fresh) => void
}

/** Three parts of base64url, as long as the server takes at most. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/u
const MAX_TOKEN_LENGTH = 6144

/** Whoever is asked for a token may have the whole link at hand. */
const LINK = /#token=([^&\s]+)/u

const KEY = 'token'

/** How long before its end one is told to get another token: a share of its time, and at most so many milliseconds. */
const TELL_SHARE = 0.2
const TELL_MS = 300_000

/** Who one is where people come in with a token, and for how long. */
export class SignIn {
  readonly door = signal<Door>('open')
  readonly bearer = signal<Bearer | null>(null)
  /** Guests are let in too. */
  readonly isOptional = signal(false)
  /** The token ends soon. */
  readonly isEnding = signal(false)
  readonly #options: SignInOptions
  #token: string | null
  /** The one that the server was shown last. */
  #shown: string | null = null
  #cancelTelling: () => void = () => undefined
  /** Who waits for the next token. */
  #onNext: ((token: string) => void)[] = []

  constructor(options: SignInOptions) {
    this.#options = options
    this.#token = options.tab.get(KEY)
  }

  /** Whether a token is shown with each connection. */
  get shows(): boolean {
    return this.bearer.peek() !== null
  }

  /** For what is asked apart from the connection; `null` for a guest. */
  get token(): string | null {
    return this.#token
  }

  /** Takes what the address holds, or asks whether there is to be a token. Resolves with whether the address held one. */
  async arrive(): Promise<boolean> {
    const given = this.#options.takeToken()
    const token = given ?? this.#token
    if (token === null) await this.#askAsGuest()
    else await this.show(token)
    return given !== null
  }

  /** Shows a token. Answers whether somebody is let in with it, as `same` or `other` than before. */
  async show(raw: string): Promise<'same' | 'other' | 'no'> {
    const token = LINK.exec(raw)?.[1] ?? raw.trim()
    const before = this.bearer.peek()
    if (before === null) this.door.value = 'asking'
    const whom = await this.#ask(token)
    if (whom === null) {
      // It may be as good as it was.
      if (before === null) {
        this.#keep(token)
        this.door.value = 'unreachable'
      }
      return 'no'
    }
    if (whom.is === 'bearer') {
      this.#take({ ...whom.bearer, token })
      this.#options.tellTabs({ ...whom.bearer, token })
      return before !== null && nameKey(before.username) === nameKey(whom.bearer.username) ? 'same' : 'other'
    }
    if (before !== null) return 'no'
    this.#forget()
    // A server that takes no tokens lets in whoever comes.
    if (whom.is === 'unauthorized') this.door.value = 'bad'
    else this.#takeGuest(whom.takesTokens)
    return 'no'
  }

  /** Another tab of the same person has a fresh one. */
  heardFresh(fresh: Fresh): boolean {
    const bearer = this.bearer.peek()
    if (bearer === null || nameKey(bearer.username) !== nameKey(fresh.username)) return false
    this.#take(fresh)
    return true
  }

  /** The server lets nobody in with what was shown. */
  refused(why: Exclude<Closed, 'bad'>): void {
    this.#forget()
    this.door.value = why
  }

  /** Where guests are let in too. */
  enterAsGuest(): void {
    this.door.value = 'open'
  }

  /** Forgets who one is. */
  async signOut(): Promise<void> {
    this.#forget()
    await this.#askAsGuest()
  }

  /** For each connection what there is; on a living one, whose token ends soon, the next one when there is one. */
  tokenFor(isOnline: boolean): string | Promise<string> {
    if (isOnline && this.#token === this.#shown) return new Promise((resolve) => this.#onNext.push(resolve))
    this.#shown = this.#token
    return this.#token ?? ''
  }

  async #askAsGuest(): Promise<void> {
    const whom = await this.#ask(null)
    if (this.#token !== null) return
    if (whom?.is === 'unauthorized') this.door.value = 'none'
    else this.#takeGuest(whom?.is === 'guest' && whom.takesTokens)
  }

  #takeGuest(takesTokens: boolean): void {
    this.isOptional.value = takesTokens
    this.enterAsGuest()
  }

  async #ask(token: string | null): Promise<Whom | null> {
    if (token !== null && (token.length > MAX_TOKEN_LENGTH || !TOKEN.test(token)))
      return { is: 'unauthorized' }
    try {
      return await this.#options.ask(token)
    } catch {
      return null
    }
  }

  #take({ token, username, administrator, endsAt }: Fresh): void {
    const { timers } = this.#options
    this.#keep(token)
    this.bearer.value = { username, administrator, endsAt }
    this.door.value = 'open'
    this.isEnding.value = false
    const left = endsAt - timers.now()
    this.#cancelTelling()
    this.#cancelTelling = after(timers, left - Math.min(left * TELL_SHARE, TELL_MS), () => {
      this.isEnding.value = true
    })
    if (this.#onNext.length > 0) this.#shown = token
    for (const next of this.#onNext.splice(0)) next(token)
  }

  #keep(token: string): void {
    this.#token = token
    this.#options.tab.set(KEY, token)
  }

  #forget(): void {
    this.#token = null
    this.#options.tab.remove(KEY)
    this.bearer.value = null
    this.isEnding.value = false
    this.#cancelTelling()
  }
}

/** Longest time that a browser's timer takes. */
const MAX_TIMER_MS = 2_147_483_647

function after(timers: Timers, ms: number, run: () => void): () => void {
  return ms > MAX_TIMER_MS ? () => undefined : timers.after(ms, run)
}
