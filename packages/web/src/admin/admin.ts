import { batch, computed, type Signal, signal } from '@preact/signals'
import type { PageLang } from '../i18n/dictionary.ts'
import { preferredLang } from '../i18n/i18n.ts'
import type { Timers } from '../state/announcer.ts'
import { SignIn, type SignInOptions } from '../state/sign-in.ts'
import type { KeyValues } from '../state/storage.ts'
import { type Point, pointOf, type RoomLine, roomLines, type Stats } from './stats.ts'
import { ADMIN } from './texts.ts'

/** Milliseconds between two questions. */
const EVERY_MS = 2_000

/** How far back the charts go, in milliseconds. */
export const RANGE_MS = 300_000

const TAGS: Readonly<Record<PageLang, string>> = { en: 'en', 'zh-Hant': 'zh-Hant-TW' }

export interface AdminSurroundings extends Omit<SignInOptions, 'tellTabs'> {
  readonly kept: KeyValues
  readonly timers: Timers
  readonly languages: readonly string[]
  readonly isHidden: () => boolean
  /** Asks the server in this token's name. Rejects when there is no answer. */
  readonly fetch: (path: string, token: string, init?: RequestInit) => Promise<Response>
}

/** The page of administrators: who looks, and what the server told of itself. */
export class Admin {
  readonly signIn: SignIn
  readonly lang: Signal<PageLang>
  readonly tag = computed(() => TAGS[this.lang.value])
  readonly t = computed(() => ADMIN[this.lang.value])
  readonly stats = signal<Stats | null>(null)
  readonly points = signal<readonly Point[]>([])
  readonly rooms = signal<readonly RoomLine[]>([])
  /** The last question had no answer. */
  readonly isStale = signal(false)
  /** Whoever is signed in may see nothing. */
  readonly isForbidden = signal(false)
  readonly spoken = signal('')
  readonly #browser: AdminSurroundings
  #cancel: () => void = () => undefined

  constructor(browser: AdminSurroundings) {
    this.#browser = browser
    this.lang = signal(preferredLang(browser.kept.get('lang'), browser.languages))
    this.signIn = new SignIn({ ...browser, tellTabs: () => undefined })
  }

  setLang(lang: PageLang): void {
    this.lang.value = lang
    this.#browser.kept.set('lang', lang)
  }

  async arrive(): Promise<void> {
    await this.signIn.arrive()
    this.#begin()
  }

  /** Answers whether the token lets somebody in. */
  async show(token: string): Promise<boolean> {
    const isIn = (await this.signIn.show(token)) !== 'no'
    if (isIn) this.#begin()
    return isIn
  }

  async signOut(): Promise<void> {
    this.#cancel()
    await this.signIn.signOut()
  }

  say(sentence: string): void {
    this.spoken.value = sentence
  }

  /** In the name of whoever is signed in, and in their language. Rejects when there is no answer; a token that holds no more leads to the door. */
  async ask(path: string, init?: RequestInit): Promise<Response> {
    const response = await this.#browser.fetch(path, await this.signIn.tokenFor(false), {
      ...init,
      headers: { ...init?.headers, 'accept-language': this.tag.peek() },
    })
    if (response.status === 401) this.signIn.refused('ended')
    return response
  }

  #begin(): void {
    const { bearer } = this.signIn
    batch(() => {
      this.stats.value = null
      this.points.value = []
      this.isForbidden.value = bearer.peek()?.administrator === false
    })
    if (bearer.peek()?.administrator === true) void this.#look()
  }

  async #look(): Promise<void> {
    this.#cancel()
    if (!this.#browser.isHidden()) await this.#askStats()
    if (this.signIn.bearer.peek() !== null)
      this.#cancel = this.#browser.timers.after(EVERY_MS, () => void this.#look())
  }

  async #askStats(): Promise<void> {
    try {
      const response = await this.ask('/api/v1/stats')
      if (response.ok) this.#take((await response.json()) as Stats)
      this.isForbidden.value = response.status === 403
      this.isStale.value = !response.ok
    } catch {
      this.isStale.value = true
    }
  }

  #take(stats: Stats): void {
    const before = this.stats.peek()
    const point = pointOf(before, stats)
    batch(() => {
      this.stats.value = stats
      this.points.value = [...this.points.peek(), point].filter(({ at }) => at > point.at - RANGE_MS)
      this.rooms.value = roomLines(before, stats)
    })
  }
}
