import { type ReadonlySignal, signal } from '@preact/signals'
import type { Timers } from './announcer.ts'
import { type Entry, indexOf, type Log } from './log.ts'
import { firstShown } from './rows.ts'

export interface JumpOptions {
  readonly room: () => Log
  /** Loads what surrounds a number. */
  readonly around: (seq: number) => Promise<void>
  readonly timers: Timers
}

/** How long the message that a link led to stands out, in milliseconds. */
const SHOWN_MS = 4000

/** Leads to one message of the room. */
export class Jump {
  /** Row that a link led to, for a while. */
  readonly shown: ReadonlySignal<{ readonly key: string } | null>
  readonly #options: JumpOptions
  readonly #shown = signal<{ readonly key: string } | null>(null)
  #cancel: (() => void) | null = null

  constructor(options: JumpOptions) {
    this.#options = options
    this.shown = this.#shown
  }

  /** Resolves with whether the message is there. */
  async to(seq: number): Promise<boolean> {
    if (this.#held(seq) === null) await this.#options.around(seq)
    const entry = this.#held(seq)
    if (entry === null) return false
    this.#shown.value = { key: entry.key }
    this.#cancel?.()
    this.#cancel = this.#options.timers.after(SHOWN_MS, () => {
      this.#shown.value = null
    })
    return true
  }

  end(): void {
    this.#cancel?.()
  }

  /** The message with this number, when it is shown. */
  #held(seq: number): Entry | null {
    const room = this.#options.room()
    const index = indexOf(room, seq)
    const entry = room.entries[index]
    return entry?.change === null && index >= firstShown(room) ? entry : null
  }
}
