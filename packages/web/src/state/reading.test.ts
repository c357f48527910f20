import { nameKey } from '@roomful/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { said } from '../../testing/fake-client.ts'
import { emptyLog, entryOf, insert, type Log, type LogName } from './log.ts'
import { createReadStore, Reading, type ReadStore } from './reading.ts'
import { guardedStorage } from './storage.ts'

let hidden: boolean
let stored: Map<string, number>
let told: string[]
let reading: Reading

const kept: ReadStore = {
  load: (log, epoch) => stored.get(`${log} ${epoch}`) ?? null,
  save: (log, epoch, seq) => void stored.set(`${log} ${epoch}`, seq),
}
const log = (authors: readonly string[]): Log =>
  insert(
    emptyLog('e', 0),
    authors.map((author, i) => entryOf(said(i + 1, author), { arrivedAt: 0, skew: 0, live: true })),
  )
const holds = (...authors: readonly string[]): void =>
  reading.follow({ room: log(authors), private: emptyLog('e', 0) })
const comes = (head: number): void => reading.begin('e', { room: head, private: 0 }, {})

beforeEach(() => {
  hidden = false
  stored = new Map()
  told = []
  reading = new Reading({
    isHidden: () => hidden,
    ownKey: nameKey('Alice'),
    kept,
    onRead: (name: LogName, seq) => told.push(`${name} ${seq}`),
  })
})

describe('what was read', () => {
  it('is what came while the page was visible and its end in view', () => {
    comes(1)
    holds('Bob', 'Bob')
    expect(reading.unread.value).toBe(0)
    expect(told).toEqual(['room 2'])
    hidden = true
    holds('Bob', 'Bob', 'Bob', 'Alice', 'Bob')
    expect(reading.unread.value).toBe(2)
    hidden = false
    reading.setAtEnd(false)
    expect(reading.unread.value).toBe(2)
    reading.setAtEnd(true)
    expect(reading.unread.value).toBe(0)
    expect(told).toEqual(['room 2', 'room 5'])
    expect(stored.get('room e')).toBe(5)
  })

  it('is nothing while the end is out of view', () => {
    comes(0)
    reading.setAtEnd(false)
    holds('Bob')
    expect(reading.unread.value).toBe(1)
    expect(told).toEqual([])
  })

  it('may have been read elsewhere', () => {
    comes(0)
    hidden = true
    holds('Bob', 'Bob', 'Bob')
    reading.readElsewhere('room', 2)
    expect(reading.unread.value).toBe(1)
    reading.readElsewhere('room', 1)
    expect(reading.unread.value).toBe(1)
  })
})

describe('the divider', () => {
  it('stands where reading stopped, stays when it goes on, and moves when it stops again', () => {
    comes(1)
    holds('Bob')
    expect(reading.divider.value).toBeNull()
    hidden = true
    holds('Bob', 'Bob', 'Bob')
    const first = { room: 1, private: 0 }
    expect(reading.divider.value?.after).toEqual(first)
    hidden = false
    reading.look()
    holds('Bob', 'Bob', 'Bob', 'Bob')
    expect(reading.divider.value?.after).toEqual(first)
    hidden = true
    holds('Bob', 'Bob', 'Bob', 'Bob', 'Bob')
    expect(reading.divider.value?.after).toEqual({ room: 4, private: 0 })
  })

  it('is not drawn for one’s own words, and goes when one has answered', () => {
    comes(1)
    hidden = true
    holds('Bob', 'Alice')
    expect(reading.divider.value).toBeNull()
    holds('Bob', 'Alice', 'Bob')
    expect(reading.divider.value).not.toBeNull()
    reading.answered()
    expect(reading.divider.value).toBeNull()
  })

  it('greets who comes back to a room, and nobody who was never there', () => {
    comes(7)
    expect(reading.divider.value).toBeNull()
    expect(stored.get('room e')).toBe(7)
    stored.set('room e', 4)
    comes(7)
    expect(reading.divider.value).toEqual({
      after: { room: 4, private: 0 },
      upTo: { room: 7, private: 0 },
    })
    // Another history: its numbers mean nothing here.
    reading.begin('f', { room: 9, private: 0 }, {})
    expect(reading.divider.value).toBeNull()
    reading.begin('e', { room: 9, private: 0 }, { room: 8 })
    expect(reading.divider.value?.after.room).toBe(8)
  })
})

it('is kept for each room, person and history, and never goes back', () => {
  const storage = guardedStorage(() => {
    throw new Error('blocked')
  }, '')
  const store = createReadStore(storage, 'lobby', 'Alice')
  store.save('room', 'e', 5)
  store.save('room', 'e', 3)
  store.save('private', 'e', 2)
  expect(store.load('room', 'e')).toBe(5)
  expect(store.load('room', 'f')).toBeNull()
  expect(createReadStore(storage, 'garden', 'Alice').load('room', 'e')).toBeNull()
  expect(createReadStore(storage, 'garden', 'Alice').load('private', 'e')).toBe(2)
})
