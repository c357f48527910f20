import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cutAll, enter, freshRoom } from '../support/chat-client.ts'
import { cutReaders, EventReader } from '../support/event-reader.ts'
import { keepData, type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer
const servers = keepData('--rate-limit', 'off', '--lang', 'en')

beforeAll(async () => {
  server = await servers.start()
})
afterEach(async () => {
  cutReaders()
  await cutAll()
})
afterAll(servers.remove)

const streamOf = (room: string, query = ''): string =>
  `${server.url}/api/v1/rooms/${encodeURIComponent(room)}/events${query}`

async function publish(room: string, message: string): Promise<number> {
  const response = await fetch(`${server.url}/api/v1/rooms/${encodeURIComponent(room)}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message }),
  })
  return ((await response.json()) as { seq: number }).seq
}

const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('a stream of events', () => {
  it('SS1, SS2: welcomes, then says what is said in the room, each entry with its id', async () => {
    const room = '茶水間'
    await publish(room, 'before')
    const reader = await EventReader.open(streamOf(room))
    expect(reader.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(reader.headers.get('cache-control')).toContain('no-store')
    const welcome = await reader.next('system')
    const { epoch } = welcome.data
    expect(welcome.data).toMatchObject({ type: 'system', event: 'welcome', room, head_seq: 1 })
    expect(welcome.id).toBe(`${String(epoch)}:1`)
    const alice = await enter(server, 'Alice', { room, v1: true })
    expect(await reader.next('system')).toMatchObject({
      id: undefined,
      data: { event: 'join', username: 'Alice', connected_count: 1 },
    })
    alice.say('line\nline 👋\u2028')
    const heard = await reader.next('message')
    expect(heard).toEqual({ event: 'message', id: `${String(epoch)}:2`, data: await alice.next('message') })
    alice.send({ type: 'reaction', seq: 2, emoji: '👍' })
    expect(await reader.next('reaction')).toMatchObject({
      id: `${String(epoch)}:3`,
      data: { username: 'Alice', emoji: '👍', target: { seq: 2 } },
    })
    expect(reader.retries).toHaveLength(1)
  })

  it('SS3: resumes behind Last-Event-ID in order and once, then goes on', async () => {
    const room = freshRoom()
    for (let i = 1; i <= 40; i++) await publish(room, `m${i}`)
    const first = await EventReader.open(streamOf(room))
    await first.next('system')
    const epoch = first.lastEventId.split(':')[0] ?? ''
    const byHeader = await EventReader.open(streamOf(room, '?last_event_id=wrong:1'), {
      'Last-Event-ID': `${epoch}:10`,
    })
    const byQuery = await EventReader.open(streamOf(room, `?last_event_id=${epoch}:10`))
    await publish(room, 'live')
    for (const reader of [byHeader, byQuery]) {
      await reader.next('message', ({ data }) => data['message'] === 'live')
      expect(reader.seqs).toEqual(upTo(11, 41))
      expect(reader.inbox.all[0]?.id).toBe(`${epoch}:10`)
      expect(reader.lastEventId).toBe(`${epoch}:41`)
    }
  })

  it.each(['another:3', 'nonsense', ':', '-1', 'x:99999999999999999999'])(
    'SS4: tells the gap to a reader whose id is %j, and goes on live',
    async (id) => {
      const room = freshRoom()
      await publish(room, 'old')
      const reader = await EventReader.open(streamOf(room), { 'Last-Event-ID': id })
      const gap = await reader.next('gap')
      expect(gap.data).toMatchObject({ type: 'gap', room, first_available: 1, head_seq: 1 })
      expect(gap.id).toBe(`${String(gap.data['epoch'])}:1`)
      await publish(room, 'new')
      await reader.next('message')
      expect(reader.seqs).toEqual([2])
    },
  )

  it('SS4: a number that is not reached yet is a gap too', async () => {
    const room = freshRoom()
    const reader = await EventReader.open(streamOf(room))
    await reader.next('system')
    const epoch = reader.lastEventId.split(':')[0] ?? ''
    const ahead = await EventReader.open(streamOf(room), { 'Last-Event-ID': `${epoch}:7` })
    expect((await ahead.next('gap')).data).toMatchObject({ head_seq: 0 })
  })

  it('SS5: refuses by status what it cannot serve', async () => {
    await expect(EventReader.open(streamOf('no room'))).rejects.toThrow(/^400 .*"code":"invalid_room"/)
    await expect(EventReader.open(streamOf('lobby', '?lang=fr'))).rejects.toThrow(/^400 .*"field":"lang"/)
    await expect(EventReader.open(streamOf('lobby'), { origin: 'https://evil.example' })).rejects.toThrow(
      /^403 .*"code":"origin_refused"/,
    )
    const head = await fetch(streamOf('lobby'), { method: 'HEAD' })
    expect(head.status).not.toBe(200)
  })

  it('SS5: names an allowed origin, and speaks the language that is asked for', async () => {
    const origin = 'http://localhost:5173'
    const reader = await EventReader.open(streamOf('lobby', '?lang=zh-Hant'), { origin })
    expect(reader.headers.get('access-control-allow-origin')).toBe(origin)
    expect(reader.headers.get('vary')).toContain('origin')
    expect((await reader.next('system')).data).toMatchObject({ message: '歡迎加入聊天室！' })
  })
})

describe('the limits of a stream', () => {
  it('SS5: it counts as a connection', async () => {
    const full = await startServer({ args: ['--max-connections', '1'] })
    try {
      const url = `${full.url}/api/v1/rooms/lobby/events`
      const reader = await EventReader.open(url)
      const second = await fetch(url)
      expect([second.status, second.headers.get('retry-after')]).toEqual([503, '5'])
      expect(await second.json()).toMatchObject({ code: 'server_full', retryable: true })
      reader.cut()
      await expect
        .poll(
          async () =>
            await EventReader.open(url).then(
              () => true,
              () => false,
            ),
        )
        .toBe(true)
    } finally {
      cutReaders()
      await full.kill()
    }
  })

  it('SS6: comments keep it alive', async () => {
    const quick = await startServer({ args: ['--heartbeat-interval', '0.2', '--heartbeat-timeout', '0.5'] })
    try {
      const reader = await EventReader.open(`${quick.url}/api/v1/rooms/lobby/events`)
      await reader.inbox.until(() => reader.comments >= 6, 'six comments')
      await fetch(`${quick.url}/api/v1/rooms/lobby/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"message":"still there"}',
      })
      await reader.next('message')
    } finally {
      await quick.kill()
    }
  })

  it('SS6, P5: a slow reader slows nobody, and gets everything once when it reads again', async () => {
    const room = freshRoom()
    const text = 'x'.repeat(16_000)
    const witness = await enter(server, 'Witness', { room })
    const slow = await EventReader.open(streamOf(room))
    await slow.next('system')
    slow.pause()
    for (let sent = 0; sent < 800; sent += 50) {
      for (let i = 0; i < 50; i++) witness.say(text)
      for (let i = 0; i < 50; i++) await witness.next('message')
    }
    expect(slow.seqs.length).toBeLessThan(800)
    slow.resume()
    await slow.inbox.until(() => slow.seqs.length >= 800, 'everything', 30_000)
    witness.say('live again')
    await slow.next('message', ({ data }) => data['message'] === 'live again')
    expect(slow.seqs).toEqual(upTo(1, 801))
  })
})

describe('across a restart', () => {
  it('SS3, SS7: the reader is sent away with its slot, comes back with its last id, and misses nothing', async () => {
    const room = freshRoom()
    const reader = await EventReader.open(streamOf(room))
    const other = await EventReader.open(streamOf(room))
    for (const each of [reader, other]) await each.next('system')
    for (let i = 1; i <= 5; i++) await publish(room, `m${i}`)
    await reader.next('message', ({ data }) => data['seq'] === 5)
    expect(await server.stop()).toBe(0)
    await Promise.all([reader.ended(), other.ended()])
    expect((await reader.next('going_away')).data).toMatchObject({ reason: 'restart' })
    const [, slot] = reader.retries
    expect(slot).toBeGreaterThanOrEqual(1_000)
    expect(other.retries[1]).not.toBe(slot)

    server = await servers.start()
    for (let i = 6; i <= 8; i++) await publish(room, `m${i}`)
    const again = await EventReader.open(streamOf(room), { 'Last-Event-ID': reader.lastEventId })
    await publish(room, 'm9')
    await again.next('message', ({ data }) => data['seq'] === 9)
    expect([...reader.seqs, ...again.seqs]).toEqual(upTo(1, 9))
    expect(again.inbox.all.some(({ event }) => event === 'gap')).toBe(false)
  })

  it('SS7: while the server drains a newcomer is told when to come back', async () => {
    const leaving = await startServer({ args: ['--drain-delay', '6'] })
    const url = `${leaving.url}/api/v1/rooms/lobby/events`
    const reader = await EventReader.open(url)
    const ended = leaving.stop()
    await expect.poll(async () => (await fetch(`${leaving.url}/readyz`)).status).toBe(503)
    const late = await EventReader.open(url)
    await late.ended()
    expect(late.inbox.all.map(({ event }) => event)).toEqual(['going_away'])
    expect(late.retries[1]).toBeGreaterThan(1_000)
    await reader.next('going_away')
    await reader.ended()
    expect(await ended).toBe(0)
  })
})
