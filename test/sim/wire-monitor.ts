import type { Coverage } from './coverage.ts'
import type { WireFrame } from './frames.ts'
import type { Findings } from './findings.ts'
import { PRIVATE } from './logs.ts'

const ENTRY_TYPES = ['message', 'private', 'edit', 'delete', 'reaction'] as const

type EntryType = (typeof ENTRY_TYPES)[number]

const ENTRIES: ReadonlySet<string> = new Set(ENTRY_TYPES)

/**
 * Watches what one connection is sent and holds it against V8 and PM1: entries of each log follow each other without a hole from
 * where its welcome puts them, and nobody is sent another's private message. The SDK would heal much of what this finds.
 */
export class WireMonitor {
  readonly #name: string
  readonly #findings: Findings
  readonly #coverage: Coverage
  /** Number that is due next, by log. */
  readonly #due = new Map<string, number>()

  constructor(name: string, findings: Findings, coverage: Coverage) {
    this.#name = name
    this.#findings = findings
    this.#coverage = coverage
  }

  readonly watch = (frames: readonly WireFrame[]): void => {
    for (const { fields } of frames) {
      const { type, event, room, code } = fields
      if (ENTRIES.has(type)) this.#entry(fields)
      else if (type === 'system' && event === 'welcome') this.#welcome(fields)
      else if (type === 'confirmation' && event === 'left' && room !== undefined) this.#due.delete(room)
      else if (type === 'history' || type === 'ack') this.#coverage.note(type)
      else if (type === 'going_away') this.#coverage.note('going away told')
      else if (type === 'error') this.#refused(code)
    }
  }

  #refused(code: string | undefined): void {
    if (code === 'going_away') this.#coverage.note('refused because of the end')
    if (
      code === 'unavailable' ||
      code === 'user_not_found' ||
      code === 'not_in_room' ||
      code === 'rate_limited'
    )
      this.#coverage.note(code)
  }

  #welcome({ room, head_seq, private_head_seq, resume }: WireFrame['fields']): void {
    if (room === undefined || head_seq === undefined) return
    if (resume?.outcome === 'full') {
      this.#due.set(room, resume.after + 1)
      this.#coverage.note(resume.after < head_seq ? 'resume full' : 'resume of nothing')
      return
    }
    if (resume?.outcome === 'gap') this.#coverage.note('resume gap')
    if (!this.#due.has(room)) this.#due.set(room, head_seq + 1)
    if (private_head_seq !== undefined && !this.#due.has('@me')) this.#due.set('@me', private_head_seq + 1)
  }

  #entry({ type, room, seq, from, to, removed }: WireFrame['fields']): void {
    const log = room ?? ''
    this.#coverage.note(type as EntryType)
    if (removed === true) this.#coverage.note('reaction taken back')
    if (log === PRIVATE && (type === 'edit' || type === 'delete')) this.#coverage.note(`${type} in private`)
    if (type === 'private' && from !== this.#name && to !== this.#name)
      this.#findings.add('wire', `${this.#name} was sent a private message from ${from} to ${to}`)
    const due = this.#due.get(log)
    if (due === undefined)
      this.#findings.add('wire', `${this.#name} was sent ${seq} of ${log}, which it is not in`)
    else if (seq !== due)
      this.#findings.add('wire', `${this.#name} was sent ${seq} of ${log}, ${due} was due`)
    this.#due.set(log, (seq ?? 0) + 1)
  }
}
