import { PRIVATE_LOG, type ServerMessageOf } from '@roomful/protocol'
import type { Gap, Since } from './log-order.ts'

/** How far one tab was told of each log, so that it can go on from there when it takes over. */
export class Told {
  #epoch: string | undefined
  readonly #seqs = new Map<string, number>()
  /** Each log's own: after a restore they come to the new one with their welcomes. */
  readonly #epochs = new Map<string, string>()

  /** Whether the entry is news. Entries that are missing before it are given to `onGap`. */
  takes(room: string, seq: number, onGap: (gap: Gap) => void): boolean {
    const last = this.#seqs.get(room)
    if (last !== undefined && seq <= last) return false
    this.#seqs.set(room, seq)
    if (last !== undefined && seq > last + 1) onGap({ room, after: last, before: seq })
    return true
  }

  /** A log begins at its head, unless it was told of before. */
  welcomed(welcome: ServerMessageOf<'system'>): void {
    const { epoch, room, head_seq, private_head_seq } = welcome
    this.#epoch = epoch ?? this.#epoch
    const heads = [
      [room, head_seq],
      [PRIVATE_LOG, private_head_seq],
    ] as const
    for (const [log, head] of heads) {
      if (log === undefined || head === undefined) continue
      if (epoch !== undefined) this.#epochs.set(log, epoch)
      if (!this.#seqs.has(log)) this.#seqs.set(log, head)
    }
  }

  epochOf(log: string): string | undefined {
    return this.#epochs.get(log) ?? this.#epoch
  }

  jumped({ room, before }: Gap): void {
    this.#seqs.set(room, before - 1)
  }

  /** The heads as a welcome would name them now. */
  heads(home: string): Partial<ServerMessageOf<'system'>> {
    const head_seq = this.#seqs.get(home)
    const private_head_seq = this.#seqs.get(PRIVATE_LOG)
    return {
      ...(head_seq !== undefined && { head_seq }),
      ...(private_head_seq !== undefined && { private_head_seq }),
    }
  }

  delete(room: string): void {
    this.#seqs.delete(room)
    this.#epochs.delete(room)
  }

  clear(): void {
    this.#seqs.clear()
    this.#epochs.clear()
  }

  /** By log: where to go on. */
  get since(): Record<string, Since> {
    const since: Record<string, Since> = {}
    for (const [log, seq] of this.#seqs) {
      const epoch = this.epochOf(log)
      if (epoch !== undefined) since[log] = { epoch, seq }
    }
    return since
  }

  /** Goes on where another tab stands. What this one was not told in between is given to `onGap`. */
  takeOver(since: Readonly<Record<string, Since>>, onGap: (gap: Gap) => void): void {
    for (const [room, { epoch, seq }] of Object.entries(since)) {
      const last = this.#seqs.get(room)
      const after = this.epochOf(room) === epoch ? last : 0
      this.#seqs.set(room, seq)
      this.#epochs.set(room, epoch)
      if (last !== undefined && after !== undefined && seq > after) onGap({ room, after, before: seq + 1 })
    }
    for (const { epoch } of Object.values(since)) this.#epoch = epoch
  }
}
