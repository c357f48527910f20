import type { Identity } from '../ports/auth.ts'
import type { Clock } from '../ports/clock.ts'
import { StoreUnavailable } from '../ports/store.ts'
import type { Log } from './log.ts'
import type { LogBook } from './log-book.ts'
import type { LogWriter } from './log-writer.ts'
import { ownEntry } from './own-entry.ts'

/**
 * AU3: which names bearers of tokens have had. Each has a log of the server's own that begins when the first bearer comes, so every node that can read it knows, after
 * a restart too; a guest's node follows the log of the guest's name, and hears of a bearer as of anything else. Docs: docs/decisions/0027-names-of-bearers.md.
 */
export class BearerNames {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** The log of a name, held for the caller, who releases it. It is a bearer's when it has an entry. Rejects with `StoreUnavailable`. */
  open(key: string): Promise<Log> {
    return this.#deps.logs.open(`@!name ${key}`)
  }

  /** A guest bears the name that this is the log of: who does so is closed when a bearer comes, until it is released. */
  guard(log: Log, key: string): void {
    log.holds++
    log.follower = () => this.#deps.onBorne(key)
  }

  async has(key: string): Promise<boolean> {
    const log = await this.open(key)
    this.#deps.logs.release(log)
    return log.head > 0
  }

  /** A bearer comes. Resolves when it is known to be a bearer's name. Rejects with `StoreUnavailable`. */
  async note(key: string, by: Identity): Promise<void> {
    const log = await this.open(key)
    try {
      if (log.head === 0) await this.#append(log.name, by)
    } finally {
      this.#deps.logs.release(log)
    }
  }

  #append(log: string, by: Identity): Promise<void> {
    const { writer, clock, nextId } = this.#deps
    const entry = ownEntry({ log, id: nextId(), at: clock.now(), text: 'borne' }, by)
    return new Promise((resolve, reject) => {
      writer.append(entry, (result) => {
        // Where no further log may begin, a guest can have it again; that is no reason to send its bearer away.
        if (result === null) reject(new StoreUnavailable('The name is not noted.'))
        else resolve()
      })
    })
  }
}

interface Deps {
  readonly logs: LogBook
  readonly writer: LogWriter
  readonly clock: Clock
  readonly nextId: () => string
  /** No guest may bear the name of this key any more. */
  readonly onBorne: (key: string) => void
}
