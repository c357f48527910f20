import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { readUpgrade } from './upgrade-request.ts'

function shown(query: string, takesQueryTokens: boolean, headers: Record<string, string> = {}) {
  const request = { url: `/ws/chat${query}`, headers }
  return readUpgrade(request as IncomingMessage, '::1', takesQueryTokens)
}

describe('what an upgrade shows', () => {
  it.each([
    ['nothing', '', false, {}, { token: null, ticket: null, awaitsToken: false }],
    ['a ticket', '?ticket=T', false, {}, { token: null, ticket: 'T' }],
    ['a token in an address that may be there', '?token=T', true, {}, { token: 'T', ticket: null }],
    ['a token in an address that may not be there', '?token=T', false, {}, { token: '', ticket: null }],
    ['an empty token', '?token=', true, {}, { token: '' }],
    ['a ticket beside a token in the address', '?token=T&ticket=U', true, {}, { token: null, ticket: 'U' }],
    ['a header before an address', '?token=T', true, { authorization: 'Bearer H' }, { token: 'H' }],
    ['a subprotocol', '?token=T', true, { 'sec-websocket-protocol': 'roomful.jwt.S' }, { token: 'S' }],
    ['that a token comes with the first frame', '?auth=frame', false, {}, { token: null, awaitsToken: true }],
  ] as const)('AU2: %s', (_, query, takesQueryTokens, headers, expected) => {
    expect(shown(query, takesQueryTokens, headers)).toMatchObject({ shown: expected })
  })
})
