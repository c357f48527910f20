import { createSharedClient, type SharedClient } from '@roomful/client/shared'
import { checkRoom, checkUsername, DEFAULT_ROOM, type NameFault } from '@roomful/protocol'
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { PageLang } from '../i18n/dictionary.ts'
import { createLanguage, type Language, type Words } from '../i18n/i18n.ts'
import { whyUnsent } from '../i18n/why-unsent.ts'
import { type Announcer, createAnnouncer, type Timers } from './announcer.ts'
import { Composing } from './composing.ts'
import { isShut, type ShutReason, type StopReason, whyStopped, worthTelling } from './connection.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import { createKeeping, type Keeping } from './keeping.ts'
import type { Entry } from './log.ts'
import { createReadStore } from './reading.ts'
import { Session } from './session.ts'
import { type Closed, type Fresh, SignIn, type SignInOptions } from './sign-in.ts'
import type { KeyValues } from './storage.ts'

/** A language whose words are there. */
interface Speaking {
  readonly lang: PageLang
  readonly words: Words
}

/** The browser, as far as the page's state needs it. */
export interface Surroundings {
  /** Outlives the tab. */
  readonly kept: KeyValues
  /** Lives as long as the tab, reloads included. */
  readonly tab: KeyValues
  /** Drafts, apart from everything else so that they can be counted. */
  readonly drafts: KeyValues
  readonly timers: Timers
  /** Origin of the server. */
  readonly origin: string
  /** `?room=` of the address, if any. */
  readonly roomInAddress: string | null
  /** `#m-…` of the address, if any: the number of a message. */
  readonly seqInAddress: () => number | null
  readonly takeToken: SignInOptions['takeToken']
  readonly askWho: SignInOptions['ask']
  readonly tellTabs: SignInOptions['tellTabs']
  readonly languages: readonly string[]
  /** The language to begin with. */
  readonly speaking: Speaking
  /** Fetches the words of another one. */
  readonly loadWords: (lang: PageLang) => Promise<Words>
  readonly soon: (run: () => void) => void
  readonly isHidden: () => boolean
  /** Asks a question that is answered with yes or no. */
  readonly confirm: (question: string) => boolean
  /** Writes the room into the address, so that a reload and a bookmark lead back. */
  readonly showRoom: (room: string) => void
}

/** Why one is not let in, beside the field that it is about. */
export type JoinFault =
  | { readonly field: 'name'; readonly fault: NameFault }
  | { readonly field: 'room' }
  | { readonly field: 'name' | 'room' | null; readonly stopped: Exclude<StopReason, ShutReason> }

/** One spoken sentence; the number makes the same sentence twice two. */
export interface Spoken {
  readonly number: number
  readonly sentence: string
}

/** A room one is in, or is entering. */
export interface Visit {
  readonly session: Session
  readonly composing: Composing
  readonly keeping: Keeping
  end(): void
}

/** Longest part of a message that is read out. */
const SPOKEN_LENGTH = 280

/** The whole page: who one is, where, in which language. */
export class App {
  readonly language: ReadonlySignal<Language>
  readonly visit = signal<Visit | null>(null)
  readonly signIn: SignIn
  readonly joinFault: Signal<JoinFault | null> = signal(null)
  readonly spoken = signal<Spoken | null>(null)
  readonly title: ReadonlySignal<string>
  /** How much waits to be sent that is lost when the page goes away. */
  readonly unkept = computed(() => this.visit.value?.keeping.unkept.value ?? 0)
  readonly timers: Timers
  readonly origin: string
  readonly #browser: Surroundings
  readonly #speaking: Signal<Speaking>
  #wanted: PageLang
  readonly #announcer: Announcer
  readonly #drafts: Drafts

  constructor(browser: Surroundings) {
    this.#browser = browser
    this.timers = browser.timers
    this.signIn = new SignIn({ ...browser, ask: browser.askWho })
    this.origin = browser.origin
    this.#speaking = signal(browser.speaking)
    this.#wanted = browser.speaking.lang
    this.language = computed(() => {
      const { lang, words } = this.#speaking.value
      return createLanguage(lang, words, browser.languages)
    })
    this.#drafts = createDrafts(browser.drafts, () => browser.timers.now())
    this.#announcer = createAnnouncer({
      timers: browser.timers,
      speak: (sentence) => {
        this.spoken.value = { number: (this.spoken.peek()?.number ?? 0) + 1, sentence }
      },
      several: (count) => this.language.peek().t.announceSeveral(count),
    })
    this.title = computed(() => {
      const visit = this.visit.value
      const unread = visit?.session.reading.unread.value ?? 0
      const name =
        visit?.session.entered === true ? this.language.value.t.pageTitle(visit.session.room) : 'Roomful'
      return unread > 0 ? `(${this.language.value.number(unread)}) ${name}` : name
    })
  }

  /** What the fields of the join screen begin with. */
  get prefill(): { readonly name: string; readonly room: string } {
    const { kept, roomInAddress } = this.#browser
    return { name: this.#name ?? '', room: roomInAddress ?? kept.get('room') ?? DEFAULT_ROOM }
  }

  /** Another window may have come in as somebody else since this one did. */
  get #name(): string | null {
    const { tab, kept } = this.#browser
    return tab.get('name') ?? kept.get('name')
  }

  /** Speaks another language as soon as its words are there; when they cannot be had, it does so from the next visit on. */
  setLang(lang: PageLang): void {
    this.#wanted = lang
    this.#browser.kept.set('lang', lang)
    this.#browser.loadWords(lang).then(
      (words) => {
        if (this.#wanted === lang) this.#speaking.value = { lang, words }
      },
      () => undefined,
    )
  }

  /** Says something to screen readers, politely. */
  say(sentence: string): void {
    this.#announcer.say(sentence)
  }

  /** The page has come into view, or is out of it. */
  looked(): void {
    const session = this.visit.peek()?.session
    session?.reading.look()
    session?.presence.look(this.#browser.isHidden())
    if (!this.#browser.isHidden()) session?.check.now()
  }

  /** Goes to the message that the address names. */
  follow(): void {
    const { roomInAddress, seqInAddress } = this.#browser
    const session = this.visit.peek()?.session
    const seq = seqInAddress()
    if (session?.entered !== true || seq === null || (roomInAddress ?? session.room) !== session.room) return
    void session.jump.to(seq).then((shown) => {
      if (!shown) this.say(this.language.peek().t.noSuchMessage)
    })
  }

  /** Signs in where there is a token. With a link that names a room, or after a reload, it goes there. */
  async arrive(): Promise<void> {
    const arriving = this.signIn.arrive()
    // A guest need not wait to be told so.
    if (this.signIn.door.peek() === 'open') this.#resume()
    const byLink = await arriving
    if (this.signIn.door.peek() !== 'open' || this.visit.peek() !== null) return
    const { roomInAddress } = this.#browser
    if (byLink && roomInAddress !== null) this.join('', roomInAddress)
    else if (this.signIn.shows) this.#resume()
  }

  #resume(): void {
    const { tab, roomInAddress } = this.#browser
    const room = tab.get('in')
    const name = this.#name
    if (room !== null && name !== null && (roomInAddress === null || roomInAddress === room))
      this.join(name, room)
  }

  /** Another token, in a link that was opened here, or pasted. Answers whether it lets somebody in. */
  async show(token: string): Promise<boolean> {
    const visit = this.visit.peek()
    const outcome = await this.signIn.show(token)
    if (outcome === 'no' || visit === null || visit !== this.visit.peek()) return outcome !== 'no'
    if (outcome === 'same') visit.session.retryNow()
    else this.join('', visit.session.room)
    return true
  }

  /** Another tab was given a fresh token. */
  heardFresh(fresh: Fresh): void {
    if (this.signIn.heardFresh(fresh)) this.visit.peek()?.session.retryNow()
  }

  signOut(): Promise<void> {
    return this.signIn.signOut()
  }

  /** Connects, or says which field is wrong. Whoever is signed in bears the name of the token. */
  join(rawName: string, rawRoom: string): void {
    const name = checkUsername(this.signIn.bearer.peek()?.username ?? rawName.trim())
    const room = checkRoom(rawRoom.trim() === '' ? DEFAULT_ROOM : rawRoom.trim())
    if (!name.ok) this.joinFault.value = { field: 'name', fault: name.fault }
    else if (!room.ok) this.joinFault.value = { field: 'room' }
    else {
      this.joinFault.value = null
      this.visit.value?.end()
      this.visit.value = this.#begin(name.name, room.name)
      this.visit.value.session.start()
    }
  }

  /** Disconnects and goes back to the join screen. Asks before, where something would be lost. */
  leave(): void {
    const lost = this.unkept.peek()
    if (lost > 0 && !this.#browser.confirm(this.language.peek().t.leaveSure(lost))) return
    this.#browser.tab.remove('in')
    this.#end()
  }

  #end(): void {
    const visit = this.visit.peek()
    this.visit.value = null
    this.#announcer.clear()
    visit?.end()
  }

  #begin(username: string, room: string): Visit {
    const { kept, timers, soon, isHidden, origin } = this.#browser
    const { signIn } = this
    const client: SharedClient = createSharedClient({
      url: origin,
      username,
      token: signIn.shows ? () => signIn.tokenFor(client.state.phase === 'online') : undefined,
      room,
      lang: this.#speaking.peek().lang,
      storage: kept,
      // The newest is shown first; what lies before it is loaded page by page, and its place is drawn meanwhile.
      catchUp: false,
    })
    const session = new Session({
      client,
      username,
      room,
      kept: createReadStore(kept, room, username),
      timers,
      soon,
      isHidden,
      onArrival: (entry) => this.#arrived(entry),
      onRefusal: (code, message, text) =>
        this.say(whyUnsent(this.language.peek().t, text, { code, message })),
    })
    const composing = new Composing({
      room: () => room,
      own: username,
      people: () => session.people,
      drafts: this.#drafts,
    })
    const keeping = createKeeping(client.outbox)
    const stopWatching = this.#watch(session, username)
    return {
      session,
      composing,
      keeping,
      end: () => {
        keeping.end()
        stopWatching()
        composing.end()
        session.end()
      },
    }
  }

  /** Follows the connection: what is remembered, what is told, and the way back to the join screen. */
  #watch(session: Session, username: string): () => void {
    let before = session.connection.phase
    let told: 'up' | 'down' = 'up'
    let entered = false
    return effect(() => {
      const { connection } = session
      const what = worthTelling(before, connection.phase, told)
      before = connection.phase
      const { t } = this.language.peek()
      if (what !== null) {
        told = what === 'lost' ? 'down' : 'up'
        this.say(what === 'lost' ? t.announceLost : t.announceBack)
      }
      if (connection.phase === 'online' && !entered) {
        entered = true
        this.#entered(username, session.room)
      }
      if (connection.phase !== 'stopped') return
      const stopped = whyStopped(connection.reason)
      if (!entered) queueMicrotask(() => this.#refused(session, stopped))
      // The screen for the others tells by itself.
      else if (!isShut(stopped)) this.say(t.stopped[stopped])
    })
  }

  #entered(username: string, room: string): void {
    const { kept, tab, showRoom } = this.#browser
    for (const place of [tab, kept]) place.set('name', username)
    kept.set('room', room)
    tab.set('in', room)
    showRoom(room)
    this.follow()
  }

  #refused(session: Session, stopped: StopReason): void {
    if (this.visit.peek()?.session !== session) return
    batch(() => {
      if (stopped === 'unauthorized' || (stopped === 'revoked' && this.signIn.shows)) {
        this.signIn.refused(whyClosed(stopped, this.signIn.shows))
        this.leave()
        return
      }
      if (isShut(stopped)) return
      const field =
        stopped === 'invalid_room'
          ? 'room'
          : stopped === 'name_taken' || stopped === 'invalid_name'
            ? 'name'
            : null
      this.joinFault.value = { field, stopped }
      this.leave()
    })
  }

  #arrived({ author, text, log }: Entry): void {
    const { t } = this.language.peek()
    const heard = text.length > SPOKEN_LENGTH ? `${text.slice(0, SPOKEN_LENGTH)}…` : text
    this.#announcer.message(
      log === 'private' ? t.announcePrivate(author, heard) : t.announceMessage(author, heard),
    )
  }
}

function whyClosed(stopped: 'unauthorized' | 'revoked', showed: boolean): Exclude<Closed, 'bad'> {
  if (stopped === 'revoked') return 'revoked'
  return showed ? 'ended' : 'none'
}
