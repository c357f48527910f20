import type { OutboxEntry } from '../../packages/client/src/outbox-entry.ts'
import type { OutboxStorage } from '../../packages/client/src/outbox-storage.ts'
import type { Chance } from './chance.ts'
import type { Process } from './world.ts'

/** What a browser keeps of an outbox over a reload. Each operation takes its time; what a dead page has asked for is done all the same. */
export class OutboxDisk {
  readonly #kept = new Map<string, OutboxEntry>()
  readonly #chance: Chance

  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** The storage as one life of the page sees it. */
  openIn(process: Process): OutboxStorage {
    const { world } = process
    const after = <T>(work: () => T): Promise<T> =>
      new Promise((resolve) => {
        world.plan(world.now + this.#chance.between(0, 5), () => {
          const result = work()
          process.post(world.now, () => resolve(result))
        })
      })
    return {
      put: (entry) => after(() => void this.#kept.set(entry.clientId, entry)),
      delete: (clientId) => after(() => void this.#kept.delete(clientId)),
      all: () => after(() => [...this.#kept.values()]),
    }
  }
}
