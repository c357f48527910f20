import type { OutboxEntry } from '../../packages/client/src/outbox-entry.ts'
import type { OutboxStorage } from '../../packages/client/src/outbox-storage.ts'
import type { Chance } from './chance.ts'
import type { Process } from './world.ts'

/**
 * What a browser keeps of an outbox over a reload. Each operation takes its time, one after the other; what a dead page has asked for
 * is done all the same. Most say of themselves that they keep the order, as IndexedDB does.
 */
export class OutboxDisk {
  readonly #kept = new Map<string, OutboxEntry>()
  readonly #chance: Chance
  readonly #ordered: boolean
  readonly #changed: (storage: OutboxStorage) => OutboxStorage
  #lastAt = 0
  /** Client ids that it was ever asked to keep. */
  readonly #asked = new Set<string>()
  /** Operations that the page waits for. */
  #underWay = 0

  /** `changed`: what a mutant makes of it. */
  constructor(chance: Chance, changed: (storage: OutboxStorage) => OutboxStorage = (storage) => storage) {
    this.#chance = chance
    this.#ordered = chance.chance(0.7)
    this.#changed = changed
  }

  /** Whether a page that dies now takes this with it: the SDK asks for one thing at a time, and has not come to it yet. */
  diesWithPage(clientId: string): boolean {
    return !this.#ordered && this.#underWay > 0 && !this.#asked.has(clientId)
  }

  /** The storage as one life of the page sees it. */
  openIn(process: Process): OutboxStorage {
    const { world } = process
    this.#underWay = 0
    const after = <T>(work: () => T): Promise<T> => {
      this.#underWay++
      this.#lastAt = Math.max(this.#lastAt, world.now + this.#chance.between(0, 5))
      const at = this.#lastAt
      return new Promise((resolve) => {
        world.plan(at, () => {
          const result = work()
          process.post(world.now, () => {
            this.#underWay--
            resolve(result)
          })
        })
      })
    }
    return this.#changed({
      ordered: this.#ordered,
      put: (entry) => {
        this.#asked.add(entry.clientId)
        return after(() => void this.#kept.set(entry.clientId, entry))
      },
      delete: (clientId) => after(() => void this.#kept.delete(clientId)),
      all: () => after(() => [...this.#kept.values()]),
    })
  }
}
