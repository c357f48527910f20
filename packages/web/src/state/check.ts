import { ClientError } from '@roomful/client'
import type { ServerMessageOf } from '@roomful/protocol'
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { Timers } from './announcer.ts'
import type { Held } from './held.ts'
import { gapsOf, type LogName, sizeOf } from './log.ts'

/** Whether everything is here, as far as the server was asked. */
export type Standing =
  | { readonly kind: 'checking' }
  | { readonly kind: 'missing'; readonly count: number }
  /** Nothing up to this number is missing; the server named its newest number at `checkedAt` (page clock). */
  | { readonly kind: 'complete'; readonly upTo: number; readonly checkedAt: number }

export interface CheckOptions {
  readonly held: () => Held
  readonly isOnline: () => boolean
  readonly isHidden: () => boolean
  /** Asks for what comes behind a number of a log. */
  readonly ask: (log: LogName, after: number) => Promise<ServerMessageOf<'history'>>
  /** The log is at least this long, and what it has is not on its way. */
  readonly onBehind: (log: LogName, head: number) => void
  readonly timers: Timers
}

/** Milliseconds between two questions, while somebody looks. */
const EVERY_MS = 20_000

/** What is newer than what is held may be on its way on the same connection: milliseconds to wait for it. */
const ON_ITS_WAY_MS = 2000

/** Asks the server now and then how long both logs are, so that a message that went missing in silence is noticed. */
export class Check {
  readonly standing: ReadonlySignal<Standing>
  readonly #options: CheckOptions
  readonly #checkedAt = signal<number | null>(null)
  readonly #asking = signal(false)
  #cancel: (() => void) | null = null
  #ended = false

  constructor(options: CheckOptions) {
    this.#options = options
    this.standing = computed(() => {
      const held = options.held()
      const { entries, head, start } = held.room
      const count = [...gapsOf(held.room, 'room'), ...gapsOf(held.private, 'private')].reduce(
        (sum, gap) => sum + sizeOf(gap),
        0,
      )
      if (count > 0) return { kind: 'missing', count }
      const nothingYet = entries.length === 0 && start === null
      if (this.#asking.value || this.#checkedAt.value === null || nothingYet) return { kind: 'checking' }
      return { kind: 'complete', upTo: head, checkedAt: this.#checkedAt.value }
    })
  }

  /** The server has just named its newest number. */
  told(): void {
    this.#checkedAt.value = this.#options.timers.now()
    this.#schedule(EVERY_MS)
  }

  /** Asks at once, when that is possible. */
  now(): void {
    void this.#ask()
  }

  end(): void {
    this.#ended = true
    this.#cancel?.()
  }

  #schedule(ms: number): void {
    this.#cancel?.()
    if (!this.#ended)
      this.#cancel = this.#options.timers.after(ms, () => {
        if (this.#options.isHidden()) this.#schedule(EVERY_MS)
        else void this.#ask()
      })
  }

  async #ask(): Promise<void> {
    const { ask, held, isOnline, timers } = this.#options
    // The next welcome tells.
    if (!isOnline() || this.#asking.peek()) return
    this.#asking.value = true
    try {
      const logs = ['room', 'private'] as const
      const answers = await Promise.all(logs.map((log) => ask(log, held()[log].head)))
      const isValid = (): boolean => answers.every(({ epoch }) => epoch === held().room.epoch)
      if (isValid()) {
        this.told()
        timers.after(ON_ITS_WAY_MS, () => {
          if (this.#ended || !isValid()) return
          for (const [i, log] of logs.entries()) {
            const head = answers[i]?.head_seq ?? 0
            if (head > held()[log].head) this.#options.onBehind(log, head)
          }
        })
      }
    } catch (error) {
      // Its time stays that of the last answer.
      const wait = error instanceof ClientError ? (error.retryAfterMs ?? EVERY_MS) : EVERY_MS
      this.#schedule(Math.max(wait, EVERY_MS))
    } finally {
      this.#asking.value = false
    }
  }
}
