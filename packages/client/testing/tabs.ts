import type { ChannelLike } from '../src/shared.ts'
import type { LocksLike } from '../src/leader.ts'

type Listener = (event: { readonly data: unknown }) => void

/** One browser: its channels and locks. What a tab says reaches the others as a copy, a moment later. */
export class FakeBrowser {
  readonly #ends = new Set<{ readonly tab: string; readonly name: string; hear: Listener[] }>()
  readonly #dead = new Set<string>()
  /** Who holds the lock, and who waits for it, in order. */
  readonly #queues = new Map<string, { readonly tab: string; grant(): void }[]>()
  /** Notes that were posted. */
  posted = 0

  channel(tab: string): (name: string) => ChannelLike {
    return (name) => {
      const end = { tab, name, hear: [] as Listener[] }
      this.#ends.add(end)
      return {
        postMessage: (message) => {
          if (this.#dead.has(tab)) return
          this.posted += 1
          const data: unknown = structuredClone(message)
          for (const other of this.#ends)
            if (other !== end && other.name === name)
              queueMicrotask(() => {
                if (this.#ends.has(other)) for (const hear of other.hear) hear({ data })
              })
        },
        addEventListener: (_type, listener) => void end.hear.push(listener),
        close: () => void this.#ends.delete(end),
      }
    }
  }

  locks(tab: string): LocksLike {
    return {
      request: (name, { signal }, hold) =>
        new Promise((resolve, reject) => {
          const queue = this.#queues.get(name) ?? []
          this.#queues.set(name, queue)
          const place = {
            tab,
            grant: (): void => {
              hold()
                .finally(() => this.#leave(tab))
                .then(resolve, reject)
            },
          }
          signal.addEventListener('abort', () => {
            if (queue[0] !== place) this.#leave(tab)
          })
          queue.push(place)
          if (queue[0] === place) queueMicrotask(place.grant)
        }),
    }
  }

  /** The tab dies without a word. */
  kill(tab: string): void {
    this.#dead.add(tab)
    for (const end of this.#ends) if (end.tab === tab) this.#ends.delete(end)
    this.#leave(tab)
  }

  #leave(tab: string): void {
    for (const queue of this.#queues.values()) {
      const at = queue.findIndex((place) => place.tab === tab)
      if (at < 0) continue
      queue.splice(at, 1)
      const [next] = queue
      if (at === 0 && next !== undefined) queueMicrotask(next.grant)
    }
  }
}
