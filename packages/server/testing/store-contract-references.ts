/** The part of the `Store` contract that is about entries about others. */
import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Entry, MAX_DIFFERENT_REACTIONS, type NewEntry } from '../src/ports/store.ts'
import { all, type Context, entry, numbersTo, textsOf } from './store-support.ts'

const refused = (why: string) => ({ outcome: 'refused', why })
const BOB = { author: 'Bob', authorId: 'p-bob' }

/** An entry about number 1 of the lobby. */
const about = (kind: Entry['kind'], given: Partial<NewEntry> = {}) =>
  entry({ kind, text: kind === 'delete' ? '' : 'new', about: 1, ...given })

export function references(context: Context): void {
  const first = entry({ id: 'first', text: 'secret' })
  beforeEach(() => context.store.append([first]).then(() => undefined))

  it('names what an entry is about, by id and number, in the same batch, later and after a restart', async () => {
    const [reply, edit] = [about('message', { text: 'answer', about: 2 }), about('edit', { about: 2 })]
    const found = { id: 'second', copy: null, copySeq: null }
    expect(await context.store.append([entry({ id: 'second' }), reply, edit])).toEqual([
      { outcome: 'appended', seq: 2, copySeq: 0 },
      { outcome: 'appended', seq: 3, copySeq: 0, found },
      { outcome: 'appended', seq: 4, copySeq: 0, found },
    ])
    const named = [null, null, { id: 'second', seq: 2 }, { id: 'second', seq: 2 }]
    expect((await all(context.store)).map((read) => read.about)).toEqual(named)
    expect((await all(await context.reopened())).map((read) => read.about)).toEqual(named)
  })

  it.each([
    ['a number in the future', { about: 2 }],
    ['0', { about: 0 }],
    ['a number below 0', { about: -1 }],
    ['a broken number', { about: 1.5 }],
    ['a number without bounds', { about: Number.MAX_VALUE }],
    ['a number of another log', { about: 1, log: 'other' }],
  ])('refuses %s, and writes nothing', async (_, given) => {
    for (const kind of ['message', 'edit', 'delete', 'reaction', 'unreaction'] as const)
      expect(await context.store.append([about(kind, given)])).toEqual([refused('not_found')])
    expect(await context.store.heads(['lobby', 'other'])).toEqual([1, 0])
    expect(await context.store.rooms('', 10)).toEqual([{ room: 'lobby', head: 1 }])
    expect(textsOf(await all(context.store))).toEqual(['secret'])
  })

  it('refuses what is about an entry that is about another one', async () => {
    await context.store.append([about('reaction', { text: '👍' })])
    for (const kind of ['message', 'edit', 'delete', 'reaction'] as const)
      expect(await context.store.append([about(kind, { about: 2 })])).toEqual([refused('not_found')])
  })

  it('lets the author edit and delete, by identity and never by name', async () => {
    await context.store.append([entry({ authorId: null })])
    for (const kind of ['edit', 'delete'] as const) {
      for (const other of [BOB, { authorId: 'p-stranger' }, { authorId: null }, { authorId: null, about: 2 }])
        expect(await context.store.append([about(kind, other)])).toEqual([refused('forbidden')])
      expect((await context.store.append([about(kind, { author: 'ALICE' })]))[0]?.outcome).toBe('appended')
    }
  })

  it('lets a moderator delete what anybody said in a room, and nothing else', async () => {
    await context.store.append([entry({ authorId: null, text: 'secret' })])
    await context.store.append([about('edit', { text: 'secret' })])
    const asBob = { ...BOB, asModerator: true }
    for (const kind of ['edit', 'reaction'] as const)
      expect(await context.store.append([about(kind, { ...asBob, about: 3 })])).toEqual([
        refused('not_found'),
      ])
    expect(await context.store.append([about('edit', asBob)])).toEqual([refused('forbidden')])
    const deletions = [1, 2].map((seq) => about('delete', { ...asBob, about: seq, clientId: randomUUID() }))
    expect(await context.store.append(deletions)).toMatchObject([{ seq: 4 }, { seq: 5 }])
    expect(await context.store.append(deletions)).toMatchObject([
      { outcome: 'duplicate', seq: 4 },
      { outcome: 'duplicate', seq: 5 },
    ])
    const kept = await all(await context.reopened())
    expect(textsOf(kept)).toEqual(['', '', '', '', ''])
    expect(kept.slice(3)).toMatchObject([
      { kind: 'delete', author: 'Bob', authorId: 'p-bob', about: { seq: 1 } },
      { kind: 'delete', about: { seq: 2 } },
    ])
  })

  describe('deletion', () => deletion(context))
  describe('about private messages', () => privately(context))

  it('knows a client id again with the same kind and number only, whatever became of what it is about', async () => {
    const clientId = randomUUID()
    const edit = about('edit', { clientId, id: 'edit' })
    await context.store.append([entry(), edit, about('delete')])
    const store = await context.reopened()
    expect(await store.append([{ ...edit, id: 'again' }])).toEqual([
      { outcome: 'duplicate', seq: 3, id: 'edit', timestamp: edit.timestamp },
    ])
    for (const other of [{ about: 2 }, { about: null }, { kind: 'reaction' } as const, BOB])
      expect(await store.append([{ ...edit, ...other }])).toEqual([{ outcome: 'conflict' }])
  })

  it('knows a client id before it looks at what the entry is about', async () => {
    const clientId = randomUUID()
    await context.store.append([entry({ clientId, text: 'said' })])
    expect(await context.store.append([about('edit', { clientId, about: 99 })])).toEqual([
      { outcome: 'conflict' },
    ])
  })

  it('bears so many different emoji, each as often as people like, those that were taken back counted', async () => {
    const emoji = numbersTo(MAX_DIFFERENT_REACTIONS).map((number) => String.fromCodePoint(0x1f600 + number))
    const react = (text: string, given: Partial<NewEntry> = {}) => about('reaction', { text, ...given })
    const results = await context.store.append(emoji.flatMap((text) => [react(text), react(text, BOB)]))
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['appended']))
    await context.store.append([about('unreaction', { text: emoji[0] ?? '' })])
    expect(await context.store.append([react('🌳')])).toEqual([refused('too_many_reactions')])
    expect((await context.store.append([react(emoji[0] ?? '')]))[0]?.outcome).toBe('appended')
    await context.store.append([entry({ log: 'other' })])
    expect((await context.store.append([react('🌳', { log: 'other' })]))[0]?.outcome).toBe('appended')
  })
}

function deletion(context: Context): void {
  it('empties the text and that of its edits, and nothing else', async () => {
    const batch = [
      about('edit', { text: 'secret, corrected' }),
      about('reaction', { text: '👍' }),
      about('message', { text: 'an answer' }),
      entry({ text: 'another' }),
      about('edit', { text: 'another, corrected', about: 5 }),
      about('delete'),
      entry({ text: 'later' }),
    ]
    await context.store.append(batch)
    const texts = ['', '', '👍', 'an answer', 'another', 'another, corrected', '', 'later']
    expect(textsOf(await all(context.store))).toEqual(texts)
    const kept = await all(await context.reopened())
    expect(textsOf(kept)).toEqual(texts)
    expect(kept[6]).toMatchObject({ kind: 'delete', about: { id: 'first', seq: 1 } })
  })

  it('leaves nothing to edit or to react to; a reply comes through, and a second deletion', async () => {
    await context.store.append([about('delete')])
    for (const kind of ['edit', 'reaction', 'unreaction'] as const)
      expect(await context.store.append([about(kind)])).toEqual([refused('not_found')])
    for (const kind of ['message', 'delete'] as const)
      expect((await context.store.append([about(kind)]))[0]?.outcome).toBe('appended')
  })

  it('leaves the number and the client id of what it emptied', async () => {
    const sent = entry({ clientId: randomUUID(), id: 'sent', text: 'a secret' })
    await context.store.append([sent, about('delete', { about: 2 })])
    expect(await context.store.append([{ ...sent, id: 'again' }])).toEqual([
      { outcome: 'duplicate', seq: 2, id: 'sent', timestamp: sent.timestamp },
    ])
  })
}

function privately(context: Context): void {
  const whisper = (given: Partial<NewEntry> = {}) =>
    entry({ log: '@alice', copy: '@bob', kind: 'private', target: 'Bob', id: 'whisper', ...given })
  const read = async (log: string) => (await all(context.store, log)).slice(-1)

  beforeEach(() =>
    context.store
      .append([entry({ log: '@bob', text: 'older' }), whisper({ text: 'secret' })])
      .then(() => undefined),
  )

  it('goes to both logs, with the numbers of each, whoever it comes from', async () => {
    const found = { id: 'whisper', copy: '@bob', copySeq: 2 }
    expect(await context.store.append([about('edit', { log: '@alice', clientId: 'c' })])).toEqual([
      { outcome: 'appended', seq: 2, copySeq: 3, found },
    ])
    expect(await read('@alice')).toMatchObject([{ seq: 2, about: { seq: 1 }, clientId: 'c' }])
    expect(await read('@bob')).toMatchObject([{ seq: 3, about: { seq: 2 }, clientId: null, log: '@bob' }])
    const reaction = about('reaction', { ...BOB, log: '@bob', about: 2, text: '👍' })
    expect(await context.store.append([reaction])).toMatchObject([
      { seq: 4, copySeq: 3, found: { id: 'whisper', copy: '@alice', copySeq: 1 } },
    ])
    expect(await read('@alice')).toMatchObject([{ text: '👍', about: { seq: 1 } }])
  })

  it('is deleted in both logs, its edits too', async () => {
    await context.store.append([
      about('edit', { log: '@alice' }),
      about('delete', { log: '@alice' }),
      whisper({ id: 'next', text: 'kept' }),
    ])
    await context.reopened()
    expect(textsOf(await all(context.store, '@alice'))).toEqual(['', '', '', 'kept'])
    expect(textsOf(await all(context.store, '@bob'))).toEqual(['older', '', '', '', 'kept'])
  })

  it('is no moderator’s', async () => {
    const gone = about('delete', { ...BOB, log: '@bob', about: 2, asModerator: true })
    expect(await context.store.append([gone])).toEqual([refused('forbidden')])
  })

  it('is the author’s to change, not the addressee’s', async () => {
    const gone = about('delete', { ...BOB, log: '@bob', about: 2 })
    expect(await context.store.append([gone])).toEqual([refused('forbidden')])
  })

  it('is answered in the log of its addressee by number, in that of a third person by id only', async () => {
    const answer = whisper({ ...BOB, log: '@bob', copy: '@alice', target: 'Alice', about: 2, id: 'answer' })
    expect(await context.store.append([answer, { ...answer, copy: '@carol', id: 'other' }])).toMatchObject([
      { seq: 3, copySeq: 2, found: { copySeq: 1 } },
      { seq: 4, copySeq: 1, found: { copySeq: null } },
    ])
    expect(await read('@alice')).toMatchObject([{ about: { id: 'whisper', seq: 1 } }])
    expect(await read('@carol')).toMatchObject([{ about: { id: 'whisper', seq: null } }])
  })

  it('stands once in the log of somebody who writes to himself', async () => {
    const own = { log: '@me', copy: null, id: 'own' }
    await context.store.append([whisper(own), about('delete', { log: '@me' })])
    expect(await all(context.store, '@me')).toMatchObject([{ text: '' }, { kind: 'delete' }])
  })
}
