import { nameKey } from '@roomful/protocol'
import { beforeEach, expect, it } from 'vitest'
import { AWAY_MS, MAX_TYPING_PEOPLE, Presence } from './presence.ts'

let now: number
let due: { readonly at: number; readonly run: () => void }[]
let told: string[]
let presence: Presence
let hidden = false

const pass = (ms: number): void => {
  now += ms
  for (const timer of due.filter(({ at }) => at <= now)) {
    due = due.filter((each) => each !== timer)
    timer.run()
  }
}

beforeEach(() => {
  now = 1_000_000
  due = []
  told = []
  hidden = false
  presence = new Presence({
    ownKey: nameKey('Alice'),
    timers: {
      now: () => now,
      after: (ms, run) => {
        const timer = { at: now + ms, run }
        due.push(timer)
        return () => {
          due = due.filter((each) => each !== timer)
        }
      },
    },
    isHidden: () => hidden,
    sendTyping: (to) => told.push(`typing ${to ?? 'all'}`),
    sendAway: (away) => told.push(away ? 'away' : 'back'),
  })
})

it('tells who is writing until they say it, or stop', () => {
  presence.heardTyping(['Bob', 'Alice', 'Cai'], 5)
  expect(presence.typing.value).toEqual({ names: ['Bob', 'Cai'], others: 2 })
  presence.said('bob')
  expect(presence.typing.value).toEqual({ names: ['Cai'], others: 2 })
  pass(3000)
  presence.heardTyping(['Cai'], 1)
  pass(3000)
  expect(presence.typing.value).toEqual({ names: ['Cai'], others: 0 })
  pass(3000)
  expect(presence.typing.value).toEqual({ names: [], others: 0 })
})

it('does not tell oneself that one writes', () => {
  presence.heardTyping(['Alice'], 1)
  expect(presence.typing.value).toEqual({ names: [], others: 0 })
})

it('says that one writes every three seconds, anew after each message, and never to a crowd', () => {
  presence.write(null, 2)
  presence.write(null, 2)
  pass(2000)
  presence.write(null, 2)
  pass(1000)
  presence.write('Bob', 2)
  presence.wrote()
  presence.write(null, MAX_TYPING_PEOPLE)
  presence.wrote()
  presence.write(null, MAX_TYPING_PEOPLE + 1)
  expect(told).toEqual(['typing all', 'typing Bob', 'typing all'])
})

it('says that one is away after a minute out of view, and back at once', () => {
  presence.look(false)
  presence.look(true)
  pass(AWAY_MS - 1)
  presence.look(false)
  pass(AWAY_MS)
  expect(told).toEqual([])
  presence.look(true)
  pass(AWAY_MS)
  presence.look(false)
  presence.look(false)
  expect(told).toEqual(['away', 'back'])
})

it('knows who is away', () => {
  presence.begin(['Bob'])
  expect(presence.isAway('BOB')).toBe(true)
  presence.heardAway('Bob', false)
  presence.heardAway('Cai', true)
  expect([presence.isAway('Bob'), presence.isAway('Cai')]).toEqual([false, true])
  presence.begin([])
  expect(presence.isAway('Cai')).toBe(false)
})

it('is not away while one window of several that share the connection is looked at', () => {
  presence.heardAway('alice', true)
  expect(told).toEqual(['back'])
  hidden = true
  presence.heardAway('Alice', true)
  presence.begin(['Alice'])
  expect(told).toEqual(['back'])
  hidden = false
  presence.look(false)
  expect(told).toEqual(['back', 'back'])
  presence.begin(['Alice'])
  expect(told).toEqual(['back', 'back', 'back'])
})
