import type { Bus, Hint } from '../../packages/server/src/ports/bus.ts'
import type { Entry, NewEntry } from '../../packages/server/src/ports/store.ts'
import type { Chance } from './chance.ts'
import type { Disk } from './disk.ts'
import { HOME } from './logs.ts'
import type { Acked, Sent } from './transcript.ts'
import { type Process, START, type World } from './world.ts'

/** Most milliseconds that a hint is under way. */
const HINT_MS = 400

/** Probability that a hint comes twice. */
const REPEATS = 0.2

/**
 * Another node on the same store: what its people say is in the log at once, and the server hears of it by hints, which come late,
 * out of order, twice or not at all.
 */
export class Neighbour {
  readonly name = 'Nod'
  readonly sent: Sent[] = []
  readonly acked: Acked[] = []
  readonly #world: World
  readonly #disk: Disk
  readonly #chance: Chance
  #hear: (hint: Hint) => void = () => {}

  constructor(world: World, disk: Disk, chance: Chance) {
    this.#world = world
    this.#disk = disk
    this.#chance = chance
  }

  /** The bus, as one run of the server has it. */
  busOf(process: Process): Bus {
    let ended = false
    return {
      publish() {},
      subscribe: (listener) => {
        this.#hear = (hint) =>
          process.post(this.#world.now, () => {
            if (!ended) listener(hint, this.name)
          })
        return () => void (ended = true)
      },
      isLost: false,
      close: () => Promise.resolve(),
    }
  }

  /** Says it in the lobby. `loses`: probability that the hint is lost. */
  async say(text: string, loses: number): Promise<void> {
    if (this.#disk.failing) return
    const entry = this.#entry(text)
    this.sent.push({ text, says: text, room: HOME, to: null, clientId: entry.clientId ?? '' })
    const [result] = await this.#disk.commit([entry])
    if (result?.outcome !== 'appended') return
    const { seq } = result
    this.acked.push({ text, log: HOME, seq, id: entry.id })
    if (this.#chance.chance(loses)) return
    const { copy: _, ...rest } = entry
    const hint: Hint = { entries: [{ ...rest, about: null, seq } satisfies Entry] }
    for (let copies = this.#chance.chance(REPEATS) ? 2 : 1; copies > 0; copies--)
      this.#world.plan(this.#world.now + this.#chance.between(0, HINT_MS), () => this.#hear(hint))
  }

  #entry(text: string): NewEntry {
    const at = START + this.#world.now
    return {
      log: HOME,
      copy: null,
      id: `nod-${this.sent.length}`,
      kind: 'message',
      author: this.name,
      authorId: this.name,
      target: null,
      text,
      timestamp: '2026-01-01T00:00:00Z',
      at,
      clientId: this.#chance.uuid(),
      about: null,
    }
  }
}
