import type { ServerMessageOf } from '@roomful/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClient } from '../../testing/fake-client.ts'
import { Ruling } from './ruling.ts'

let now: number
let client: FakeClient
let ruling: Ruling
let told: string[]

beforeEach(() => {
  now = 1_000_000
  client = new FakeClient()
  told = []
  ruling = new Ruling({
    client,
    ownKey: 'alice',
    room: () => 'lobby',
    timers: { now: () => now, after: () => () => {} },
  })
  ruling.listen(({ message }) => told.push(message))
})

const act = (fields: Partial<ServerMessageOf<'moderation'>>): void =>
  client.moderated({
    type: 'moderation',
    room: 'lobby',
    action: 'mute',
    by: 'Root',
    message: '…',
    timestamp: '2024-01-01T00:00:00Z',
    ...fields,
  })

const welcome = (moderation: NonNullable<ServerMessageOf<'system'>['moderation']>): void =>
  ruling.begin({ type: 'system', message: '', server_time: new Date(now + 5_000).toISOString(), moderation })

describe('what moderators did', () => {
  it('MO10: is in the welcome, told by the server’s clock', () => {
    const muted_until = new Date(now + 65_000).toISOString()
    welcome({ muted: true, muted_until, locked: true })
    expect(ruling.rules.value).toMatchObject({ locked: true, mayModerate: false })
    expect(ruling.silenced(now)).toEqual({ why: 'muted', until: now + 60_000 })
    expect(ruling.silenced(now + 60_000)).toBeNull()
    welcome({ muted: true })
    expect(ruling.silenced(now)?.until).toBe(Infinity)
    welcome({})
    expect(ruling.silenced(now)).toBeNull()
  })

  it('MO4, MO9: mutes oneself and nobody else, for its time or until it is lifted', () => {
    act({ username: 'Bob', seconds: 600 })
    expect(ruling.silenced(now)).toBeNull()
    act({ username: 'ALICE', seconds: 600, message: 'Root muted ALICE' })
    expect(ruling.silenced(now)).toEqual({ why: 'muted', until: now + 600_000 })
    act({ username: 'Alice', action: 'unmute' })
    expect(ruling.silenced(now)).toBeNull()
    expect(told).toEqual(['…', 'Root muted ALICE', '…'])
  })

  it('MO9: of another room is nothing here', () => {
    act({ room: 'den', username: 'Alice', seconds: 600 })
    expect([ruling.silenced(now), told]).toEqual([null, []])
  })

  it('MO6: counts down from one’s own message', () => {
    act({ action: 'slow', seconds: 10 })
    expect(ruling.silenced(now)).toBeNull()
    ruling.said()
    expect(ruling.silenced(now + 9_999)).toEqual({ why: 'slow', until: now + 10_000 })
    expect(ruling.silenced(now + 10_000)).toBeNull()
    act({ action: 'slow', seconds: 0 })
    expect(ruling.silenced(now)).toBeNull()
  })

  it('MO6, MO7: leaves moderators free of slow mode and read-only', () => {
    act({ action: 'read_only' })
    expect(ruling.silenced(now)?.why).toBe('read_only')
    welcome({ may_moderate: true, read_only: true, slow_seconds: 10 })
    ruling.said()
    expect(ruling.silenced(now)).toBeNull()
    welcome({ read_only: true })
    act({ action: 'writable' })
    expect(ruling.silenced(now + 10_000)).toBeNull()
  })

  it('MO1: is asked of the room one is in', async () => {
    await ruling.moderate({ action: 'mute', user: 'Bob', seconds: 60 })
    await ruling.moderate({ action: 'unban', user: 'Bob', room: '*' })
    expect(client.moderations).toEqual([
      { action: 'mute', user: 'Bob', seconds: 60, room: 'lobby' },
      { action: 'unban', user: 'Bob', room: '*' },
    ])
  })

  it('MO9: says that something was done, by oneself or by another moderator', async () => {
    const before = ruling.acts.value
    act({ username: 'Bob' })
    expect(ruling.acts.value).toBeGreaterThan(before)
    const heard = ruling.acts.value
    await ruling.moderate({ action: 'unmute', user: 'Bob' })
    expect(ruling.acts.value).toBeGreaterThan(heard)
  })
})
