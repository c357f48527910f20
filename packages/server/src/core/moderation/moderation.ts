import { ANONYMOUS, EVERYWHERE, nameKey } from '@roomful/protocol'
import { TOKEN_BEARER_PREFIX } from '../../ports/auth.ts'
import type { Signer } from '../../ports/signer.ts'
import { type Entry, StoreUnavailable } from '../../ports/store.ts'
import { type Fold, FollowedLog, type FollowedLogDeps, type Sayer } from '../followed-log.ts'
import type { HubOptions } from '../options.ts'
import { type Act, actOf, type Doing, type Line, lineOf, MODERATION_LOG, whoOf } from './acts.ts'
import { AddressMarks, guestMark, isNameless, MAX_MARKS, type Marked, messageMark } from './marks.ts'
import { Place, type SettingName } from './place.ts'
import { Recollection } from './recollection.ts'
import { Turns } from './turns.ts'

/** Mutes, bans and settings of rooms that are kept at most, of all rooms together; one more is refused. Some 500 bytes each. */
export const MAX_SANCTIONS = 50_000

/** Of these, those of one room; administrators may add more. */
export const MAX_SANCTIONS_OF_ROOM = 5_000

/** Of these, those that only administrators may add. */
export const RESERVED_SANCTIONS = 5_000

/** Newest acts that are known by the `client_id` with which they were asked for. */
const MAX_REPEATS = 10_000

/** What holds still that one entry says once more at most. */
const PER_ENTRY = 200

/** What keeps somebody from something. `slow_mode` is asked for apart. */
export interface Hindrance {
  readonly why: 'banned' | 'muted' | 'locked' | 'read_only'
  /** The act that says so. */
  readonly act: Act
}

/** What somebody wants to do in a room. */
export type Wish = 'join' | 'read' | 'write'

/** Who writes what no moderator has done. */
const NO_MODERATOR = { name: '', person: null } as const

const SETS: Readonly<Record<string, readonly [SettingName, 'on' | 'off']>> = {
  slow: ['slow', 'on'],
  lock: ['lock', 'on'],
  unlock: ['lock', 'off'],
  read_only: ['read_only', 'on'],
  writable: ['read_only', 'off'],
}

/** Is told what came in. */
export interface Carrier {
  /** A moderator has done something, on whichever node. */
  done(act: Act): void
  /** A sanction is about more than it was. */
  extended(act: Act): void
  /** All that was done so far is known. */
  known(): void
}

/** MO1-MO14: what moderators have done, and what holds of it now. Docs: docs/decisions/0022-moderation-is-a-log.md. */
export class Moderation implements Fold {
  readonly addresses: AddressMarks
  readonly recollection: Recollection
  readonly #deps: Deps
  readonly #log: FollowedLog
  readonly #places = new Map<string, Place>()
  readonly #byClientId = new Map<string, Act>()
  /** While the log is read: what was heard of otherwise than once more. */
  #touched: Set<string> | null = new Set()
  /** Rooms in slow mode; 0 spares the looking. */
  #slow = 0
  readonly #turns = new Turns()

  constructor(deps: Deps) {
    this.#deps = deps
    this.addresses = new AddressMarks(deps.signer)
    this.#log = new FollowedLog(MODERATION_LOG, this, deps)
    this.recollection = new Recollection({
      ...deps,
      write: (question) => this.#log.append(JSON.stringify(question), NO_MODERATOR),
      onUnanswered: (error) => deps.logger.warn('question_not_answered', {}, error),
    })
  }

  get isKnown(): boolean {
    return this.#log.isKnown
  }

  /** As `FollowedLog.known`. */
  waitUntilKnown(): Promise<void> {
    return this.#log.known()
  }

  /** A connection ends: whoever had it is remembered for a while, if they had a name. */
  left(who: Marked): void {
    if (isNameless(who)) return
    const words = who.marks.filter((mark) => !mark.startsWith('s:'))
    this.recollection.left(words, [...who.marks, ...this.#addressMarks(who.address)])
  }

  /** Somebody without a name of their own says something under this id. */
  saidNameless(id: string, address: string | null): void {
    const marks = this.#addressMarks(address)
    if (marks.length > 0) this.recollection.said(messageMark(id), marks)
  }

  #addressMarks(address: string | null): readonly string[] {
    const mark = address === null ? null : this.addresses.of(address)
    return mark === null ? [] : [mark]
  }

  /** Mutes, bans and settings that are kept. */
  get size(): number {
    let size = 0
    for (const place of this.#places.values()) size += place.size
    return size
  }

  get isSlow(): boolean {
    return this.#slow > 0
  }

  place(room: string): Place | undefined {
    return this.#places.get(room)
  }

  /** Whether somebody with this mark is, or was of late, muted or banned in any room. */
  isAbout(mark: string): boolean {
    for (const place of this.#places.values()) if (place.isAbout(mark)) return true
    return false
  }

  /** What was done when it was asked for with this id before. */
  repeated(clientId: string): Act | undefined {
    return this.#byClientId.get(clientId)
  }

  /** What keeps somebody from something; `null` when nothing does. `isExempt`: whoever moderates the room, whom its settings do not concern. */
  hindrance(who: Marked, room: string, wish: Wish, isExempt: () => boolean): Hindrance | null {
    if (this.#places.size === 0 || who.identity?.isAdmin) return null
    const places = [this.#places.get(EVERYWHERE), this.#places.get(room)]
    for (const place of places) {
      const ban = place && this.#against(place, who, 'ban')
      if (ban) return { why: 'banned', act: ban }
    }
    if (wish === 'read') return null
    for (const place of places) {
      const mute = wish === 'write' && place && this.#against(place, who, 'mute')
      if (mute) return { why: 'muted', act: mute }
      const act = place?.settings.get(wish === 'join' ? 'lock' : 'read_only')
      if (act && !isExempt()) return { why: wish === 'join' ? 'locked' : 'read_only', act }
    }
    return null
  }

  /** The mute that holds against somebody in a room; `null` without one. */
  muteOf(who: Marked, room: string): Act | null {
    for (const name of [EVERYWHERE, room]) {
      const place = this.#places.get(name)
      const mute = place === undefined ? null : this.#against(place, who, 'mute')
      if (mute !== null) return mute
    }
    return null
  }

  /** A ban of an address keeps everybody out, a mute concerns those who have no name of their own. */
  #against(place: Place, who: Marked, action: 'mute' | 'ban'): Act | null {
    const { marks, address } = who
    const now = this.#deps.clock.now()
    for (const mark of marks) {
      const act = place.against(mark, action, now)
      if (act !== null) return act
    }
    if (address === null || (action === 'mute' && !isNameless(who))) return null
    const mark = this.addresses.of(address)
    return mark === null ? null : place.against(mark, action, now)
  }

  /** Seconds between two messages of one person there; 0 without slow mode. */
  slowSeconds(room: string): number {
    if (this.#slow === 0) return 0
    return Math.max(this.#slowSet(EVERYWHERE), this.#slowSet(room))
  }

  #slowSet(room: string): number {
    return this.#places.get(room)?.settings.get('slow')?.seconds ?? 0
  }

  /** Milliseconds for which somebody has to wait there; 0 when it was their turn, which it is not any more then. */
  takeTurn(room: string, turns: readonly string[]): number {
    const seconds = this.slowSeconds(room)
    return seconds === 0 ? 0 : this.#turns.take(room, turns, this.#deps.clock.now(), seconds * 1_000)
  }

  /** What was said was not stored: it is that one's turn still. */
  giveTurnBack(room: string, turns: readonly string[]): void {
    this.#turns.giveBack(room, turns)
  }

  /** Somebody has said something, or edited it, on another node. */
  saw({ log, kind, author, authorId, at }: Entry): void {
    if ((kind !== 'message' && kind !== 'edit') || this.slowSeconds(log) === 0) return
    const turn = turnOfAuthor(author, authorId)
    if (turn !== null) this.#turns.note(log, turn, at)
  }

  /** Writes down what a moderator does. Resolves after the commit, when it holds here. Rejects with `StoreUnavailable`; `null`: the id belongs to something else. */
  async write(
    doing: Doing,
    by: Sayer,
    clientId: string | null,
  ): Promise<{ readonly act: Act; readonly created: boolean } | null> {
    const at = this.#deps.clock.now()
    const line: Line = { act: doing }
    const result = await this.#log.append(JSON.stringify(line), by, { at, clientId })
    if (result.outcome === 'conflict') return null
    if (result.outcome === 'refused') throw new StoreUnavailable('The act is not stored.')
    const created = result.outcome === 'appended'
    const when = result.outcome === 'duplicate' ? Date.parse(result.timestamp) : at
    const { id, seq } = result
    return { act: { ...doing, id, seq, at: when, by: by.name, byPerson: by.person }, created }
  }

  /** A sanction is about these marks too. */
  async writeMore(id: string, marks: readonly string[]): Promise<void> {
    const line: Line = { more: { id, marks } }
    await this.#log.append(JSON.stringify(line), NO_MODERATOR)
  }

  /** Before the store lets go of entries, as `FollowedLog.keep`. */
  keep(retention: Pick<HubOptions, 'retentionEntries' | 'retentionMs'>): Promise<void> {
    return this.#log.keep(retention)
  }

  forgetEnded(): void {
    const now = this.#deps.clock.now()
    for (const place of this.#places.values()) place.forgetEnded(now)
    for (const [name, place] of this.#places) if (place.size === 0) this.#places.delete(name)
  }

  stop(): void {
    this.#log.stop()
  }

  // ---- what the log says

  begin(): void {
    this.#touched = new Set()
    this.#places.clear()
  }

  known(): void {
    this.#touched = null
    this.#countSlow()
    this.#deps.carrier.known()
  }

  take(entry: Entry, isNew: boolean): void {
    const line = lineOf(entry)
    if ('act' in line) {
      const act = actOf(entry, line.act)
      this.#remember(entry, act)
      this.#touched?.add(touchOf(act))
      this.#apply(act)
      if (isNew) this.#deps.carrier.done(act)
    } else if ('more' in line) {
      const act = this.#extend(line.more.id, line.more.marks)
      if (isNew && act !== null) this.#deps.carrier.extended(act)
    } else if ('ask' in line || 'told' in line) {
      if (isNew) this.recollection.heard(line)
    } else {
      // Whoever follows knows all of it. Somebody may have undone some while it was being written.
      for (const act of line.lasting) if (this.#touched?.has(touchOf(act)) === false) this.#apply(act)
    }
    if (this.#touched === null) this.#countSlow()
  }

  lasting(): readonly string[] {
    this.forgetEnded()
    const acts: Act[] = []
    for (const place of this.#places.values()) acts.push(...place.sanctions(), ...place.settings.values())
    const texts: string[] = []
    for (let i = 0; i < acts.length; i += PER_ENTRY) {
      const line: Line = { lasting: acts.slice(i, i + PER_ENTRY) }
      texts.push(JSON.stringify(line))
    }
    return texts
  }

  #apply(act: Act): void {
    const { action, room } = act
    if (action === 'mute' || action === 'ban') return this.#placeOf(room).add(act)
    if (action === 'unmute') return this.#places.get(room)?.lift('mute', whoOf(act))
    if (action === 'unban') return this.#places.get(room)?.lift('ban', whoOf(act))
    const set = SETS[action]
    if (set === undefined) return
    const [name, turned] = set
    const isOn = turned === 'on' && !(action === 'slow' && act.seconds === 0)
    if (isOn) this.#placeOf(room).settings.set(name, act)
    else this.#places.get(room)?.settings.delete(name)
  }

  #extend(id: string, marks: readonly string[]): Act | null {
    for (const place of this.#places.values()) {
      const act = place.extend(id, marks, MAX_MARKS)
      if (act !== null) return act
    }
    return null
  }

  #remember({ clientId }: Entry, act: Act): void {
    if (clientId === null) return
    this.#byClientId.set(clientId, act)
    for (const first of this.#byClientId.keys()) {
      if (this.#byClientId.size <= MAX_REPEATS) break
      this.#byClientId.delete(first)
    }
  }

  #countSlow(): void {
    this.#slow = 0
    for (const { settings } of this.#places.values()) if (settings.has('slow')) this.#slow++
  }

  #placeOf(room: string): Place {
    let place = this.#places.get(room)
    if (place === undefined) this.#places.set(room, (place = new Place()))
    return place
  }
}

/** By what whoever has said something counts on every node: of a nameless one only the node where they are knows it. */
function turnOfAuthor(author: string, authorId: string | null): string | null {
  if (authorId?.startsWith(TOKEN_BEARER_PREFIX) === true) return `p:${authorId}`
  return author === ANONYMOUS ? null : guestMark(nameKey(author))
}

/** What two acts are both about when the later one decides. */
function touchOf(act: Act): string {
  const { action, room } = act
  const kind = SETS[action]?.[0] ?? action.replace(/^un/, '')
  return `${room} ${kind} ${SETS[action] === undefined ? whoOf(act) : ''}`
}

interface Deps extends FollowedLogDeps {
  readonly signer: Signer
  readonly carrier: Carrier
  /** Names this node among the others. */
  readonly node: string
  /** Other living nodes. */
  readonly others: () => readonly string[]
}
