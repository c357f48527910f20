import type { OutboxClient } from '../../packages/client/src/api.ts'
import type { OutboxDraft, OutboxEntry } from '../../packages/client/src/outbox-entry.ts'
import type { OutboxStorage } from '../../packages/client/src/outbox-storage.ts'
import type { Chance } from './chance.ts'
import { OutboxDisk } from './outbox-disk.ts'
import type { Process } from './world.ts'

/** What an app gives to the SDK's outbox over all lives of its page, held against what it is told becomes of it. */
export class OutboxUser {
  readonly #disk: OutboxDisk
  /** Texts of what was taken, by client id, until it is told what has become of it. */
  readonly #open = new Map<string, string>()

  /** `changed`: what a mutant makes of the storage. */
  constructor(chance: Chance, changed?: (storage: OutboxStorage) => OutboxStorage) {
    this.#disk = new OutboxDisk(chance, changed)
  }

  openIn(process: Process): OutboxStorage {
    return this.#disk.openIn(process)
  }

  add(client: OutboxClient, draft: OutboxDraft & { clientId: string; text: string }): void {
    client.outbox.add(draft)
    this.#open.set(draft.clientId, draft.text)
  }

  discard({ outbox }: OutboxClient, clientId: string): void {
    if (outbox.discard(clientId) !== undefined) this.#open.delete(clientId)
  }

  /** Sent and failed are ends, if it says of what; that something was discarded is the app's own to say. */
  told({ clientId, text, state }: OutboxEntry): void {
    const ends = state.phase === 'sent' || state.phase === 'failed'
    if (ends && this.#open.get(clientId) === text) this.#open.delete(clientId)
  }

  pageDies(): void {
    for (const clientId of this.#open.keys())
      if (this.#disk.diesWithPage(clientId)) this.#open.delete(clientId)
  }

  /** Texts that it took and never told the end of. */
  get untold(): readonly string[] {
    return [...this.#open.values()]
  }
}
