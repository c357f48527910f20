import { describe, expect, it } from 'vitest'
import { endpointOf, subprotocols, type Target } from './endpoint.ts'

const endpoint = (url: string, more: Partial<Target> = {}): string | null =>
  endpointOf({ url, username: undefined, room: undefined, lang: undefined, ...more })

describe('endpointOf', () => {
  it('turns what people paste into the address of the anonymous endpoint', () => {
    for (const [url, expected] of [
      ['ws://localhost:8000', 'ws://localhost:8000/ws/chat'],
      ['http://localhost:8000/', 'ws://localhost:8000/ws/chat'],
      ['https://chat.test', 'wss://chat.test/ws/chat'],
      ['wss://chat.test/roomful//#top', 'wss://chat.test/roomful/ws/chat'],
      ['https://chat.test/?key=1', 'wss://chat.test/ws/chat?key=1'],
    ] as const)
      expect(endpoint(url)).toBe(expected)
  })

  it('escapes names so that none can leave its path segment', () => {
    for (const username of [
      'Alice',
      '王 小明',
      'a/b',
      'a?b#c',
      '%2e%2e',
      '...',
      '__proto__',
      '👍🏽',
      'a+b&c=d',
    ]) {
      const made = new URL(endpoint('ws://chat.test', { username, room: username }) ?? '')
      expect(made.pathname.split('/').slice(1, 3)).toEqual(['ws', 'chat'])
      expect(made.pathname.split('/')).toHaveLength(5)
      expect(decodeURIComponent(made.pathname.split('/')[3] ?? '')).toBe(username)
      expect(made.searchParams.get('room')).toBe(username)
    }
  })

  it('says when no URL can carry the name', () => {
    for (const username of ['', '.', '..', 'a\udc00'])
      expect(endpoint('ws://chat.test', { username })).toBeNull()
  })
})

describe('subprotocols', () => {
  it('offer v1, and the token when there is one', () => {
    expect(subprotocols(null)).toEqual(['roomful.v1'])
    expect(subprotocols('t')).toEqual(['roomful.v1', 'roomful.resume.t'])
  })
})
