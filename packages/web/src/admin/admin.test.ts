import { beforeEach, expect, it } from 'vitest'
import type { Whom } from '../state/sign-in.ts'
import type { KeyValues } from '../state/storage.ts'
import { Admin } from './admin.ts'
import type { Stats } from './stats.ts'

const HOUR = 3_600_000

let now: number
let due: (() => void)[]
let whom: Whom
let isHidden: boolean
let asked: string[]
let languages: (string | null)[]
let answer: () => Response

const stats = (): Stats => ({
  time: new Date(now).toISOString(),
  nodes: [],
  rooms: [],
  metrics: [
    {
      name: 'roomful_connections',
      samples: [{ name: 'roomful_connections', labels: {}, value: now / 1000 }],
    },
  ],
})

const bearer = (administrator: boolean): Whom => ({
  is: 'bearer',
  bearer: { username: 'Root', administrator, endsAt: now + HOUR },
})

beforeEach(() => {
  now = 1_000_000
  due = []
  whom = bearer(true)
  isHidden = false
  asked = []
  languages = []
  answer = () => Response.json(stats())
})

function storage(): KeyValues {
  const kept = new Map<string, string>()
  return {
    get: (key) => kept.get(key) ?? null,
    set: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
    keys: () => [...kept.keys()],
  }
}

async function arrive(): Promise<Admin> {
  const admin = new Admin({
    kept: storage(),
    tab: storage(),
    timers: {
      now: () => now,
      after: (ms, run) => {
        // That of the end of the token is of no interest here.
        if (ms < HOUR / 2) due.push(run)
        return () => void (due = due.filter((each) => each !== run))
      },
    },
    languages: ['en'],
    isHidden: () => isHidden,
    takeToken: () => 'a.b.c',
    ask: async () => whom,
    fetch: async (path, token, init) => {
      asked.push(`${path} ${token}`)
      languages.push(new Headers(init?.headers).get('accept-language'))
      return answer()
    },
  })
  await admin.arrive()
  await settled()
  return admin
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

async function pass(ms: number): Promise<void> {
  now += ms
  for (const run of due.splice(0)) run()
  await settled()
}

it('asks again and again in the name of the administrator, and keeps five minutes', async () => {
  const admin = await arrive()
  expect(asked).toEqual(['/api/v1/stats a.b.c'])
  for (let i = 0; i < 160; i++) await pass(2_000)
  expect(asked).toHaveLength(161)
  expect(admin.points.value).toHaveLength(150)
  expect(admin.points.value.at(-1)?.connections).toBe(now / 1000)
})

it('asks in the language of the page', async () => {
  const admin = await arrive()
  admin.setLang('zh-Hant')
  await admin.ask('/api/v1/moderation', { method: 'POST' })
  expect(languages).toEqual(['en', 'zh-Hant-TW'])
})

it('asks nothing while nobody looks', async () => {
  await arrive()
  isHidden = true
  await pass(2_000)
  expect(asked).toHaveLength(1)
  isHidden = false
  await pass(2_000)
  expect(asked).toHaveLength(2)
})

it('shows nothing to whoever is no administrator', async () => {
  whom = bearer(false)
  const admin = await arrive()
  expect([admin.isForbidden.value, asked.length]).toEqual([true, 0])
})

it('tells that the server does not answer, keeps what it knew, and goes on', async () => {
  const admin = await arrive()
  answer = () => {
    throw new TypeError('no network')
  }
  await pass(2_000)
  expect([admin.isStale.value, admin.points.value.length]).toEqual([true, 1])
  answer = () => Response.json(stats())
  await pass(2_000)
  expect([admin.isStale.value, admin.points.value.length]).toEqual([false, 2])
})

it('leads to the door when the token holds no more, and asks no further', async () => {
  const admin = await arrive()
  answer = () => new Response(null, { status: 401 })
  await pass(2_000)
  expect([admin.signIn.door.value, admin.signIn.bearer.value, due.length]).toEqual(['ended', null, 0])
})
