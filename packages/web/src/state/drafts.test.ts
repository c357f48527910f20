import { beforeEach, describe, expect, it } from 'vitest'
import { createDrafts, type Destination, type Drafts, MAX_DRAFTS } from './drafts.ts'
import { guardedStorage, ownFirst } from './storage.ts'

/** Web Storage as a browser has it: own enumerable keys are the items. */
function fakeStorage(): Storage {
  const methods = {
    getItem(this: Record<string, string>, key: string) {
      return Object.hasOwn(this, key) ? (this[key] ?? null) : null
    },
    setItem(this: Record<string, string>, key: string, value: string) {
      this[key] = value
    },
    removeItem(this: Record<string, string>, key: string) {
      delete this[key]
    },
  }
  return Object.create(methods) as Storage
}

const lobby: Destination = { kind: 'room', room: 'lobby' }
const bob: Destination = { kind: 'person', own: 'Alice', name: 'Bob' }
let area: Storage
let clock = 0
let drafts: Drafts
const open = () =>
  createDrafts(
    guardedStorage(() => area, 'test.'),
    () => ++clock,
  )

beforeEach(() => {
  area = fakeStorage()
  drafts = open()
})

describe('drafts', () => {
  it('outlive the page', () => {
    drafts.save(lobby, '打到一半')
    expect(open().load(lobby)).toBe('打到一半')
  })

  it('are separate for each room and each person', () => {
    drafts.save(lobby, 'for all')
    drafts.save(bob, 'for Bob')
    drafts.save({ kind: 'room', room: 'Bob' }, 'for the room called Bob')
    expect(open().load(bob)).toBe('for Bob')
    expect(open().load(lobby)).toBe('for all')
    expect(open().load({ kind: 'person', own: 'Alice', name: 'Carol' })).toBe('')
    expect(open().load({ kind: 'person', own: 'Mallory', name: 'Bob' })).toBe('')
    expect(open().load({ kind: 'person', own: 'alice', name: 'BOB' })).toBe('for Bob')
  })

  it('are gone once empty', () => {
    drafts.save(lobby, 'x')
    drafts.save(lobby, '')
    expect(Object.keys(area)).toEqual([])
  })

  it('stay bounded, and the newest stay', () => {
    for (let i = 0; i < MAX_DRAFTS + 10; i++) drafts.save({ kind: 'room', room: `room${i}` }, 'x')
    expect(Object.keys(area)).toHaveLength(MAX_DRAFTS)
    expect(drafts.load({ kind: 'room', room: 'room0' })).toBe('')
    expect(drafts.load({ kind: 'room', room: `room${MAX_DRAFTS + 9}` })).toBe('x')
  })

  it('survive rubbish under their key', () => {
    for (const rubbish of ['', 'null', '[]', '{"text":1,"at":1}', '{"text":"x"}', '{']) {
      area.setItem('test.r:lobby', rubbish)
      expect(open().load(lobby)).toBe('')
    }
  })

  it('live with a storage that is forbidden or full', () => {
    const forbidden = createDrafts(
      guardedStorage(() => {
        throw new Error('denied')
      }, 'test.'),
      () => 1,
    )
    forbidden.save(lobby, 'still here')
    expect(forbidden.load(lobby)).toBe('still here')
    area.setItem = () => {
      throw new Error('quota')
    }
    drafts.save(lobby, 'kept in memory')
    expect(drafts.load(lobby)).toBe('kept in memory')
    drafts.save(lobby, '')
    expect(drafts.load(lobby)).toBe('')
  })

  it('treat __proto__ as any other name', () => {
    const odd: Destination = { kind: 'room', room: '__proto__' }
    drafts.save(odd, 'x')
    expect(open().load(odd)).toBe('x')
  })
})

describe('drafts of two windows', () => {
  const shared = (): Storage => area
  const window = (own: Storage): Drafts =>
    createDrafts(
      ownFirst(
        guardedStorage(() => own, 'test.'),
        guardedStorage(shared, 'test.'),
      ),
      () => ++clock,
    )

  it('are apart, and the last one is found by a window that has none', () => {
    const [own, other] = [fakeStorage(), fakeStorage()]
    window(own).save(lobby, 'mine')
    window(other).save(lobby, 'theirs')
    expect(window(own).load(lobby)).toBe('mine')
    expect(window(other).load(lobby)).toBe('theirs')
    expect(window(fakeStorage()).load(lobby)).toBe('theirs')
    window(own).save(lobby, '')
    expect(window(own).load(lobby)).toBe('')
    expect(window(fakeStorage()).load(lobby)).toBe('theirs')
    window(other).save(lobby, '')
    expect(window(fakeStorage()).load(lobby)).toBe('')
    window(own).save(lobby, '')
    expect([...Object.keys(own), ...Object.keys(other), ...Object.keys(area)]).toEqual([])
  })
})
