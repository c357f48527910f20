import { nameKey, type ServerMessageOf } from '@roomful/protocol'
import { type Signal, signal } from '@preact/signals'
import type { Timers } from './announcer.ts'
import type { ChatClient } from './client.ts'

type Welcome = ServerMessageOf<'system'>

/** How the room may be used, by oneself. */
export interface Rules {
  readonly mayModerate: boolean
  /** Milliseconds between two messages of one person; 0: no slow mode. */
  readonly slowMs: number
  readonly locked: boolean
  readonly readOnly: boolean
  /** Milliseconds of the page's clock until which one is muted; 0: not at all. */
  readonly mutedUntil: number
}

/** Why nothing can be said now, and until when on the page's clock. */
export interface Silenced {
  readonly why: 'muted' | 'read_only' | 'slow'
  readonly until: number
}

const FREE: Rules = { mayModerate: false, slowMs: 0, locked: false, readOnly: false, mutedUntil: 0 }

interface RulingOptions {
  readonly client: ChatClient
  readonly ownKey: string
  readonly room: () => string
  readonly timers: Timers
}

/** What moderators have done, as far as it is about this room and this person. */
export class Ruling {
  readonly rules: Signal<Rules> = signal(FREE)
  /** Changes with everything that moderators do, as far as it is heard of. */
  readonly acts = signal(0)
  /** Whether a moderator looks at who is muted and banned. */
  readonly isListing = signal(false)
  readonly #options: RulingOptions
  readonly #saidAt = signal(-Infinity)

  constructor(options: RulingOptions) {
    this.#options = options
  }

  begin({ moderation = {}, server_time }: Welcome): void {
    const { may_moderate, slow_seconds = 0, locked, read_only, muted, muted_until } = moderation
    const now = this.#options.timers.now()
    const skew = Date.parse(server_time ?? '') - now || 0
    this.rules.value = {
      mayModerate: may_moderate === true,
      slowMs: slow_seconds * 1000,
      locked: locked === true,
      readOnly: read_only === true,
      mutedUntil:
        muted === true ? (muted_until === undefined ? Infinity : Date.parse(muted_until) - skew) : 0,
    }
  }

  /** Whether the room may not be used as any other, or one moderates it. */
  get isShown(): boolean {
    const { slowMs, locked, readOnly, mayModerate } = this.rules.value
    return mayModerate || slowMs > 0 || locked || readOnly
  }

  /** Follows what moderators do, and hands on what is to be told. Returns what ends it. */
  listen(onNotice: (notice: ServerMessageOf<'moderation'>) => void): () => void {
    return this.#options.client.onModeration((frame) => {
      if (frame.room !== this.#options.room()) return
      this.rules.value = after(this.rules.peek(), frame, this.#options)
      this.acts.value++
      onNotice(frame)
    })
  }

  /** Something was said to all. */
  said(): void {
    this.#saidAt.value = this.#options.timers.now()
  }

  /** Why one may say nothing to all at this time; `null` when one may. */
  silenced(now: number): Silenced | null {
    const { mayModerate, slowMs, readOnly, mutedUntil } = this.rules.value
    if (mutedUntil > now) return { why: 'muted', until: mutedUntil }
    if (mayModerate) return null
    if (readOnly) return { why: 'read_only', until: Infinity }
    const next = this.#saidAt.value + slowMs
    return slowMs > 0 && next > now ? { why: 'slow', until: next } : null
  }

  /** In this room, unless another is named. Rejects with the server's refusal. */
  async moderate(what: Parameters<ChatClient['moderate']>[0]): Promise<void> {
    await this.#options.client.moderate({ room: this.#options.room(), ...what })
    this.acts.value++
  }
}

function after(
  rules: Rules,
  { action, username, seconds }: ServerMessageOf<'moderation'>,
  { ownKey, timers }: RulingOptions,
): Rules {
  const isOwn = username !== undefined && nameKey(username) === ownKey
  switch (action) {
    case 'slow':
      return { ...rules, slowMs: (seconds ?? 0) * 1000 }
    case 'lock':
    case 'unlock':
      return { ...rules, locked: action === 'lock' }
    case 'read_only':
    case 'writable':
      return { ...rules, readOnly: action === 'read_only' }
    case 'mute':
      // Counted from here: clocks differ.
      return isOwn
        ? { ...rules, mutedUntil: seconds === undefined ? Infinity : timers.now() + seconds * 1000 }
        : rules
    case 'unmute':
      return isOwn ? { ...rules, mutedUntil: 0 } : rules
    default:
      return rules
  }
}
