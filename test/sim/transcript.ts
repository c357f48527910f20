import type { Client } from '../../packages/client/src/api.ts'
import { HISTORY_PAGE } from './disk.ts'

export interface Told {
  readonly seq: number
  readonly id: string
  /** What identifies it in the run; of what was deleted, `''`. */
  readonly text: string
  readonly isMessage: boolean
  readonly from: string
  readonly to: string | null
  /** The server had let go of it before it could be told. */
  readonly gone?: true
}

export interface Acked {
  readonly text: string
  readonly log: string
  readonly seq: number
  readonly id: string
}

export type ChangeKind = 'edit' | 'delete' | 'reaction' | 'unreaction'

export interface Sent {
  /** What identifies it in the run: a text, or what it does to which message. */
  readonly text: string
  /** What the server is given. */
  readonly says: string
  readonly room: string | null
  readonly to: string | null
  /** The message that it changes, and the epoch of the log in which it has that number. */
  readonly about?: {
    readonly kind: ChangeKind
    readonly seq: number
    readonly id: string
    readonly epoch: string | undefined
  }
  readonly clientId: string
}

/**
 * What an app has of one log, in the order in which it was told. The SDK tells what comes after its first welcome; what lies
 * between that and the app's last entry is read from history, and what is told meanwhile waits.
 */
export class Transcript {
  readonly log: string
  #entries: Told[] = []
  #epoch: string | null = null
  /** The SDK knows nothing of this log yet. */
  fresh = true
  #meanwhile: Told[] | null = null
  /** Counts beginnings, so that an answer for an earlier one is not taken. */
  #beginning = 0
  readonly #failed: (error: unknown) => void
  readonly #isGone: (seq: number) => boolean

  /** `isGone`: whether the server has let go of an entry. */
  constructor(log: string, failed: (error: unknown) => void, isGone: (seq: number) => boolean) {
    this.log = log
    this.#failed = failed
    this.#isGone = isGone
  }

  get entries(): readonly Told[] {
    return this.#entries
  }

  get epoch(): string | null {
    return this.#epoch
  }

  get reading(): boolean {
    return this.#meanwhile !== null
  }

  get last(): number {
    return this.#entries.at(-1)?.seq ?? 0
  }

  told(entry: Told): void {
    // Said before it left, and told before it has entered again: who enters reads it.
    if (this.fresh) return
    ;(this.#meanwhile ?? this.#entries).push(entry)
  }

  /** The SDK starts anew, and so does what it will tell. */
  forget(): void {
    this.fresh = true
    this.#beginning++
    this.#meanwhile = null
  }

  /** The first welcome: what comes is above `head`. */
  begin(client: Client, head: number, epoch: string): void {
    if (!this.fresh) return
    this.fresh = false
    // Another history: what it has is of no use.
    if (this.#epoch !== epoch) this.#entries = []
    this.#epoch = epoch
    if (this.last < head) this.#read(client, head)
  }

  gap(client: Client, after: number, before: number, epoch: string): void {
    if (after === 0) this.#entries = []
    this.#epoch = epoch
    this.fresh = false
    this.#read(client, before - 1)
  }

  /** What was told meanwhile and lies below `head` is read too: it may have a hole. */
  #read(client: Client, head: number): void {
    this.#meanwhile = []
    void this.#readOn(client, head, ++this.#beginning)
  }

  async #readOn(client: Client, head: number, beginning: number): Promise<void> {
    while (this.last < head) {
      const { entries, first_available = 1 } = await this.#page(client)
      if (beginning !== this.#beginning) return
      for (const entry of entries) {
        if (entry.seq > head || entry.seq <= this.last) continue
        this.#skipTo(entry.seq)
        this.#entries.push(toldOf(entry))
      }
      this.#skipTo(Math.min(first_available, head + 1))
      if (entries.length === 0 && this.last < head)
        await new Promise<void>((resolve) => this.#pause(client, resolve))
      if (beginning !== this.#beginning) return
    }
    const meanwhile = this.#meanwhile ?? []
    this.#meanwhile = null
    this.#entries.push(...meanwhile)
  }

  /** What is missing below this number, if it really is gone: anything else is a hole, and stays one. */
  #skipTo(seq: number): void {
    if (seq <= this.last + 1 || !this.#isGone(seq - 1)) return
    for (let gone = this.last + 1; gone < seq; gone++)
      this.#entries.push({ seq: gone, id: '', text: '', isMessage: false, from: '', to: null, gone: true })
  }

  async #page(client: Client) {
    try {
      return await client.history({ room: this.log, after: this.last, limit: HISTORY_PAGE })
    } catch (error) {
      this.#failed(error)
      return { entries: [], first_available: 1 }
    }
  }

  /** Waits for a reason to try again: the next frame of any kind. */
  #pause(client: Client, resolve: () => void): void {
    const end = client.onFrame(() => {
      end()
      resolve()
    })
  }
}

type Entry = Awaited<ReturnType<Client['history']>>['entries'][number]

export function toldOf(entry: Entry): Told {
  const { seq, id } = entry
  switch (entry.type) {
    case 'message':
      return { seq, id, text: entry.message, isMessage: true, from: entry.username, to: null }
    case 'private':
      return { seq, id, text: entry.message, isMessage: true, from: entry.from, to: entry.to }
    default: {
      const says = entry.type === 'edit' ? entry.message : entry.type === 'reaction' ? entry.emoji : ''
      const isTakenBack = entry.type === 'reaction' && entry.removed === true
      const kind = isTakenBack ? 'unreaction' : entry.type
      const text = changeText(kind, says, entry.target.id, entry.username)
      return { seq, id, text, isMessage: false, from: entry.username, to: null }
    }
  }
}

/** What identifies a change: one that meets another message than it was meant for is another one. */
export function changeText(kind: ChangeKind, says: string, id: string, from: string): string {
  if (kind === 'reaction') return `${says} of ${from} for ${id}`
  if (kind === 'unreaction') return `${says} of ${from} no more for ${id}`
  if (kind === 'delete') return `deletion of ${id}`
  return says === '' ? '' : `${says} for ${id}`
}
