import { MODERATION_ACTIONS } from '@roomful/protocol'
import { expect, it } from 'vitest'
import type { Act } from '../state/notices.ts'
import { durationOf, sentenceOf } from './moderating.ts'

const act = (fields: Partial<Act>): Act => ({
  type: 'moderation',
  room: 'lobby',
  action: 'mute',
  by: 'Root',
  message: 'as the server says it',
  timestamp: '2024-01-01T00:00:00Z',
  ...fields,
})

it('MO9: says in both languages what a moderator did', () => {
  const muted = act({ username: 'Bob', seconds: 600, reason: 'Spam' })
  expect(sentenceOf(muted, 'en')).toBe('Root muted Bob for 10 minutes: Spam')
  expect(sentenceOf(muted, 'zh-Hant')).toBe('Root 將 Bob 禁言 10 分鐘：Spam')
  const banned = act({ action: 'ban', everywhere: true })
  expect(sentenceOf(banned, 'en')).toBe('Root banned an IP address (on the whole server)')
  expect(sentenceOf(banned, 'zh-Hant')).toBe('Root 封鎖了某個 IP 位址（整台伺服器）')
  expect(sentenceOf(act({ action: 'slow', seconds: 0 }), 'en')).toBe('Root turned slow mode off')
  expect(sentenceOf(act({ action: 'slow', seconds: 30 }), 'zh-Hant')).toContain('每人每 30 秒')
})

it('MO9: has words of its own for each act of which a room is told', () => {
  for (const lang of ['en', 'zh-Hant'] as const) {
    const said = MODERATION_ACTIONS.filter((action) => action !== 'delete').map((action) =>
      sentenceOf(act({ action, username: 'Bob' }), lang),
    )
    expect(new Set(said).size).toBe(said.length)
    expect(said.filter((sentence) => !sentence.includes('Root'))).toEqual([])
  }
  // An entry tells of a deletion; what a later version adds is told in the server's words.
  expect(sentenceOf(act({ action: 'delete' }), 'en')).toBe('as the server says it')
})

it('tells times in the largest unit that is exact, or of which there are two', () => {
  expect([0.2, 1, 90, 119, 120, 3600, 5400, 604_800].map((seconds) => durationOf(seconds, 'en'))).toEqual([
    '1 second',
    '1 second',
    '90 seconds',
    '119 seconds',
    '2 minutes',
    '1 hour',
    '90 minutes',
    '7 days',
  ])
})
