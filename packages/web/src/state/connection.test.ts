import type { ConnectionState, DisconnectReason } from '@roomful/client'
import type { ErrorCode } from '@roomful/protocol'
import { describe, expect, it } from 'vitest'
import { isFull, isShut, secondsUntil, whyStopped, worthTelling } from './connection.ts'

const closed = (code: number, reason = '', error?: ErrorCode): DisconnectReason => ({
  code,
  reason,
  error: error === undefined ? null : { type: 'error', code: error, message: '…' },
})

it.each([
  [closed(4509, 'Name taken', 'name_taken'), 'name_taken'],
  [closed(4509), 'name_taken'],
  [closed(4500, '', 'invalid_room'), 'invalid_room'],
  [closed(4500), 'invalid_name'],
  [closed(1008, 'Unauthorized'), 'unauthorized'],
  [closed(4501), 'revoked'],
  [closed(4501, 'Kicked or revoked', 'unauthorized'), 'revoked'],
  [closed(4501, 'Kicked or revoked', 'kicked'), 'kicked'],
  [closed(4501, 'Kicked or revoked', 'forbidden'), 'forbidden'],
  [closed(4500, '', 'forbidden'), 'forbidden'],
  [closed(4503), 'banned'],
  [closed(4504), 'locked'],
  [closed(1000), 'other'],
  [closed(1006, 'x', 'internal'), 'other'],
])('reads %j as %s', (reason, why) => {
  expect(whyStopped(reason)).toBe(why)
})

it('has a screen for what the fields of the join screen do not change', () => {
  const shut = ['kicked', 'banned', 'locked', 'forbidden', 'revoked', 'unauthorized'] as const
  expect(shut.filter((stopped) => !isShut(stopped))).toEqual([])
  const open = ['name_taken', 'invalid_name', 'invalid_room', 'other'] as const
  expect(open.filter(isShut)).toEqual([])
})

it('tells a full server from any other reason', () => {
  expect(isFull(closed(1008, 'Server is full'))).toBe(true)
  expect(isFull(closed(1008, '', 'server_full'))).toBe(true)
  expect(isFull(closed(1006))).toBe(false)
})

it('counts down in whole seconds and never to zero', () => {
  expect([4001, 4000, 3999, 1, 0, -50].map((left) => secondsUntil(1000 + left, 1000))).toEqual([
    5, 4, 4, 1, 1, 1,
  ])
})

describe('what is told', () => {
  const tell = (...phases: ConnectionState['phase'][]): (string | null)[] => {
    let told: 'up' | 'down' = 'up'
    let before: ConnectionState['phase'] = 'online'
    return phases.flatMap((after) => {
      const what = worthTelling(before, after, told)
      before = after
      if (what !== null) told = what === 'lost' ? 'down' : 'up'
      return what === null ? [] : [what]
    })
  }
  it('is the loss and the return, each once, however many tries lie between', () => {
    expect(tell('waiting', 'connecting', 'waiting', 'connecting', 'waiting', 'connecting', 'online')).toEqual(
      ['lost', 'back'],
    )
  })
  it('is nothing when one leaves', () => {
    expect(tell('idle')).toEqual([])
  })
})
