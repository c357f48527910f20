import type { OutboxEntry } from '../src/outbox-entry.ts'
import type { OutboxStorage } from '../src/outbox-storage.ts'

/** A storage in memory that notes what it is told, and fails or hangs when it is told to. */
export class FakeOutboxStorage implements OutboxStorage {
  readonly kept = new Map<string, OutboxEntry>()
  readonly log: string[] = []
  /** `hang`: nothing settles any more. An error: everything rejects with it. */
  fault: 'hang' | Error | null = null
  /** Puts wait until it is called. */
  release: (() => void) | null = null

  put(entry: OutboxEntry): Promise<void> {
    return this.#do(`put ${entry.text} ${entry.state.phase}`, () => void this.kept.set(entry.clientId, entry))
  }

  delete(clientId: string): Promise<void> {
    return this.#do(`delete ${this.kept.get(clientId)?.text}`, () => void this.kept.delete(clientId))
  }

  all(): Promise<readonly unknown[]> {
    return this.#do('all', () => [...this.kept.values()])
  }

  /** Makes puts wait. */
  hold(): void {
    this.#held = new Promise((resolve) => {
      this.release = resolve
    })
  }

  #held: Promise<void> = Promise.resolve()

  async #do<T>(name: string, act: () => T): Promise<T> {
    this.log.push(name)
    if (this.fault === 'hang') await new Promise(() => undefined)
    if (this.fault instanceof Error) throw this.fault
    await this.#held
    return act()
  }
}
