import { CLOSES } from '@roomful/protocol'
import { describe, expect, it } from 'vitest'
import { chat, enter, harness, online, welcome } from '../testing/harness.ts'
import type { ConnectionState } from './connection.ts'
import { CONNECT_TIMEOUT_MS, NAME_RETRY_MS, STABLE_MS } from './connection.ts'

const error = (code: string, more: object = {}): object => ({ type: 'error', code, message: code, ...more })

describe('the states of a connection', () => {
  it('goes from idle over connecting to online', () => {
    const { client, clock, network, phases } = harness()
    expect(client.state).toEqual({ phase: 'idle' })
    client.connect()
    expect(client.state).toEqual({ phase: 'connecting', attempt: 1 })
    network.last.open()
    expect(client.state.phase).toBe('connecting')
    enter({ network })
    expect(client.state).toEqual({ phase: 'online', since: clock.now(), welcome: welcome() })
    expect(phases).toEqual(['connecting', 'online'])
  })

  it('is not online before the welcome', () => {
    const { client, network } = harness()
    client.connect()
    network.last
      .open()
      .say(chat(1))
      .say({ type: 'system', event: 'join', message: 'Bob joined' })
      .flushToClient()
    expect(client.state.phase).toBe('connecting')
  })

  it('tries once only, however often connect is called', () => {
    const made = online()
    made.client.connect()
    made.server.close(1006).flushToClient()
    made.client.connect()
    expect(made.client.state.phase).toBe('waiting')
    expect(made.network.pairs).toHaveLength(1)
  })

  it('waits after a cut and comes back', () => {
    const made = online()
    made.clock.advance(STABLE_MS)
    made.server.close(1006).flushToClient()
    expect(made.client.state).toEqual({
      phase: 'waiting',
      attempt: 1,
      retryAt: made.clock.now() + 250,
      reason: { code: 1006, reason: '', error: null },
    })
    made.clock.advance(249)
    expect(made.network.pairs).toHaveLength(1)
    made.clock.advance(1)
    expect(made.client.state).toEqual({ phase: 'connecting', attempt: 1 })
    enter(made)
    expect(made.phases).toEqual(['connecting', 'online', 'waiting', 'connecting', 'online'])
  })

  it('waits longer with each failure, and counts them', () => {
    const { client, clock, network } = harness()
    client.connect()
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      network.last.close(1006).flushToClient()
      if (client.state.phase !== 'waiting') throw new Error(client.state.phase)
      expect(client.state.attempt).toBe(i + 2)
      waits.push(client.state.retryAt - clock.now())
      clock.advance(client.state.retryAt - clock.now())
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
  })

  it('forgets failures only after it was online for a while', () => {
    const made = harness()
    const waitsFor = (): number =>
      made.client.state.phase === 'waiting' ? made.client.state.retryAt - made.clock.now() : -1
    made.client.connect()
    for (const wait of [250, 500, 1000]) {
      enter(made).close(1012).flushToClient()
      expect(waitsFor()).toBe(wait)
      made.clock.advance(wait)
    }
    const server = enter(made)
    made.clock.advance(STABLE_MS)
    server.close(1012).flushToClient()
    expect(waitsFor()).toBe(250)
  })

  it('takes a socket without a welcome for dead', () => {
    const { client, clock, network } = harness()
    client.connect()
    network.last.open()
    clock.advance(CONNECT_TIMEOUT_MS)
    expect(client.state).toMatchObject({
      phase: 'waiting',
      reason: { code: 1006, reason: 'No welcome in time' },
    })
    expect(network.last.clientClose?.code).toBe(4009)
  })

  it('hears nothing more of a socket that it gave up', () => {
    const made = harness()
    made.client.connect()
    const heard: number[] = []
    made.client.onMessage(({ seq }) => heard.push(seq))
    const old = made.network.last.open()
    made.clock.advance(CONNECT_TIMEOUT_MS + 250)
    enter(made)
    old.say(chat(1)).close(4501, 'Kicked or revoked').flushToClient()
    expect(made.client.state.phase).toBe('online')
    expect(heard).toEqual([])
  })

  it('goes to idle on disconnect, from every phase, and starts no timer', () => {
    const reach: Record<string, (made: ReturnType<typeof harness>) => void> = {
      connecting: ({ client }) => client.connect(),
      online: (made) => {
        made.client.connect()
        enter(made)
      },
      waiting: (made) => {
        made.client.connect()
        made.network.last.close(1006).flushToClient()
      },
      stopped: (made) => {
        made.client.connect()
        made.network.last.close(4501).flushToClient()
      },
    }
    for (const [phase, go] of Object.entries(reach)) {
      const made = harness()
      go(made)
      expect(made.client.state.phase).toBe(phase)
      made.client.disconnect()
      expect(made.client.state).toEqual({ phase: 'idle' })
      expect({ phase, timers: made.clock.timers, listeners: made.environment.listeners }).toEqual({
        phase,
        timers: 0,
        listeners: 0,
      })
      if (phase === 'connecting' || phase === 'online') expect(made.network.last.clientClose?.code).toBe(1000)
      made.clock.advance(600_000)
      expect(made.network.pairs).toHaveLength(1)
    }
  })

  it('says nothing when it is idle already', () => {
    const { client, phases } = harness()
    client.disconnect()
    client.retryNow()
    expect(phases).toEqual([])
  })

  it('connects again after a disconnect', () => {
    const made = online()
    made.client.disconnect()
    made.client.connect()
    enter(made)
    expect(made.client.state.phase).toBe('online')
  })

  it('tries at once when a person wants it', () => {
    const made = online()
    made.server.close(1006).flushToClient()
    made.client.retryNow()
    expect(made.client.state.phase).toBe('connecting')
    made.clock.advance(10_000)
    expect(made.network.pairs).toHaveLength(2)
    made.network.last.close(4501).flushToClient()
    expect(made.client.state.phase).toBe('stopped')
    made.client.retryNow()
    expect(made.client.state).toEqual({ phase: 'connecting', attempt: 1 })
  })

  it('stops when the socket cannot even be made', () => {
    const { client, network } = harness()
    network.refusal = new Error('An insecure socket may not be opened from a secure page.')
    client.connect()
    expect(client.state).toMatchObject({
      phase: 'stopped',
      reason: { code: 1006, reason: network.refusal.message },
    })
  })

  it('says why where the socket class does', () => {
    const { client, network } = harness()
    client.connect()
    network.last.fail('connect ECONNREFUSED').flushToClient()
    expect(client.state).toMatchObject({
      phase: 'waiting',
      reason: { code: 1006, reason: 'connect ECONNREFUSED' },
    })
  })

  it('lets a listener act at once, and tells all of them in order', () => {
    const { client, network } = harness()
    const heard: string[] = []
    client.onState((state) => {
      if (state.phase === 'online') client.disconnect()
    })
    client.onState((state) => heard.push(state.phase))
    client.connect()
    enter({ network })
    expect(heard).toEqual(['connecting', 'online', 'idle'])
    expect(client.state.phase).toBe('idle')
  })
})

describe('after a close', () => {
  const verdict = (code: number, reason: string): string => {
    const { client, server } = online({ resumeToken: null })
    server.close(code, reason).flushToClient()
    return client.state.phase
  }

  it('retries or stops as the code says', () => {
    const stops = ['normal', 'unauthorized', 'invalid_name', 'revoked', 'banned', 'locked']
    for (const [name, { code, reason }] of Object.entries(CLOSES))
      if (name !== 'name_taken')
        expect([name, verdict(code, reason)]).toEqual([name, stops.includes(name) ? 'stopped' : 'waiting'])
    for (const code of [1005, 1006, 1015, 3000, 4000, 4499, 9999])
      expect([code, verdict(code, '')]).toEqual([code, 'waiting'])
    for (const code of [1000, 1008, 4500, 4999]) expect([code, verdict(code, '')]).toEqual([code, 'stopped'])
  })

  it('names the error that came last before it', () => {
    const { client, server } = online()
    server.say(error('rate_limited')).close(4008, 'Rate limited').flushToClient()
    expect(client.state).toMatchObject({ reason: { code: 4008, error: { code: 'rate_limited' } } })
  })

  it('names no error that another frame followed', () => {
    const { client, server } = online()
    server
      .say(error('rate_limited', { retry_after_ms: 60_000 }))
      .say(chat(1))
      .close(1006)
      .flushToClient()
    expect(client.state).toMatchObject({ phase: 'waiting', reason: { error: null } })
  })

  it('names no error of an earlier connection', () => {
    const { client, network, server } = online()
    server.say(error('going_away')).close(1012).flushToClient()
    client.retryNow()
    network.last.close(1006).flushToClient()
    expect(client.state).toMatchObject({ phase: 'waiting', reason: { code: 1006, error: null } })
  })

  it('does not come back sooner than the server asked, nor later than five minutes and the jitter', () => {
    const waits = (retry_after_ms: number): number => {
      const { client, clock, network } = harness()
      client.connect()
      network.last
        .open()
        .say(error('server_full', { retry_after_ms }))
        .close(1008, 'Server is full')
        .flushToClient()
      return client.state.phase === 'waiting' ? client.state.retryAt - clock.now() : -1
    }
    expect(waits(7_000)).toBe(7_250)
    expect(waits(1e15)).toBe(300_250)
    expect(waits(-1)).toBe(250)
  })

  it('comes back in the slot that the server gave it before the close, and in no other', () => {
    const made = online()
    made.clock.advance(STABLE_MS)
    made.server
      .say({ type: 'going_away', retry_after_ms: 3_456, reason: 'restart' })
      .close(1012)
      .flushToClient()
    expect(made.client.state).toMatchObject({ phase: 'waiting', retryAt: made.clock.now() + 3_456 })
    made.environment.wake()
    made.clock.advance(3_455)
    made.environment.wake()
    expect(made.network.pairs).toHaveLength(1)
    made.clock.advance(1)
    expect(made.network.pairs).toHaveLength(2)
    made.network.last.close(1006).flushToClient()
    expect(made.client.state).toMatchObject({ phase: 'waiting', retryAt: made.clock.now() + 250 })
  })

  it('does not wait for a slot when a person wants it now', () => {
    const { client, network, server } = online()
    server.say({ type: 'going_away', retry_after_ms: 1e15, reason: 'shutdown' }).close(1001).flushToClient()
    client.retryNow()
    expect(network.pairs).toHaveLength(2)
  })

  it('stops when the name is taken and there is no token', () => {
    const { client, network } = harness()
    client.connect()
    network.last.open().say(error('name_taken')).close(4509, 'Name taken').flushToClient()
    expect(client.state).toMatchObject({
      phase: 'stopped',
      reason: { code: 4509, error: { code: 'name_taken' } },
    })
  })

  it('tries a taken name again with its own token, until the former connection must be gone', () => {
    const made = online()
    made.server.close(1006).flushToClient()
    const began = made.clock.monotonic()
    const phases: ConnectionState['phase'][] = []
    while (made.client.state.phase === 'waiting' && phases.length < 100) {
      made.clock.advance(made.client.state.retryAt - made.clock.now())
      made.network.last.open().close(4509, 'Name taken').flushToClient()
      phases.push(made.client.state.phase)
    }
    expect(phases.at(-1)).toBe('stopped')
    expect(phases.length).toBeGreaterThan(5)
    expect(made.clock.monotonic() - began).toBeGreaterThan(NAME_RETRY_MS)
    expect(made.clock.monotonic() - began).toBeLessThan(NAME_RETRY_MS + 60_000)
  })

  it('counts that time anew after it was online', () => {
    const made = online()
    for (let i = 0; i < 4; i++) {
      made.network.last.close(1006).flushToClient()
      made.client.retryNow()
      made.network.last.close(4509).flushToClient()
      expect(made.client.state.phase).toBe('waiting')
      made.client.retryNow()
      enter(made)
      made.clock.advance(20_000)
      made.network.last.say(chat(i + 1)).flushToClient()
      made.clock.advance(20_000)
    }
  })
})
