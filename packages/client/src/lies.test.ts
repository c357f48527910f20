import { describe, expect, it } from 'vitest'
import { chat, online, settled, welcome } from '../testing/harness.ts'
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
    clock.advance(300_000)
    expect(client.state.phase).toBe('connecting')
  })
})
