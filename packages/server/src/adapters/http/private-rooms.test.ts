import { afterAll, describe, expect, it } from 'vitest'
import { createTestHub } from '../../../testing/test-hub.ts'
import { createHttp } from './app.ts'

const test = createTestHub({
  lang: 'en',
  rules: [{ rooms: ['secret-*'], who: 'everyone', may: [] }],
})
const http = await createHttp({
  service: test.hub,
  settings: { lang: 'en', origins: [], trustedProxies: [], metrics: 'off', auth: 'guest' },
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  version: '1.2.3',
  webRoot: '/nowhere',
  scrape: () => Promise.reject(new Error('not here')),
})
afterAll(() => http.app.close())

/** Before the rule came, somebody spoke in it and was there. */
async function fill(room: string): Promise<void> {
  test.hub.replaceRules([])
  await test.connect({ room, username: 'Ann' })
  const published = test.hub.publish({ identity: null, room, message: 'psst' })
  await test.clock.settle()
  await published
  test.hub.replaceRules([{ rooms: ['secret-*'], who: 'everyone', may: [] }])
}

const REQUESTS = [
  ['GET', '/api/v1/rooms/ROOM'],
  ['GET', '/api/v1/rooms/ROOM/members'],
  ['GET', '/api/v1/rooms/ROOM/messages'],
  ['GET', '/api/v1/rooms/ROOM/messages?after=0&limit=1'],
  ['GET', '/api/v1/rooms/ROOM/events'],
  ['GET', '/ws/status?room=ROOM'],
  ['POST', '/api/v1/rooms/ROOM/messages'],
] as const

describe('a room that may not be read', () => {
  it('PE5, PE7: is answered as one that does not exist: status, headers and body', async () => {
    await fill('secret-1')
    for (const [method, url] of REQUESTS) {
      const answers = []
      for (const room of ['secret-1', 'secret-2']) {
        const payload = method === 'POST' ? { message: 'hi' } : undefined
        const { statusCode, headers, body } = await http.app.inject({
          method,
          url: url.replace('ROOM', room),
          ...(payload && { payload }),
        })
        const { date: _date, ...others } = headers
        answers.push(JSON.stringify({ statusCode, headers: others, body }).replaceAll(room, 'ROOM'))
      }
      expect(answers[0]).toBe(answers[1])
      expect(JSON.parse(answers[0] ?? '{}')).toMatchObject({ statusCode: 403 })
    }
  })

  it('PE7: is missing in the list of rooms', async () => {
    await fill('secret-3')
    const listed = await http.app.inject('/api/v1/rooms')
    expect(listed.json()).toEqual({ rooms: [], next_after: null })
  })
})
