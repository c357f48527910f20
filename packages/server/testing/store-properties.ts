/** Random calls against a store and, beside it, a model that is too simple to be wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Appended,
  type Entry,
  type EntryKind,
  type Found,
  MAX_DIFFERENT_REACTIONS,
  type NewEntry,
  type Range,
  type Reference,
  type Refused,
  type Store,
} from '../src/ports/store.ts'
import type { OpenedStore } from './store-support.ts'
import { entry as complete } from './store-support.ts'

/** All that was appended and not trimmed, in one list, and in another what was trimmed and is known by its client id. */
class Model {
  #entries: Entry[] = []
  #letGo: Entry[] = []
  readonly #heads = new Map<string, number>()

  append(sent: NewEntry): Appended {
    const first = [...this.#entries, ...this.#letGo].find(
      ({ log, clientId }) => clientId !== null && log === sent.log && clientId === sent.clientId,
    )
    if (first !== undefined) return this.#repeated(first, sent)
    const found = this.#find(sent)
    if (typeof found === 'string') return { outcome: 'refused', why: found }
    const copy = found === null ? sent.copy : found.copy
    const seq = this.#push(sent, found && { id: found.id, seq: sent.about })
    const again = { ...sent, log: copy ?? '', clientId: null }
    const copySeq =
      copy === null
        ? 0
        : copy === sent.log
          ? seq
          : this.#push(again, found && { id: found.id, seq: found.copySeq })
    if (sent.kind === 'delete' && found !== null) this.#empty(sent.log, found.id)
    return { outcome: 'appended', seq, copySeq, ...(found && { found }) }
  }

  #repeated(first: Entry, sent: NewEntry): Appended {
    const sameAuthor =
      first.author === sent.author || (first.authorId !== null && first.authorId === sent.authorId)
    const same =
      sameAuthor &&
      first.kind === sent.kind &&
      first.target === sent.target &&
      (first.about?.seq ?? null) === sent.about &&
      (first.text === sent.text || first.text === '')
    return same
      ? { outcome: 'duplicate', seq: first.seq, id: first.id, timestamp: first.timestamp }
      : { outcome: 'conflict' }
  }

  #find({ log, copy, kind, about, authorId, text }: NewEntry): Found | Refused | null {
    if (about === null) return null
    const target = this.#entries.find((entry) => entry.log === log && entry.seq === about)
    if (target === undefined || !isSaid(target.kind)) return 'not_found'
    const { id } = target
    const other = this.#entries.find(
      (entry) => entry.id === id && entry.log !== log && entry.kind === 'private',
    )
    if (isSaid(kind)) {
      const copySeq = copy === log ? about : copy === other?.log ? (other?.seq ?? null) : null
      return { id, copy, copySeq }
    }
    const isAuthor = authorId !== null && target.authorId === authorId
    if ((kind === 'edit' || kind === 'delete') && !isAuthor) return 'forbidden'
    if (kind !== 'delete' && target.text === '') return 'not_found'
    const emoji = new Set(
      this.#entries.flatMap((entry) =>
        entry.kind === 'reaction' && entry.about?.id === id ? [entry.text] : [],
      ),
    )
    if (kind === 'reaction' && emoji.size >= MAX_DIFFERENT_REACTIONS && !emoji.has(text))
      return 'too_many_reactions'
    return { id, copy: other?.log ?? null, copySeq: other?.seq ?? null }
  }

  #empty(log: string, id: string): void {
    this.#entries = this.#entries.map((entry) => {
      const isTarget = entry.id === id && (entry.log === log || entry.kind === 'private')
      const isEdit = entry.kind === 'edit' && entry.about?.id === id
      return isTarget || isEdit ? { ...entry, text: '' } : entry
    })
  }

  read(log: string, range: Range, limit: number): Entry[] {
    const own = this.#entries.filter((found) => found.log === log)
    if ('after' in range) return own.filter(({ seq }) => seq > range.after).slice(0, limit)
    return own
      .filter(({ seq }) => seq < range.before)
      .reverse()
      .slice(0, limit)
      .reverse()
  }

  head(log: string): number {
    return this.#heads.get(log) ?? 0
  }

  first(log: string): number {
    return this.head(log) - this.#entries.filter((found) => found.log === log).length + 1
  }

  trim(keep: number, idsBefore: number | null): void {
    const goes = ({ log, seq }: Entry) => seq <= this.head(log) - keep
    const gone = new Set(
      this.#entries.filter((entry) => isSaid(entry.kind) && goes(entry)).map(({ log, id }) => `${log} ${id}`),
    )
    const letGo = this.#entries.filter(goes).map((entry) => ({ ...entry, text: '' }))
    this.#letGo = [...this.#letGo, ...letGo].filter(({ at }) => idsBefore === null || at >= idsBefore)
    this.#entries = this.#entries
      .filter((entry) => !goes(entry))
      .map((entry) =>
        entry.kind === 'edit' && gone.has(`${entry.log} ${entry.about?.id}`) ? { ...entry, text: '' } : entry,
      )
  }

  rooms(): { room: string; head: number }[] {
    const names = [...new Set(this.#entries.map(({ log }) => log))].filter((log) => !log.startsWith('@'))
    return names.sort().map((room) => ({ room, head: this.head(room) }))
  }

  #push(entry: NewEntry, about: Reference | null): number {
    const { copy: _, ...sent } = entry
    const seq = this.head(sent.log) + 1
    this.#entries.push({ ...sent, seq, about })
    this.#heads.set(sent.log, seq)
    return seq
  }
}

function isSaid(kind: EntryKind): boolean {
  return kind === 'message' || kind === 'private'
}

type Call =
  | { readonly call: 'append'; readonly batch: readonly NewEntry[] }
  | { readonly call: 'read'; readonly log: string; readonly range: Range; readonly limit: number }
  | { readonly call: 'heads'; readonly logs: readonly string[] }
  | { readonly call: 'firsts'; readonly logs: readonly string[] }
  | { readonly call: 'trim'; readonly keep: number; readonly idsBefore: number | null }
  | { readonly call: 'rooms' }
  | { readonly call: 'settle' }
  | { readonly call: 'reopen' }

/** Few names, client ids and texts, so that they meet. */
function histories(): fc.Arbitrary<Call[]> {
  const log = fc.constantFrom('a', 'b', '大', '@x', '@y')
  const number = fc.integer({ min: 0, max: 15 })
  const idsBefore = fc.option(number, { freq: 2 })
  const sent = fc.record({
    log,
    copy: fc.option(log, { freq: 3 }),
    author: fc.constantFrom('Alice', 'Bob'),
    authorId: fc.option(fc.constantFrom('1', '2')),
    target: fc.option(fc.constantFrom('Alice', 'Bob'), { freq: 1 }),
    text: fc.oneof(fc.constantFrom('hello', '你好', '\0'), fc.string({ unit: 'grapheme', minLength: 1 })),
    clientId: fc.option(fc.constantFrom('c1', 'c2', 'c3', 'c4'), { freq: 2 }),
    at: number,
    kind: fc.constantFrom<EntryKind>(
      'message',
      'private',
      'private',
      'edit',
      'delete',
      'reaction',
      'unreaction',
    ),
    about: fc.option(fc.integer({ min: 0, max: 9 }), { freq: 2 }),
  })
  const range = fc.oneof(fc.record({ after: number }), fc.record({ before: number }))
  const append = fc
    .array(sent, { maxLength: 12 })
    .map((batch): Call => ({ call: 'append', batch: batch.map((given) => complete(given)) }))
  const call = <Name extends Call['call']>(name: Name) => fc.constant(name)
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: append },
      { weight: 3, arbitrary: fc.record({ call: call('read'), log, range, limit: number }) },
      { weight: 1, arbitrary: fc.record({ call: call('heads'), logs: fc.array(log) }) },
      { weight: 1, arbitrary: fc.record({ call: call('firsts'), logs: fc.array(log) }) },
      {
        weight: 1,
        arbitrary: fc.record({ call: call('trim'), keep: fc.integer({ min: 0, max: 8 }), idsBefore }),
      },
      { weight: 1, arbitrary: fc.record({ call: call('rooms') }) },
      { weight: 1, arbitrary: fc.record({ call: call('settle') }) },
      { weight: 1, arbitrary: fc.record({ call: call('reopen') }) },
    ),
    { maxLength: 30 },
  )
}

/**
 * What a store answers and what the model does, call by call. Calls are under way together until a `settle`; an append waits for the reads before
 * it, which may see it otherwise.
 */
class Run {
  readonly #model = new Model()
  readonly #prefix: string
  readonly #reopen: () => Promise<Store>
  #store: Store
  #isReading = false
  #underWay: { answer: Promise<unknown>; expected: unknown }[] = []

  constructor(prefix: string, store: Store, reopen: () => Promise<Store>) {
    this.#prefix = prefix
    this.#store = store
    this.#reopen = reopen
  }

  async play(calls: readonly Call[]): Promise<void> {
    for (const call of calls) {
      if (call.call === 'settle') {
        await this.settle()
      } else if (call.call === 'reopen') {
        await this.settle()
        this.#store = await this.#reopen()
      } else if (call.call === 'trim') {
        await this.settle()
        const { keep, idsBefore } = call
        while (!(await this.#store.trim({ keep, before: null, idsBefore }, 3)));
        this.#model.trim(keep, idsBefore)
      } else {
        if (call.call === 'append' && this.#isReading) await this.settle()
        this.#isReading = call.call !== 'append'
        this.#ask(call)
      }
    }
    await this.settle()
  }

  async settle(): Promise<void> {
    const underWay = this.#underWay
    this.#underWay = []
    expect(await Promise.all(underWay.map(({ answer }) => answer))).toEqual(
      underWay.map(({ expected }) => expected),
    )
  }

  #ask(call: Exclude<Call, { call: 'settle' | 'reopen' | 'trim' }>): void {
    switch (call.call) {
      case 'append': {
        const batch = call.batch.map((sent) => ({
          ...sent,
          log: this.#own(sent.log),
          copy: sent.copy && this.#own(sent.copy),
        }))
        return this.#expect(
          this.#store.append(batch),
          batch.map((sent) => this.#model.append(sent)),
        )
      }
      case 'read': {
        const log = this.#own(call.log)
        return this.#expect(
          this.#store.read(log, call.range, call.limit),
          this.#model.read(log, call.range, call.limit),
        )
      }
      case 'heads': {
        const logs = call.logs.map((log) => this.#own(log))
        return this.#expect(
          this.#store.heads(logs),
          logs.map((log) => this.#model.head(log)),
        )
      }
      case 'firsts': {
        const logs = call.logs.map((log) => this.#own(log))
        return this.#expect(
          this.#store.firsts(logs),
          logs.map((log) => this.#model.first(log)),
        )
      }
      case 'rooms': {
        const listed = this.#store.rooms(this.#prefix, 10)
        const own = listed.then((rooms) => rooms.filter(({ room }) => room.startsWith(this.#prefix)))
        return this.#expect(own, this.#model.rooms())
      }
    }
  }

  #expect(answer: Promise<unknown>, expected: unknown): void {
    this.#underWay.push({ answer, expected })
  }

  /** A log of this run: others have the same names in the same store. */
  #own(log: string): string {
    return log.startsWith('@') ? `@${this.#prefix}${log.slice(1)}` : `${this.#prefix}${log}`
  }
}

/** Plays `runs` random histories in one store, each in logs of its own; a store on a disk gets fewer of them. */
export function storeProperties(name: string, open: () => Promise<OpenedStore>, runs: number): void {
  describe(`${name} beside a model`, () => {
    it('answers every call as the model does', async () => {
      const opened = await open()
      let { store } = opened
      const reopen = async () => (store = (await opened.reopen?.()) ?? store)
      let played = 0
      try {
        await fc.assert(
          fc.asyncProperty(histories(), (calls) => new Run(`run${++played}-`, store, reopen).play(calls)),
          { numRuns: runs },
        )
      } finally {
        await opened.destroy()
      }
    }, 120_000)
  })
}
