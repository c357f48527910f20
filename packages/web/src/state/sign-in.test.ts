import { beforeEach, describe, expect, it } from 'vitest'
import { type Fresh, SignIn, type Whom } from './sign-in.ts'
import type { KeyValues } from './storage.ts'

const HOUR = 3_600_000

let now: number
let due: { at: number; run: () => void }[]
let kept: Map<string, string>
let address: string | null
/** By token; `''` is none. What is not in it has no answer. */
let server: Map<string, Whom>
let told: Fresh[]

beforeEach(() => {
  now = 1_000_000
  due = []
  kept = new Map()
  address = null
  told = []
  server = new Map([['', { is: 'unauthorized' }]])
})

const tab: KeyValues = {
  get: (key) => kept.get(key) ?? null,
  set: (key, value) => void kept.set(key, value),
  remove: (key) => void kept.delete(key),
  keys: () => [...kept.keys()],
}

function signIn(): SignIn {
  return new SignIn({
    tab,
    timers: {
      now: () => now,
      after: (ms, run) => {
        const timer = { at: now + ms, run }
        due.push(timer)
        return () => void (due = due.filter((each) => each !== timer))
      },
    },
    takeToken: () => {
      const token = address
      address = null
      return token
    },
    ask: async (token) => {
      const whom = server.get(token ?? '')
      if (whom === undefined) throw new Error('no answer')
      return whom
    },
    tellTabs: (fresh) => told.push(fresh),
  })
}

function knows(token: string, username: string): void {
  server.set(token, { is: 'bearer', bearer: { username, administrator: false, endsAt: now + HOUR } })
}

function pass(ms: number): void {
  now += ms
  const ripe = due.filter(({ at }) => at <= now)
  due = due.filter(({ at }) => at > now)
  for (const { run } of ripe) run()
}

describe('whoever comes', () => {
  it('with a token in the link is its bearer, and it is kept in the tab alone', async () => {
    knows('a.b.c', 'Ann')
    address = 'a.b.c'
    const one = signIn()
    expect(await one.arrive()).toBe(true)
    expect(one.bearer.value?.username).toBe('Ann')
    expect([...kept]).toEqual([['token', 'a.b.c']])
    expect(one.tokenFor(false)).toBe('a.b.c')
  })

  it('again in the same tab needs no link', async () => {
    knows('a.b.c', 'Ann')
    kept.set('token', 'a.b.c')
    const one = signIn()
    expect(await one.arrive()).toBe(false)
    expect([one.door.value, one.shows]).toEqual(['open', true])
  })

  it('without a token is told to get one, where there has to be one', async () => {
    const one = signIn()
    await one.arrive()
    expect(one.door.value).toBe('none')
  })

  it.each([
    ['forged', 'x.y.z'],
    ['no token at all', 'hello'],
    ['too long', `${'a'.repeat(6200)}.b.c`],
  ])('with one that is %s is told so, and it is forgotten', async (_, token) => {
    server.set('x.y.z', { is: 'unauthorized' })
    address = token
    const one = signIn()
    await one.arrive()
    expect([one.door.value, one.shows, kept.size]).toEqual(['bad', false, 0])
  })

  it('as a guest is let in, and told that there are tokens', async () => {
    server.set('', { is: 'guest', takesTokens: true })
    const one = signIn()
    await one.arrive()
    expect([one.door.value, one.isOptional.value]).toEqual(['open', true])
  })

  it('keeps the token while the server does not answer', async () => {
    address = 'a.b.c'
    const one = signIn()
    await one.arrive()
    expect([one.door.value, kept.get('token')]).toEqual(['unreachable', 'a.b.c'])
    knows('a.b.c', 'Ann')
    await one.arrive()
    expect(one.door.value).toBe('open')
  })

  it('may paste the whole link', async () => {
    knows('a.b.c', 'Ann')
    const one = signIn()
    expect(await one.show(' https://chat.example/chat?room=x#token=a.b.c\n')).toBe('other')
    expect(one.bearer.value?.username).toBe('Ann')
  })
})

describe('a token that ends', () => {
  const begin = async (): Promise<SignIn> => {
    knows('a.b.c', 'Ann')
    const one = signIn()
    await one.show('a.b.c')
    return one
  }

  it('is told of before, and followed by the next one on the living connection', async () => {
    const one = await begin()
    pass(HOUR - 301_000)
    expect(one.isEnding.value).toBe(false)
    pass(1_000)
    expect(one.isEnding.value).toBe(true)
    void one.tokenFor(false)
    const next = one.tokenFor(true)
    knows('d.e.f', 'Ann')
    expect(await one.show('d.e.f')).toBe('same')
    expect(await next).toBe('d.e.f')
    expect([one.isEnding.value, told.at(-1)?.token]).toEqual([false, 'd.e.f'])
  })

  it('is followed in time by one that came early', async () => {
    const one = await begin()
    expect(one.tokenFor(false)).toBe('a.b.c')
    knows('d.e.f', 'Ann')
    await one.show('d.e.f')
    expect(one.tokenFor(true)).toBe('d.e.f')
    expect(one.tokenFor(true)).toBeInstanceOf(Promise)
  })

  it('goes on to count when the next one does not hold', async () => {
    const one = await begin()
    server.set('x.y.z', { is: 'unauthorized' })
    expect(await one.show('x.y.z')).toBe('no')
    expect([one.door.value, one.tokenFor(false), kept.get('token')]).toEqual(['open', 'a.b.c', 'a.b.c'])
  })

  it('is followed by what another tab of the same person was given, and of nobody else', async () => {
    const one = await begin()
    const fresh = { administrator: false, endsAt: now + HOUR }
    expect(one.heardFresh({ ...fresh, token: 'x.y.z', username: 'Bob' })).toBe(false)
    expect(one.heardFresh({ ...fresh, token: 'd.e.f', username: 'ann' })).toBe(true)
    expect(one.tokenFor(false)).toBe('d.e.f')
  })

  it('and was refused is forgotten', async () => {
    const one = await begin()
    one.refused('ended')
    expect([one.door.value, one.shows, kept.size]).toEqual(['ended', false, 0])
    expect(due).toEqual([])
  })

  it('makes way for somebody else', async () => {
    const one = await begin()
    knows('d.e.f', 'Bob')
    expect(await one.show('d.e.f')).toBe('other')
    await one.signOut()
    expect([one.bearer.value, one.door.value]).toEqual([null, 'none'])
  })
})
