import type { Lang } from '@roomful/protocol'
import type { Clock } from '../ports/clock.ts'
import type { FanOut } from './fan-out.ts'
import type { Cursor, Log, Reader } from './log.ts'
import type { LogBook } from './log-book.ts'
import type { Direction, Fold } from './notices.ts'
import type { Person } from './people.ts'
import { Room } from './room.ts'
import { Frame, NOTICE } from './tail.ts'
import { TEXTS, type Texts } from './texts.ts'

const SECOND_MS = 1000

/** Names that the sentence of a folded notice spells out. */
const NAMES_IN_SENTENCE = 2

/** A room that a connection is in. */
export interface Membership {
  readonly room: Room
  cursor: Cursor
}

/** The rooms with people in them: who comes, who goes, and what is said about it. */
export class Rooms {
  readonly #logs: LogBook
  readonly #fanOut: FanOut
  readonly #noticesPerSecond: number
  readonly #rooms = new Map<string, Room>()
  readonly #ticking = new Set<Room>()
  readonly #stop: () => void
  #stopped = false

  constructor(deps: { logs: LogBook; fanOut: FanOut; clock: Clock; noticesPerSecond: number }) {
    this.#logs = deps.logs
    this.#fanOut = deps.fanOut
    this.#noticesPerSecond = deps.noticesPerSecond
    this.#stop = deps.clock.every(SECOND_MS, this.tick)
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name)
  }

  /** Rooms with people, in no order. */
  all(): Iterable<Room> {
    return this.#rooms.values()
  }

  /**
   * Brings a connection into a room. The others are told when it is its person's first; it reads on from behind that notice,
   * or from behind the entry `after`.
   */
  enter(log: Log, person: Person, connection: Reader, after: number | null = null): Membership {
    const room = this.#rooms.get(log.name) ?? new Room(log, this.#noticesPerSecond)
    this.#rooms.set(log.name, room)
    if (room.enter(person)) this.#tell(room, 'join', person, connection)
    return {
      room,
      cursor: after === null ? room.log.open(connection) : room.log.openAfter(connection, after),
    }
  }

  /** Takes a connection out of a room. */
  exit({ room, cursor }: Membership, person: Person): void {
    room.log.close(cursor)
    if (room.exit(person)) this.#tell(room, 'leave', person, null)
    if (room.count > 0) return
    this.#rooms.delete(room.name)
    this.#ticking.delete(room)
    room.ticking = false
    this.#logs.forgetIdle(room.log)
  }

  #tell(room: Room, direction: Direction, person: Person, newcomer: Reader | null): void {
    // Of whom it is about the cursor is not open yet, or no more.
    if (room.log.readers === 0 || this.#stopped) return
    if (!room.ticking) {
      room.ticking = true
      this.#ticking.add(room)
    }
    if (room.notices.admit(direction, person, newcomer))
      this.#fanOut.push(room.log, notice(room, direction, person.name))
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
    if (fold.count > 1 || fold.newcomer === null) {
      this.#fanOut.push(room.log, foldedNotice(room, direction, fold))
      return
    }
    // It is about one person only, who shall not get it: with all others served, that cursor is moved behind it.
    this.#fanOut.flush()
    this.#fanOut.push(room.log, notice(room, direction, fold.names[0] ?? null))
    room.log.skipToEnd(fold.newcomer)
  }

  /** From now on nobody is told who comes and goes: all go. */
  stop(): void {
    this.#stopped = true
    this.#stop()
  }
}

function eachLang(json: (texts: Texts) => object): Record<Lang, string> {
  return { 'zh-Hant': JSON.stringify(json(TEXTS['zh-Hant'])), en: JSON.stringify(json(TEXTS.en)) }
}

function notice(room: Room, event: Direction, name: string | null): Frame {
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
      connected_count: room.count,
      room: room.name,
    })),
  )
}

function foldedNotice(room: Room, event: Direction, fold: Fold): Frame {
  if (fold.count === 1) return notice(room, event, fold.names[0] ?? null)
  const listed = fold.names.slice(0, NAMES_IN_SENTENCE)
  return new Frame(
    NOTICE,
    eachLang((texts) => ({
      type: 'system',
      event,
      message: event === 'join' ? texts.joinedMany(listed, fold.count) : texts.leftMany(listed, fold.count),
      users: fold.names,
      count: fold.count,
      connected_count: room.count,
      room: room.name,
    })),
  )
}
