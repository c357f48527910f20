import type { ChannelLike } from '../src/shared.ts'
import type { LocksLike } from '../src/leader.ts'

interface Place {
  readonly tab: string
  readonly grant: () => void
  readonly rob: () => void
}

type Listener = (event: { readonly data: unknown }) => void

/** One browser: its channels and locks. What a tab says reaches the others as a copy, a moment later. */
export class FakeBrowser {
  readonly #ends = new Set<{ readonly tab: string; readonly name: string; hear: Listener[] }>()
  readonly #dead = new Set<string>()
  /** Who holds the lock, and who waits for it, in order. */
  readonly #queues = new Map<string, Place[]>()
  /** What a frozen tab learns when it wakes. */
  readonly #untold: (() => void)[] = []

  channel(tab: string): (name: string) => ChannelLike {
    return (name) => {
      const end = { tab, name, hear: [] as Listener[] }
      this.#ends.add(end)
      return {
        postMessage: (message) => {
          if (this.#dead.has(tab)) return
          const data: unknown = structuredClone(message)
          for (const other of this.#ends)
            if (other !== end && other.name === name && !this.#dead.has(other.tab))
              queueMicrotask(() => {
                if (this.#ends.has(other) && !this.#dead.has(other.tab))
                  for (const hear of other.hear) hear({ data })
              })
        },
        addEventListener: (_type, listener) => void end.hear.push(listener),
        close: () => void this.#ends.delete(end),
      }
    }
  }

  locks(tab: string): LocksLike {
    return {
      request: (name, options, hold) =>
        new Promise((resolve, reject) => {
          const queue = this.#queues.get(name) ?? []
          this.#queues.set(name, queue)
          const place: Place = {
            tab,
            grant: () => {
              hold()
                .finally(() => this.#leave(queue, place))
                .then(resolve, reject)
            },
            rob: () => {
              const tell = (): void => reject(new Error('AbortError'))
              if (this.#dead.has(tab)) this.#untold.push(tell)
              else tell()
            },
          }
          if ('steal' in options) {
            queue.shift()?.rob()
            queue.unshift(place)
          } else {
            options.signal.addEventListener('abort', () => {
              if (queue[0] !== place) this.#leave(queue, place)
            })
            queue.push(place)
          }
          if (queue[0] === place) queueMicrotask(place.grant)
        }),
    }
  }

  /** The tab neither hears nor says anything, and keeps its lock. */
  freeze(tab: string): void {
    this.#dead.add(tab)
  }

  /** What was said meanwhile is lost to it. */
  thaw(tab: string): void {
    this.#dead.delete(tab)
    for (const tell of this.#untold.splice(0)) tell()
  }

  /** The tab dies without a word. */
  kill(tab: string): void {
    this.#dead.add(tab)
    for (const queue of this.#queues.values())
      for (const place of queue.filter((each) => each.tab === tab)) this.#leave(queue, place)
  }

  #leave(queue: Place[], place: Place): void {
    const at = queue.indexOf(place)
    if (at < 0) return
    queue.splice(at, 1)
    const [next] = queue
    if (at === 0 && next !== undefined) queueMicrotask(next.grant)
  }
}
