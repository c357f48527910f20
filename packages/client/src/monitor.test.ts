import { describe, expect, it } from 'vitest'
import { chat, enter, harness, online, PING, welcome } from '../testing/harness.ts'
import { BROWSER_ENVIRONMENT } from './environment.ts'
import { PROBE_TIMEOUT_MS } from './monitor.ts'

const HEARTBEAT = { type: 'heartbeat' }
const ACK = { type: 'heartbeat_ack', timestamp: '2024-01-01T00:00:00Z' }

describe('a silent server', () => {
  it('is given up after two heartbeat intervals and five seconds', () => {
    const { client, clock, server } = online()
    clock.advance(24_999)
    expect(client.state.phase).toBe('online')
    clock.advance(1)
    expect(client.state).toMatchObject({
      phase: 'waiting',
      reason: { code: 1006, reason: 'The server is silent' },
    })
    expect(server.clientClose?.code).toBe(4009)
  })

  it('is measured by the interval of its welcome', () => {
    const { client, clock, network } = harness()
    client.connect()
    enter({ network }, { heartbeat_interval: 2, heartbeat: { interval_ms: 2_000, timeout_ms: 6_000 } })
    clock.advance(8_999)
    expect(client.state.phase).toBe('online')
    clock.advance(1)
    expect(client.state.phase).toBe('waiting')
  })

  it('is measured by the default when the welcome names something absurd', () => {
    for (const interval_ms of [0, 1, 999, 300_001, 2 ** 40]) {
      const { client, clock, network } = harness()
      client.connect()
      enter({ network }, { heartbeat: { interval_ms, timeout_ms: 1 } })
      clock.advance(24_999)
      expect([interval_ms, client.state.phase]).toEqual([interval_ms, 'online'])
      clock.advance(1)
      expect([interval_ms, client.state.phase]).toEqual([interval_ms, 'waiting'])
    }
  })

  it('leaves no timer when a listener disconnects on it', () => {
    const { client, clock } = online()
    client.onState((state) => {
      if (state.phase === 'waiting') client.disconnect()
    })
    clock.advance(25_000)
    expect([client.state.phase, clock.timers]).toEqual(['idle', 0])
  })

  it('is not silent while anything comes, also what makes no sense', () => {
    const { client, clock, server } = online()
    for (const frame of [PING, chat(1), '{', { type: 'shouting' }, PING, PING]) {
      clock.advance(24_000)
      server.say(frame).flushToClient()
    }
    expect(client.state.phase).toBe('online')
  })

  it('is found by the wall clock no sooner: a time server may step it', () => {
    const { client, clock, server } = online()
    clock.stepWall(-3_600_000)
    clock.advance(25_000)
    expect(client.state.phase).toBe('waiting')
    expect(server.flushToServer()).toEqual([])
  })
})

describe('a server that sends no pings', () => {
  const anonymous = (): ReturnType<typeof harness> => {
    const made = harness()
    made.client.connect()
    made.network.last
      .open()
      .say(welcome({ heartbeat_interval: undefined }))
      .flushToClient()
    return made
  }

  it('asks once an interval, and is content with the answer', () => {
    const { client, clock, network } = anonymous()
    for (let i = 0; i < 10; i++) {
      clock.advance(10_000)
      expect(network.last.flushToServer()).toEqual([HEARTBEAT])
      network.last.say(ACK).flushToClient()
    }
    expect(client.state.phase).toBe('online')
  })

  it('asks as often as its welcome says', () => {
    const { clock, network, client } = harness()
    client.connect()
    enter(
      { network },
      { heartbeat_interval: undefined, heartbeat: { interval_ms: 30_000, timeout_ms: 90_000 } },
    )
    clock.advance(29_999)
    expect(network.last.flushToServer()).toEqual([])
    clock.advance(1)
    expect(network.last.flushToServer()).toEqual([HEARTBEAT])
  })

  it('asks once, then gives up', () => {
    const { client, clock, network } = anonymous()
    clock.advance(24_999)
    expect(network.last.flushToServer()).toEqual([HEARTBEAT])
    clock.advance(1)
    expect(client.state.phase).toBe('waiting')
  })
})

describe('waking up', () => {
  it('probes a connection that slept, and keeps it when there is an answer', () => {
    const { client, clock, server } = online()
    clock.sleep(3_600_000)
    expect(client.state.phase).toBe('online')
    expect(server.flushToServer()).toEqual([HEARTBEAT])
    clock.advance(PROBE_TIMEOUT_MS - 1)
    server.say(ACK).flushToClient()
    clock.advance(20_000)
    expect(client.state.phase).toBe('online')
    clock.sleep(3_600_000)
    expect(server.flushToServer()).toEqual([HEARTBEAT])
    server.say(ACK).flushToClient()
    clock.advance(25_000)
    expect(client.state.phase).toBe('waiting')
  })

  it('gives it up when there is none', () => {
    const { client, clock, server } = online()
    clock.sleep(3_600_000)
    server.flushToServer()
    clock.advance(PROBE_TIMEOUT_MS)
    expect(client.state.phase).toBe('waiting')
    expect(server.flushToServer()).toEqual([])
  })

  it('notices a sleep during which monotonic time stood still', () => {
    const { clock, server } = online()
    clock.stepWall(3_600_000)
    clock.advance(5_000)
    expect(server.flushToServer()).toEqual([HEARTBEAT])
  })

  it('is no sleep when a timer is a little late', () => {
    const { clock, server } = online()
    clock.sleep(14_000)
    expect(server.flushToServer()).toEqual([])
  })

  it('probes at once when the environment says so, once at a time', () => {
    const { client, clock, environment, server } = online()
    environment.wake()
    environment.wake()
    expect(server.flushToServer()).toEqual([HEARTBEAT])
    clock.advance(3_000)
    environment.wake()
    clock.advance(2_000)
    expect(client.state.phase).toBe('waiting')
  })

  it('tries at once while waiting', () => {
    const { client, clock, environment, server } = online()
    server.close(1006).flushToClient()
    environment.wake()
    expect(client.state.phase).toBe('connecting')
    environment.wake()
    clock.advance(0)
    expect(client.state.phase).toBe('connecting')
  })

  it('tries at once after a sleep while waiting', () => {
    const { client, clock, network } = harness()
    client.connect()
    for (let i = 0; i < 7; i++) {
      network.last.close(1006).flushToClient()
      if (i < 6) client.retryNow()
    }
    expect(client.state).toMatchObject({ phase: 'waiting', retryAt: clock.now() + 15_000 })
    clock.stepWall(3_600_000)
    clock.advance(5_000)
    expect(client.state.phase).toBe('connecting')
  })

  it('does not come sooner than the server asked', () => {
    const { client, clock, environment, server } = online()
    server
      .say({ type: 'error', code: 'going_away', message: 'x', retry_after_ms: 60_000 })
      .close(1012)
      .flushToClient()
    environment.wake()
    clock.advance(59_000)
    environment.wake()
    expect(client.state.phase).toBe('waiting')
  })

  it('leaves a stopped client alone', () => {
    const { client, environment, server } = online()
    server.close(4501).flushToClient()
    environment.wake()
    expect(client.state.phase).toBe('stopped')
    expect(environment.listeners).toBe(0)
  })
})

describe('the environment of a browser', () => {
  it('does nothing where there is none', () => {
    const stop = BROWSER_ENVIRONMENT.onWake(() => expect.unreachable())
    stop()
  })

  it('reports online and offline, and the page only when it becomes visible, until it is ended', () => {
    const page = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
    const network = new EventTarget()
    const added = { document: page, addEventListener: network.addEventListener.bind(network) }
    Object.assign(globalThis, added)
    try {
      let woken = 0
      const stop = BROWSER_ENVIRONMENT.onWake(() => {
        woken += 1
      })
      page.dispatchEvent(new Event('visibilitychange'))
      expect(woken).toBe(0)
      page.visibilityState = 'visible'
      page.dispatchEvent(new Event('visibilitychange'))
      network.dispatchEvent(new Event('online'))
      expect(woken).toBe(2)
      network.dispatchEvent(new Event('offline'))
      expect(woken).toBe(3)
      stop()
      network.dispatchEvent(new Event('offline'))
      network.dispatchEvent(new Event('online'))
      page.dispatchEvent(new Event('visibilitychange'))
      expect(woken).toBe(3)
    } finally {
      for (const name of Object.keys(added)) Reflect.deleteProperty(globalThis, name)
    }
  })
})
