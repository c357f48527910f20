import { signal } from '@preact/signals'
import { beforeEach, describe, expect, it } from 'vitest'
import { Composing } from './composing.ts'
import { createDrafts } from './drafts.ts'
import { NOBODY, type People } from './people.ts'
import type { KeyValues } from './storage.ts'

function memory(): KeyValues {
  const values = new Map<string, string>()
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => values.set(key, value),
    remove: (key) => values.delete(key),
    keys: () => [...values.keys()],
  }
}

const here = (...names: string[]): People => ({ ...NOBODY, count: names.length, names })
const people = signal(here('Alice', 'Bob', 'Carol'))
let storage = memory()
let composing: Composing
const open = () =>
  new Composing({
    room: () => 'lobby',
    own: 'Alice',
    people: () => people.value,
    drafts: createDrafts(storage, () => 1),
  })

beforeEach(() => {
  storage = memory()
  people.value = here('Alice', 'Bob', 'Carol')
  composing = open()
})

describe('what is being written', () => {
  it('still answers what it answered when the page was loaded anew, until it is sent or one thinks better of it', () => {
    const question = { log: 'room', id: 'i7', seq: 7, author: 'Bob', text: 'who?' } as const
    composing.write('half')
    composing.reply(question, null)
    composing.address('Carol')
    expect(composing.about.value).toBeNull()
    composing = open()
    expect(composing.about.value).toEqual({ ...question, kind: 'reply' })
    composing.edit({ ...question, id: 'i8', text: 'mine' })
    composing.dismiss()
    expect(composing.about.value).toMatchObject({ id: 'i7' })
    composing.dismiss()
    expect(composing.text.value).toBe('half')
    expect(open().about.value).toBeNull()
    composing.reply(question, null)
    composing.take()
    expect(open().about.value).toBeNull()
  })

  it.each([1, {}, { kind: 'reply', log: 'room', seq: '7', id: 'i7', author: 'Bob', text: '' }])(
    'answers nothing when what was kept makes no sense: %j',
    (reply) => {
      storage.set('r:lobby', JSON.stringify({ text: 'half', at: 1, reply }))
      composing = open()
      expect(composing.text.value).toBe('half')
      expect(composing.about.value).toBeNull()
    },
  )

  it('stays when it was not taken', () => {
    composing.write('too much')
    expect(composing.take(() => false)).toBeNull()
    expect(composing.text.value).toBe('too much')
  })

  it('stays with the one it was written to', () => {
    composing.write('hello all')
    composing.address('Bob')
    expect(composing.text.value).toBe('')
    composing.write('hello Bob')
    composing.address('Carol')
    expect(composing.text.value).toBe('')
    composing.address(null)
    expect(composing.text.value).toBe('hello all')
    composing.address('Bob')
    expect(composing.take()).toMatchObject({ text: 'hello Bob', to: 'Bob' })
    composing.address(null)
    expect(composing.take()).toMatchObject({ text: 'hello all', to: null })
    expect(open().text.value).toBe('')
  })

  it('outlives the page, and begins with everybody', () => {
    composing.write('hello all')
    composing.address('Bob')
    composing.write('secret')
    const again = open()
    expect([again.to.value, again.text.value]).toEqual([null, 'hello all'])
    expect(again.hasDraft('Bob')).toBe(true)
    expect(again.hasDraft('Carol')).toBe(false)
  })

  it('is not sent when empty', () => {
    composing.write(' \n ')
    expect(composing.take()).toBeNull()
  })

  it('comes back to be changed, before what is there', () => {
    composing.write('second')
    composing.takeBack('first', null)
    expect(composing.text.value).toBe('first\nsecond')
    composing.takeBack('psst', 'Bob')
    expect([composing.to.value, composing.text.value]).toEqual(['Bob', 'psst'])
  })
})

describe('a private message', () => {
  beforeEach(() => {
    composing.address('Bob')
    composing.write('secret')
  })

  it('waits while its addressee is away', () => {
    people.value = here('Alice', 'Carol')
    expect(composing.standing.value).toBe('gone')
    expect(composing.take()).toBeNull()
    expect(composing.text.value).toBe('secret')
  })

  it('does not go to the next one of that name unasked', () => {
    people.value = here('Alice')
    people.value = here('Alice', 'Bob')
    expect(composing.standing.value).toBe('back')
    expect(composing.take()).toBeNull()
    composing.confirm()
    expect(composing.take()).toMatchObject({ text: 'secret', to: 'Bob' })
  })

  it('is not held up by a list that is known to be incomplete', () => {
    people.value = { ...here('Alice'), count: 900, truncated: true }
    expect(composing.standing.value).toBe('here')
  })
})

describe('a message that is answered or changed', () => {
  const message = { log: 'room', id: 'i7', seq: 7, author: 'Bob', text: 'hello' } as const

  it('is answered where it was said, with what was being written', () => {
    composing.write('half')
    composing.reply(message, null)
    expect(composing.text.value).toBe('half')
    expect(composing.take()).toMatchObject({ text: 'half', to: null, about: { kind: 'reply', seq: 7 } })
    expect(composing.about.value).toBeNull()
    composing.reply({ ...message, log: 'private' }, 'Bob')
    expect(composing.to.value).toBe('Bob')
    composing.dismiss()
    expect(composing.about.value).toBeNull()
    composing.reply(message, null)
    composing.address('Bob')
    expect(composing.about.value).toBeNull()
  })

  it('is changed beside the draft, which comes back afterwards', () => {
    composing.write('half')
    composing.edit(message)
    expect(composing.text.value).toBe('hello')
    composing.write('hello!')
    expect(composing.take()).toMatchObject({ text: 'hello!', about: { kind: 'edit', seq: 7 } })
    expect(composing.text.value).toBe('half')
    composing.edit(message)
    expect(composing.take()).toBeNull()
    expect(composing.about.value).toBeNull()
    expect(composing.text.value).toBe('half')
  })

  it('keeps a change that was begun until it is sent or given up', () => {
    composing.edit(message)
    composing.write('hello, wor')
    composing.address(null)
    expect(composing.text.value).toBe('')
    composing.edit(message)
    expect(composing.text.value).toBe('hello, wor')
    composing.dismiss()
    composing.edit(message)
    expect(composing.text.value).toBe('hello')
  })
})
