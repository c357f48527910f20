import type { ServerMessageOf } from '@roomful/protocol'
import { expect, it } from 'vitest'
import { addNotice, MAX_NOTICES, type Notice, noticeOf, summarize } from './notices.ts'

const notice = (event: Notice['event'], names: string[], count = Math.max(1, names.length)): Notice => ({
  key: 'n',
  at: 0,
  event,
  names,
  count,
})

it('JL5: reads names and count of a folded notice', () => {
  const frame: ServerMessageOf<'system'> = {
    type: 'system',
    event: 'join',
    message: '…',
    users: ['A', 'B'],
    count: 12,
  }
  expect(noticeOf(frame, 'k', 5)).toEqual({ key: 'k', at: 5, event: 'join', names: ['A', 'B'], count: 12 })
})

it('MO9: keeps what a moderator did as it was told, for words in either language', () => {
  const act = {
    type: 'moderation',
    room: 'lobby',
    action: 'lock',
    by: 'Root',
    message: '…',
    timestamp: '2024-01-01T00:00:00Z',
  } as const
  expect(noticeOf(act, 'k', 5)).toEqual({ key: 'k', at: 5, event: 'moderation', names: [], count: 0, act })
})

it('reads an anonymous visitor, and passes over what has no event', () => {
  expect(noticeOf({ type: 'system', event: 'leave', message: '…' }, 'k', 5)?.names).toEqual([])
  expect(noticeOf({ type: 'system', message: '…' }, 'k', 5)).toBeNull()
})

it('keeps a bounded number', () => {
  let notices: readonly Notice[] = []
  for (let i = 0; i < MAX_NOTICES + 50; i++) notices = addNotice(notices, notice('join', [`user${i}`]))
  expect(notices).toHaveLength(MAX_NOTICES)
  expect(notices.at(-1)?.names).toEqual([`user${MAX_NOTICES + 49}`])
})

it('tells what remains when people come and go', () => {
  const summary = summarize([
    notice('join', ['Ann']),
    notice('leave', ['Ben']),
    notice('join', ['Cai']),
    notice('leave', ['Cai']),
    notice('leave', ['Dee']),
    notice('join', ['Dee']),
    notice('join', ['Eve', 'Fay'], 12),
    notice('leave', []),
  ])
  expect(summary).toEqual({
    joined: { names: ['Ann', 'Eve', 'Fay'], others: 10 },
    left: { names: ['Ben'], others: 1 },
    returned: { names: ['Dee'], others: 0 },
    passed: { names: ['Cai'], others: 0 },
  })
})
