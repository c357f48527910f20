import { CLOSE_UNAUTHORIZED } from '@roomful/protocol'
import { describe, expect, it } from 'vitest'
import { enter, harness, settled } from '../testing/harness.ts'

const HOUR = { server_time: '2024-01-01T00:00:00Z', token_expires_at: '2024-01-01T01:00:00Z' }
const refusal = { type: 'error', code: 'unauthorized', message: 'no', field: 'token' }

/** A source whose tokens are counted. */
function counted() {
  let count = 0
  return { token: async () => `token-${(count += 1)}`, count: () => count }
}

describe('a token', () => {
  it('AU2: is shown as a subprotocol, in the place of a resume token', () => {
    const { client, network } = harness({ token: 'a.b.c', resumeToken: 'r' })
    client.connect()
    expect(network.last.protocols).toEqual(['roomful.v1', 'roomful.jwt.a.b.c'])
  })

  it('AU2: of a function is asked for before each try', async () => {
    const made = harness({ token: counted().token })
    made.client.connect()
    expect(made.network.pairs).toHaveLength(0)
    expect(made.client.state.phase).toBe('connecting')
    await settled()
    expect(made.network.last.protocols).toEqual(['roomful.v1', 'roomful.jwt.token-1'])
    enter(made).close(1006).flushToClient()
    made.clock.advance(1_000)
    await settled()
    expect(made.network.last.protocols).toEqual(['roomful.v1', 'roomful.jwt.token-2'])
  })

  it('that is not to be had is tried for again', async () => {
    let isThere = false
    const token = (): string => {
      if (!isThere) throw new Error('signed out')
      return 'here'
    }
    const { client, network, clock } = harness({ token })
    client.connect()
    await settled()
    expect(client.state).toMatchObject({
      phase: 'waiting',
      reason: { code: 1006, reason: 'Error: signed out' },
    })
    isThere = true
    clock.advance(1_000)
    await settled()
    expect(network.last.protocols).toContain('roomful.jwt.here')
  })

  it('that comes when nobody wants to connect any more opens nothing', async () => {
    const { client, network } = harness({ token: counted().token })
    client.connect()
    client.disconnect()
    await settled()
    expect(network.pairs).toHaveLength(0)
    expect(client.state).toEqual({ phase: 'idle' })
  })

  it('AU8: is followed by a fresh one before it ends, and that one too', async () => {
    const source = counted()
    const made = harness({ token: source.token })
    made.client.connect()
    await settled()
    const server = enter(made, HOUR)
    const alive = async (minutes: number): Promise<void> => {
      for (let s = 0; s < minutes * 60; s += 5) {
        server.say({ type: 'ping', timestamp: '2024-01-01T00:00:00Z' }).flushToClient()
        made.clock.advance(5_000)
      }
      await settled()
      server.flushToServer()
    }
    const shown = () => server.received.filter(({ type }) => type === 'auth')
    await alive(47)
    expect(shown()).toEqual([])
    await alive(2)
    expect(shown()).toEqual([{ type: 'auth', token: 'token-2' }])
    const confirmed = { type: 'confirmation', event: 'authenticated', message: 'yes' }
    const times = { timestamp: '2024-01-01T00:48:00Z', expires_at: '2024-01-01T00:58:00Z' }
    server.say({ ...confirmed, ...times }).flushToClient()
    await alive(9)
    expect(shown()).toHaveLength(2)
  })

  it('AU7: that has ended is no reason to stop for whoever gets fresh ones', async () => {
    const made = harness({ token: counted().token })
    made.client.connect()
    await settled()
    const server = enter(made, HOUR)
    server.say(refusal).close(CLOSE_UNAUTHORIZED.code, CLOSE_UNAUTHORIZED.reason).flushToClient()
    expect(made.client.state.phase).toBe('waiting')
    made.clock.advance(1_000)
    await settled()
    // A fresh one that is refused is.
    made.network.last.open().say(refusal).close(1008, 'Unauthorized').flushToClient()
    expect(made.client.state).toMatchObject({
      phase: 'stopped',
      reason: { code: 1008, error: { code: 'unauthorized' } },
    })
  })

  it('AU13: may be changed for a ticket, which each connection shows in its address', async () => {
    let count = 0
    const made = harness({ token: async () => ({ ticket: `t/${(count += 1)}` }), resumeToken: 'r' })
    made.client.connect()
    await settled()
    expect(made.network.last.url.href).toBe('ws://chat.test/ws/chat/Alice/heartbeat?ticket=t%2F1')
    expect(made.network.last.protocols).toEqual(['roomful.v1'])
    const server = enter(made, HOUR)
    server.say(refusal).close(CLOSE_UNAUTHORIZED.code, CLOSE_UNAUTHORIZED.reason).flushToClient()
    made.clock.advance(1_000)
    await settled()
    expect(made.network.last.url.href).toContain('ticket=t%2F2')
    expect(server.received).toEqual([])
  })

  it('AU3: of a text that is refused stops the client', () => {
    const made = harness({ token: 'a.b.c' })
    made.client.connect()
    enter(made, HOUR).say(refusal).close(1008, 'Unauthorized').flushToClient()
    expect(made.client.state).toMatchObject({ phase: 'stopped', reason: { error: { code: 'unauthorized' } } })
    expect(made.clock.timers).toBe(0)
  })
})
