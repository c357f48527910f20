import type { ServerMessageOf } from '@roomful/protocol'
import { describe, expect, it } from 'vitest'
import { follow, fromStatus, fromWelcome, NOBODY, unlisted } from './people.ts'

const system = (fields: Partial<ServerMessageOf<'system'>>): ServerMessageOf<'system'> => ({
  type: 'system',
  message: '…',
  ...fields,
})
const here = fromWelcome(system({ event: 'welcome', connected_count: 3, connected_users: ['Bob', 'Alice'] }))

const status: ServerMessageOf<'status'> = {
  type: 'status',
  room: 'r',
  connected_count: 15,
  connected_users: ['C'],
  heartbeat_timeout: 30,
  connections: [],
  status: 'active',
}

describe('people', () => {
  it('WE2: begin with the welcome, in order of arrival', () => {
    expect(here).toEqual({ count: 3, names: ['Bob', 'Alice'], stale: false, truncated: false })
    expect(unlisted(here)).toBe(1)
  })

  it('follow who comes and goes', () => {
    const more = follow(here, system({ event: 'join', username: 'Carol', connected_count: 4 }))
    expect(more.names).toEqual(['Bob', 'Alice', 'Carol'])
    expect(follow(more, system({ event: 'leave', username: 'Bob', connected_count: 3 })).names).toEqual([
      'Alice',
      'Carol',
    ])
  })

  it('count anonymous visitors without naming them', () => {
    expect(follow(here, system({ event: 'join', connected_count: 4 }))).toEqual({ ...here, count: 4 })
  })

  it('do not list a person twice, and mistrust the list when notices overtook each other', () => {
    const twice = follow(here, system({ event: 'join', username: 'Bob', connected_count: 3 }))
    expect(twice).toMatchObject({ names: ['Alice', 'Bob'], stale: true })
    expect(follow(here, system({ event: 'leave', username: 'Eve', connected_count: 3 })).stale).toBe(true)
    expect(follow(here, system({ event: 'join', username: 'Eve', connected_count: 2 })).stale).toBe(true)
  })

  it('JL5: know that a folded notice left names out', () => {
    const folded = follow(here, system({ event: 'join', users: ['C', 'D'], count: 12, connected_count: 15 }))
    expect(folded).toEqual({ count: 15, names: ['Bob', 'Alice', 'C', 'D'], stale: true, truncated: false })
    const fresh = fromStatus(status)
    expect(fresh).toEqual({ count: 15, names: ['C'], stale: false, truncated: false })
  })

  it('WE6: say when the list was cut', () => {
    const cut = fromWelcome(
      system({ connected_count: 900, connected_users: ['A'], connected_users_truncated: true }),
    )
    expect(cut.truncated).toBe(true)
    expect(fromStatus({ ...status, connected_users_truncated: true })).toMatchObject({ truncated: true })
    expect(unlisted(cut)).toBe(899)
    expect(unlisted(NOBODY)).toBe(0)
  })
})
