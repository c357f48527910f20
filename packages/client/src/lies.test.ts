import { describe, expect, it } from 'vitest'
import { chat, enter, online, settled, welcome } from '../testing/harness.ts'
import type { FrameEvent } from './api.ts'
import type { Gap } from './log-order.ts'

function watched() {
  const made = online()
  const told: number[] = []
  const frames: FrameEvent[] = []
  const gaps: Gap[] = []
  made.client.onMessage(({ seq }) => told.push(seq))
  made.client.onChange(({ seq }) => told.push(seq))
  made.client.onFrame((frame) => frames.push(frame))
  made.client.onGap((gap) => gaps.push(gap))
  return { ...made, told, gaps, faults: () => frames.map(({ fault, unknown }) => fault ?? unknown) }
}

const HUGE = 'x'.repeat(8_388_609)

describe('a server that lies', () => {
  it.each<[string, object | string, string]>([
    ['a number that was there already', chat(1), 'bad_order'],
    ['a number that goes back', chat(0), 'bad_field'],
    ['a number beyond the safe ones', chat(2 ** 53), 'bad_field'],
    ['a number as text', chat(2, { seq: '2' }), 'bad_field'],
    ['a fraction', chat(1.5), 'bad_field'],
    ['an unknown type', { type: 'hologram', seq: 2 }, 'hologram'],
    ['the name of a method for a type', { type: 'toString' }, 'toString'],
    ['a change of nothing', { ...chat(2), type: 'edit' }, 'bad_field'],
    ['a change of number nil', { ...chat(2), type: 'delete', target: { id: 'x', seq: 0 } }, 'bad_field'],
    ['markers that are none', { type: 'read', room: 'lobby', markers: [null] }, 'bad_field'],
    ['a crowd of minus one', { type: 'typing', room: 'lobby', usernames: [], count: -1 }, 'bad_field'],
    ['a frame of 8 MiB', JSON.stringify(chat(2, { message: HUGE })), 'too_large'],
    ['a slot that is none', { type: 'going_away', retry_after_ms: 'soon', reason: 'restart' }, 'bad_field'],
    ['a key that reaches a prototype', '{"type":"message","__proto__":{"seq":2}}', 'bad_field'],
  ])('%s is a typed fault, and what follows is told', (_, lie, fault) => {
    const { server, told, faults, client } = watched()
    server.say(chat(1)).say(lie).say(chat(2)).flushToClient()
    expect(faults()).toEqual([undefined, fault, undefined])
    expect(told).toEqual([1, 2])
    expect(client.state.phase).toBe('online')
  })

  it('about rooms that were never joined is told nowhere, and costs the others nothing', async () => {
    const { server, told, faults, gaps, client } = watched()
    const rooms: (string | undefined)[] = []
    client.onSystem(({ room }) => rooms.push(room))
    server.say(chat(1))
    for (let i = 0; i < 1_001; i++) {
      server.say(chat(1, { room: `x${i}` }))
      server.say(welcome({ room: `y${i}`, head_seq: 5 }))
    }
    server.say(chat(1)).say(chat(3)).flushToClient()
    await settled()
    expect(told).toEqual([1])
    // As to a welcome that comes after its join has failed.
    expect(rooms).toEqual([])
    expect(faults().filter((fault) => fault === 'bad_order')).toHaveLength(1_003)
    const since = { epoch: 'e1', seq: 1 }
    expect(server.flushToServer()).toEqual([{ type: 'join', room: 'lobby', since }])
    expect(gaps).toEqual([])
  })

  it('is heard in a room that was joined, from the moment it was asked to let us in', async () => {
    const { server, told, client } = watched()
    const joined = client.join('tea')
    server.say(chat(4, { room: 'tea' })).say(welcome({ room: 'tea', head_seq: 4 }))
    server.say(chat(5, { room: 'tea' })).flushToClient()
    await joined
    server.say(chat(6, { room: 'tea' })).flushToClient()
    expect(told).toEqual([4, 5, 6])
  })

  it('about its epoch within a connection loses nothing silently: the gap is told', async () => {
    const { server, told, gaps } = watched()
    server
      .say(chat(1))
      .say(welcome({ epoch: 'other', head_seq: 7 }))
      .say(chat(8))
      .flushToClient()
    await settled()
    expect(gaps).toEqual([{ room: 'lobby', after: 0, before: 8 }])
    expect(told).toEqual([1, 8])
  })

  it('about its head is asked for what it says it has, once', async () => {
    const { server, told } = watched()
    server
      .say(chat(1))
      .say(welcome({ head_seq: Number.MAX_SAFE_INTEGER }))
      .flushToClient()
    await settled()
    const since = { epoch: 'e1', seq: 1 }
    expect(server.flushToServer()).toEqual([{ type: 'join', room: 'lobby', since }])
    server.say(chat(2)).flushToClient()
    await settled()
    expect(server.flushToServer()).toEqual([])
    expect(told).toEqual([1, 2])
  })

  /** Frames of this type within a minute, from a server that answers each at once. */
  async function within(
    made: ReturnType<typeof watched>,
    type: string,
    answer: () => object[],
  ): Promise<number> {
    let count = 0
    for (let ms = 0; ms < 60_000; ms += 50) {
      for (let turns = 0; turns < 20; turns++) {
        const asked = made.server.flushToServer().filter((frame) => frame['type'] === type)
        if (asked.length === 0) break
        count += asked.length
        for (const each of answer()) made.server.say(each)
        made.server.flushToClient()
        await settled()
      }
      made.clock.advance(50)
      await settled()
    }
    return count
  }

  const refused = { type: 'error', code: 'unavailable', room: 'lobby', message: 'x', retryable: true }
  it.each<[string, object[]]>([
    ['welcomes without a resumption', [welcome({ head_seq: 9 })]],
    ['refusals that may be repeated at once', [{ ...refused, retry_after_ms: 0 }]],
    [
      'resumptions that bring nothing',
      [welcome({ head_seq: 0, resume: { outcome: 'full', after: 0 } }), chat(9)],
    ],
    [
      'gaps without an end',
      [welcome({ head_seq: 0, resume: { outcome: 'gap', first_available: 1 } }), chat(9)],
    ],
  ])('in its answers to a hole is asked ever more rarely: %s', async (_, answer) => {
    const made = watched()
    made.server.say(chat(9)).flushToClient()
    await settled()
    expect(await within(made, 'join', () => answer)).toBeLessThan(20)
  })

  it('in its refusals of a room is asked once a second at most', async () => {
    const made = watched()
    const joined = made.client.join('tea')
    made.server.say(welcome({ room: 'tea' })).flushToClient()
    await joined
    made.server.close(1006).flushToClient()
    made.client.retryNow()
    const server = enter(made)
    const count = await within({ ...made, server }, 'join', () => [
      { ...refused, room: 'tea', retry_after_ms: 0 },
    ])
    expect(count).toBeLessThanOrEqual(61)
  })

  it('by letting in and sending away at once meets the back-off', () => {
    const made = watched()
    for (let ms = 0; ms < 60_000; ms += 50) {
      if (made.client.state.phase === 'connecting')
        enter(made)
          .say({ type: 'going_away', retry_after_ms: 0, reason: 'restart' })
          .close(1012)
          .flushToClient()
      made.server.close(1012).flushToClient()
      made.clock.advance(50)
    }
    expect(made.network.pairs.length).toBeLessThan(20)
  })

  it('about where it took a message is not believed', async () => {
    const { server, client } = watched()
    const sent = client.send('a')
    const [frame] = server.flushToServer()
    const ack = { type: 'ack', client_id: frame?.['client_id'], id: 'i', seq: 1, timestamp: 't' }
    server.say({ ...ack, room: 'elsewhere' }).flushToClient()
    await expect(sent).rejects.toMatchObject({ code: 'bad_frame', retryable: true })
  })

  it('about acks of messages that were never sent settles nothing', async () => {
    const { server, client } = watched()
    let settledWith: unknown = 'nothing'
    client.send('a').then(
      (ack) => (settledWith = ack),
      (error: unknown) => (settledWith = error),
    )
    const client_id = '00000000-0000-4000-8000-000000000009'
    server.say({ type: 'ack', client_id, id: 'i', room: 'lobby', seq: 1, timestamp: 't' })
    server.say({ type: 'error', code: 'conflict', message: 'no', client_id }).flushToClient()
    await settled()
    expect(settledWith).toBe('nothing')
  })

  it('about a slot of a year comes back within five minutes', () => {
    const { server, client, clock } = watched()
    server.say({ type: 'going_away', retry_after_ms: 31_536_000_000, reason: 'restart' })
    server.close(1012).flushToClient()
    clock.advance(300_250)
    expect(client.state.phase).toBe('connecting')
  })
})
