import { type Lang, MAX_LISTED_USERS } from '@roomful/protocol'
import type { Clock } from '../ports/clock.ts'
import type { FanOut } from './fan-out.ts'
import type { Cursor, Log, Reader } from './log.ts'
import type { LogBook } from './log-book.ts'
import type { Direction, Fold } from './notices.ts'
import type { Person } from './person.ts'
import { hasMoreNames, Room } from './room.ts'
import type { Verdict } from './permissions.ts'
import { Frame, NOTICE } from './tail.ts'
import { TEXTS, type Texts } from './texts.ts'

const SECOND_MS = 1000

/** Names that the sentence of a folded notice spells out. */
const NAMES_IN_SENTENCE = 2

/** A room that a connection is in. */
export interface Membership {
  readonly room: Room
  cursor: Cursor
  /** Whether its connection may say something there; judged when it entered, and again when that may have changed. */
  write: Verdict
}

/** Is told who comes to a room with a first connection to this node, and who goes with the last. */
export interface OwnPresence {
  joined(room: Room, person: Person): void
  left(room: Room, person: Person): void
}

/** What ties the people in rooms to those on other nodes. */
export interface PresenceTies {
  readonly share: OwnPresence
  /** `partial`: something of what the others have told is missing here, so counts may be too low or too high. */
  readonly remote: { readonly partial: boolean }
}

/** The rooms with people in them: who comes, who goes, and what is said about it. */
export class Rooms {
  readonly #logs: LogBook
  readonly #fanOut: FanOut
  readonly #cluster: PresenceTies | null
  readonly #noticesPerSecond: number
  readonly #rooms = new Map<string, Room>()
  /** Those who are in rooms, in order of arrival. */
  readonly #people = new Set<Person>()
  #more = 0
  readonly #ticking = new Set<Room>()
  readonly #stop: () => void
  #stopped = false

  /** `cluster` is `null` where there is no other node. */
  constructor(deps: {
    logs: LogBook
    fanOut: FanOut
    clock: Clock
    noticesPerSecond: number
    cluster: PresenceTies | null
  }) {
    this.#logs = deps.logs
    this.#cluster = deps.cluster
    this.#fanOut = deps.fanOut
    this.#noticesPerSecond = deps.noticesPerSecond
    this.#stop = deps.clock.every(SECOND_MS, this.tick)
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name)
  }

  /** How many people are in rooms, each once. */
  get peopleCount(): number {
    return this.#people.size + this.#more
  }

  /** Names of those who are in rooms, in order of arrival, at most `MAX_LISTED_USERS`. */
  peopleNames(): string[] {
    const names: string[] = []
    for (const { name } of this.#people) {
      if (names.length === MAX_LISTED_USERS) break
      if (name !== null) names.push(name)
    }
    return names
  }

  /** `peopleNames` does not list all who have a name. */
  get truncated(): boolean {
    return this.#more > 0 || hasMoreNames(this.#people)
  }

  /** Rooms with people, in no order. */
  all(): Iterable<Room> {
    return this.#rooms.values()
  }

  /**
   * Brings a connection into a room. The others are told when it is its person's first; it reads on from behind that notice,
   * or from behind the entry `after`.
   */
  enter(
    log: Log,
    person: Person,
    connection: Reader,
    write: Verdict,
    after: number | null = null,
  ): Membership {
    const room = this.#roomOf(log.name)
    const comes = room.enter(person)
    if (room.connectionsOf(person) === 1) this.#cluster?.share.joined(room, person)
    if (comes) this.#came(room, person, connection)
    const cursor = after === null ? log.open(connection) : log.openAfter(connection, after)
    return { room, cursor, write }
  }

  /** Takes a connection out of a room. */
  exit({ room, cursor }: Membership, person: Person): void {
    cursor.log.close(cursor)
    this.leave(room, person)
    this.#logs.forgetIdle(cursor.log)
  }

  /** A connection reads no more; its person stays in the room, until `leave`. */
  stopReading({ cursor }: Membership): void {
    cursor.log.close(cursor)
    this.#logs.forgetIdle(cursor.log)
  }

  /** A connection that reads no more is in the room no more either. */
  leave(room: Room, person: Person): void {
    const goes = room.exit(person)
    if (room.connectionsOf(person) === 0) this.#cluster?.share.left(room, person)
    if (goes) this.#went(room, person)
  }

  /** The person is in that room on one more other node. `isTold`: the others are told when the person comes with it. */
  enterElsewhere(name: string, person: Person, isTold: boolean): void {
    const room = this.#roomOf(name)
    if (room.enterElsewhere(person)) this.#came(room, person, null, isTold)
  }

  /** On one other node less. */
  leaveElsewhere(name: string, person: Person): void {
    const room = this.#rooms.get(name)
    if (room?.exitElsewhere(person)) this.#went(room, person)
  }

  /** So many more are in that room on other nodes of whom nobody says who they are; fewer when negative. `null`: in some room. */
  addMore(name: string | null, count: number): void {
    if (name === null) {
      this.#more += count
      return
    }
    const room = this.#roomOf(name)
    room.addMore(count)
    this.#forgetEmpty(room)
  }

  #roomOf(name: string): Room {
    const known = this.#rooms.get(name)
    if (known !== undefined) return known
    const room = new Room(name, this.#noticesPerSecond)
    this.#rooms.set(name, room)
    return room
  }

  #came(room: Room, person: Person, newcomer: Reader | null, isTold = true): void {
    this.#people.add(person)
    if (isTold) this.#tell(room, 'join', person, newcomer)
  }

  #went(room: Room, person: Person): void {
    if (person.rooms.length === 0) this.#people.delete(person)
    this.#tell(room, 'leave', person, null)
    this.#forgetEmpty(room)
  }

  #forgetEmpty(room: Room): void {
    if (room.count > 0) return
    this.#rooms.delete(room.name)
    this.#ticking.delete(room)
    room.ticking = false
  }

  #tell(room: Room, direction: Direction, person: Person, newcomer: Reader | null): void {
    const log = this.#logs.get(room.name)
    // Of whom it is about the cursor is not open yet, or no more.
    if (log === undefined || log.readers === 0 || this.#stopped) return
    if (!room.ticking) {
      room.ticking = true
      this.#ticking.add(room)
    }
    if (room.notices.admit(direction, person, newcomer))
      this.#fanOut.push(log, notice(this.#counted(room), direction, person.name))
  }

  /** Once a second: says what was folded. */
  readonly tick = (): void => {
    for (const room of this.#ticking) {
      const quiet = room.notices.quiet
      const folds = room.notices.tick()
      for (const direction of ['join', 'leave'] as const) {
        const fold = folds[direction]
        if (fold !== null) this.#tellFolded(room, direction, fold)
      }
      if (!quiet) continue
      room.ticking = false
      this.#ticking.delete(room)
    }
  }

  #tellFolded(room: Room, direction: Direction, fold: Fold): void {
    const log = this.#logs.get(room.name)
    if (log === undefined || log.readers === 0) return
    if (fold.count > 1 || fold.newcomer === null) {
      this.#fanOut.push(log, foldedNotice(this.#counted(room), direction, fold))
      return
    }
    // It is about one person only, who shall not get it: with all others served, that cursor is moved behind it.
    this.#fanOut.flush()
    this.#fanOut.push(log, notice(this.#counted(room), direction, fold.names[0] ?? null))
    log.skipToEnd(fold.newcomer)
  }

  /** PR2: the end of a notice about a room. */
  #counted({ name, count }: Room): Counted {
    return {
      connected_count: count,
      ...(this.#cluster?.remote.partial ? { partial: true } : null),
      room: name,
    }
  }

  /** From now on nobody is told who comes and goes: all go. */
  stop(): void {
    this.#stopped = true
    this.#stop()
  }
}

/** How many are in which room. */
interface Counted {
  readonly connected_count: number
  readonly partial?: true
  readonly room: string
}

function eachLang(json: (texts: Texts) => object): Record<Lang, string> {
  return { 'zh-Hant': JSON.stringify(json(TEXTS['zh-Hant'])), en: JSON.stringify(json(TEXTS.en)) }
}

function notice(counted: Counted, event: Direction, name: string | null): Frame {
  const sentence = (texts: Texts) => {
    if (event === 'join') return name === null ? texts.joined : texts.joinedNamed(name)
    return name === null ? texts.left : texts.leftNamed(name)
  }
  return new Frame(
    NOTICE,
    eachLang((texts) => ({
      type: 'system',
      event,
      message: sentence(texts),
      ...(name === null ? null : { username: name }),
      ...counted,
    })),
  )
}

function foldedNotice(counted: Counted, event: Direction, fold: Fold): Frame {
  if (fold.count === 1) return notice(counted, event, fold.names[0] ?? null)
  const listed = fold.names.slice(0, NAMES_IN_SENTENCE)
  return new Frame(
    NOTICE,
    eachLang((texts) => ({
      type: 'system',
      event,
      message: event === 'join' ? texts.joinedMany(listed, fold.count) : texts.leftMany(listed, fold.count),
      users: fold.names,
      count: fold.count,
      ...counted,
    })),
  )
}
