import { afterEach, expect, it, vi } from 'vitest'
import { isMuteOf, liftOf, loadSanctions, type Sanction } from './sanctions.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

interface Asked {
  readonly path: string
  readonly authorization: string | null
}

/** A server that answers by path; what it was asked. */
function serve(answers: Readonly<Record<string, Response>>): Asked[] {
  const asked: Asked[] = []
  vi.stubGlobal('fetch', (path: string, { headers }: { readonly headers: Record<string, string> }) => {
    asked.push({ path, authorization: headers['authorization'] ?? null })
    return Promise.resolve(answers[path])
  })
  return asked
}

const json = (body: object, init?: ResponseInit): Response => new Response(JSON.stringify(body), init)

it('MO12: reads who is muted or banned in a room and on the whole server, by how long it still holds', async () => {
  vi.useFakeTimers({ now: Date.parse('2024-01-01T12:00:00Z') })
  const muted = { seq: 7, action: 'mute', username: 'Bob', by: 'Root', until: '2024-01-01T13:10:00Z' }
  const banned = { seq: 5, action: 'ban', by: 'Root', reason: 'Ads', by_address: true }
  // The server's clock is an hour ahead.
  const headers = { date: 'Mon, 01 Jan 2024 13:00:00 GMT' }
  const asked = serve({
    '/api/v1/rooms/a%20b/moderation?limit=1': json({ sanctions: [muted], truncated: true }, { headers }),
    '/api/v1/moderation?limit=1': json({ sanctions: [banned] }, { headers }),
  })
  const { all, truncated } = await loadSanctions({ rooms: ['a b', '*'], token: 'a.b.c', tag: 'en' })
  expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer a.b.c', 'Bearer a.b.c'])
  expect(truncated).toBe(true)
  expect(all).toMatchObject([
    { seq: 7, room: 'a b', username: 'Bob', reason: '', withAddress: false },
    { seq: 5, room: '*', username: null, reason: 'Ads', withAddress: true, endsAt: Infinity },
  ])
  expect(all[0]?.endsAt).toBe(Date.parse('2024-01-01T12:10:00Z'))
})

it('says in the server’s words why it tells nothing', async () => {
  const asked = serve({
    '/api/v1/rooms/lobby/moderation?limit=1': json({ detail: 'Not allowed.' }, { status: 403 }),
  })
  await expect(loadSanctions({ rooms: ['lobby'], token: null, tag: 'en' })).rejects.toThrow('Not allowed.')
  expect(asked[0]?.authorization).toBeNull()
})

it('MO3: lifts what holds of a name, and of an author without one by the message', async () => {
  const listed = async (room: string, path: string): Promise<readonly Sanction[]> => {
    const sanctions = [
      { seq: 1, action: 'mute', username: 'Bob', message_seq: 4, by: 'Root' },
      { seq: 2, action: 'mute', message_seq: 5, by: 'Root', by_address: true },
      { seq: 3, action: 'ban', by: 'Root', by_address: true },
      { seq: 4, action: 'mute', message_seq: 5, said_in: 'den', by: 'Root', by_address: true },
    ]
    serve({ [path]: json({ sanctions }) })
    return (await loadSanctions({ rooms: [room], token: null, tag: 'en' })).all
  }
  const here = await listed('lobby', '/api/v1/rooms/lobby/moderation?limit=1')
  expect(here.slice(0, 3).map(liftOf)).toEqual([
    { action: 'unmute', room: 'lobby', user: 'Bob' },
    { action: 'unmute', room: 'lobby', seq: 5 },
    null,
  ])
  expect(here.map((each) => isMuteOf(each, 'BOB'))).toEqual([true, false, false, false])
  expect(here.map((each) => isMuteOf(each, 'Anonymous'))).toEqual([false, true, false, true])
  const everywhere = await listed('*', '/api/v1/moderation?limit=1')
  expect(everywhere.map(liftOf).at(-1)).toEqual({ action: 'unmute', room: '*', seq: 5, saidIn: 'den' })
})
