import { describe, expect, it } from 'vitest'
import { chat, enter, harness, type online, settled, welcome } from '../testing/harness.ts'
import type { Gap } from './log-order.ts'

/** Online with `head` entries behind it; `told` gathers what listeners hear. */
function catching(head: number, options: object = {}) {
  const made = harness(options)
  made.client.connect()
  const server = enter(made, { head_seq: head })
  const told: number[] = []
  const gaps: Gap[] = []
  made.client.onMessage(({ seq }) => told.push(seq))
  made.client.onGap((gap) => gaps.push(gap))
  return { ...made, server, told, gaps }
}

const resumed = (after: number, head: number) =>
  welcome({ head_seq: head, resume: { outcome: 'full', after } })

function comeBack(made: ReturnType<typeof online>, more: object) {
  made.server.close(1006).flushToClient()
  made.client.retryNow()
  return enter(made, more)
}

describe('after a reconnect', () => {
  it('asks for what was missed and tells it before anything newer', async () => {
    const made = catching(0)
    for (const seq of [1, 2]) made.server.say(chat(seq)).flushToClient()
    const server = comeBack(made, { head_seq: 5 })
    await settled()
    expect(server.flushToServer()).toEqual([{ type: 'join', room: 'lobby', since: { epoch: 'e1', seq: 2 } }])
    server.say(chat(6)).say(resumed(2, 6))
    for (const seq of [3, 4, 5, 6, 7]) server.say(chat(seq))
    server.flushToClient()
    expect(made.told).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(made.gaps).toEqual([])
    expect(server.flushToServer()).toEqual([])
  })

  it('asks nothing when nothing was missed', async () => {
    const made = catching(2)
    const server = comeBack(made, { head_seq: 2 })
    await settled()
    expect(server.flushToServer()).toEqual([])
  })

  it('asks for the private log too, and does not enter it as a room', async () => {
    const made = catching(0)
    const first = comeBack(made, { private_head_seq: 1 })
    await settled()
    expect(first.flushToServer()).toEqual([])
    made.server.close(1006)
    first.close(1006).flushToClient()
    made.client.retryNow()
    const server = enter(made, { private_head_seq: 3 })
    await settled()
    const ask = { type: 'join', room: '@me', since: { epoch: 'e1', seq: 1 } }
    expect(server.flushToServer()).toEqual([ask])
    server.say(welcome({ room: '@me', head_seq: 3, resume: { outcome: 'full', after: 1 } })).flushToClient()
    await settled()
    server.close(1006).flushToClient()
    made.client.retryNow()
    const again = enter(made, { private_head_seq: 3 })
    await settled()
    expect(again.flushToServer()).toEqual([ask])
  })

  it('resumes joined rooms while it enters them again', async () => {
    const made = catching(0)
    void made.client.join('tea')
    made.server.say(welcome({ room: 'tea', head_seq: 7 })).flushToClient()
    await settled()
    const server = comeBack(made, {})
    await settled()
    expect(server.flushToServer()).toEqual([{ type: 'join', room: 'tea', since: { epoch: 'e1', seq: 7 } }])
  })

  it('what was asked for the private log is no news of a room', async () => {
    const made = harness()
    const rooms: unknown[] = []
    made.client.onSystem(({ room }) => rooms.push(room))
    made.client.connect()
    const server = enter(made, { private_head_seq: 0 })
    server.say({ type: 'system', event: 'welcome', message: 'ready', room: '@me', epoch: 'e1', head_seq: 0 })
    server.flushToClient()
    expect(rooms).toEqual(['lobby'])
  })

  it('a refused join of a room that one is in already holds up nothing', async () => {
    const made = catching(1)
    const refused = made.client.join('lobby').catch(({ code }: { code: string }) => code)
    made.server
      .say({ type: 'error', code: 'unavailable', message: 'later', room: 'lobby', retryable: true })
      .flushToClient()
    expect(await refused).toBe('unavailable')
    made.server.flushToServer()
    made.server.say(chat(3)).flushToClient()
    await settled()
    const ask = { type: 'join', room: 'lobby', since: { epoch: 'e1', seq: 1 } }
    expect(made.server.flushToServer()).toEqual([ask])
  })

  it('begins anew after a disconnect, also one by a listener that hears of the welcome', async () => {
    const made = harness()
    const stop = made.client.onState(({ phase }) => {
      if (phase === 'online') made.client.disconnect()
    })
    made.client.connect()
    enter(made, { head_seq: 3, private_head_seq: 1 })
    stop()
    made.client.connect()
    const server = enter(made, { head_seq: 5, private_head_seq: 2 })
    await settled()
    expect(server.flushToServer()).toEqual([])
  })

  it('a room that was left and is entered again begins at its end', async () => {
    const made = catching(0)
    void made.client.join('tea')
    made.server.say(welcome({ room: 'tea', head_seq: 7 })).flushToClient()
    void made.client.leave('tea')
    made.server
      .say({ type: 'confirmation', event: 'left', message: 'left', room: 'tea', timestamp: 't' })
      .flushToClient()
    made.server.flushToServer()
    void made.client.join('tea')
    await settled()
    expect(made.server.flushToServer()).toEqual([{ type: 'join', room: 'tea' }])
  })
})

describe('a gap', () => {
  it('is told when the server has another history, and goes on from its end', () => {
    const made = catching(0)
    made.server.say(chat(1)).flushToClient()
    const server = comeBack(made, { epoch: 'e2', head_seq: 4 })
    server.say(chat(5)).flushToClient()
    expect(made.gaps).toEqual([{ room: 'lobby', after: 0, before: 5 }])
    expect(made.told).toEqual([1, 5])
  })

  it('is told when the private log is another one', () => {
    const made = harness()
    const gaps: Gap[] = []
    made.client.onGap((gap) => gaps.push(gap))
    made.client.connect()
    const server = enter(made, { private_head_seq: 7 })
    comeBack({ ...made, server }, { private_head_seq: 2 })
    expect(gaps).toEqual([{ room: '@me', after: 0, before: 3 }])
  })

  it('is told when the server no longer has it', async () => {
    const made = catching(3)
    const server = comeBack(made, { head_seq: 9 })
    await settled()
    server.say(welcome({ head_seq: 9, resume: { outcome: 'gap', first_available: 8 } })).say(chat(10))
    server.flushToClient()
    expect(made.gaps).toEqual([{ room: 'lobby', after: 3, before: 10 }])
    expect(made.told).toEqual([10])
  })
})

describe('a hole between live entries', () => {
  it('is asked for at once, and nothing behind it is told before', async () => {
    const made = catching(0)
    made.server.say(chat(1)).say(chat(4)).say(chat(5)).flushToClient()
    await settled()
    expect(made.told).toEqual([1])
    expect(made.server.flushToServer()).toEqual([
      { type: 'join', room: 'lobby', since: { epoch: 'e1', seq: 1 } },
    ])
    made.server.say(resumed(1, 5))
    for (const seq of [2, 3, 4, 5]) made.server.say(chat(seq))
    made.server.flushToClient()
    expect(made.told).toEqual([1, 2, 3, 4, 5])
  })

  it('that the server says it closed and did not is told as a gap, and holds up nothing', async () => {
    const made = catching(0)
    made.server.say(chat(3)).flushToClient()
    await settled()
    made.server.say(resumed(0, 3)).say(chat(3)).say(chat(4)).flushToClient()
    expect(made.gaps).toEqual([{ room: 'lobby', after: 0, before: 3 }])
    expect(made.told).toEqual([3, 4])
  })

  it('is asked for again when the request was refused, though nothing more is said', async () => {
    const made = catching(0)
    made.server.say(chat(2)).flushToClient()
    await settled()
    made.server.flushToServer()
    const refusal = { type: 'error', code: 'unavailable', message: 'later', room: 'lobby', retryable: true }
    made.server
      .say({ ...refusal, retry_after_ms: 1_700 })
      .say(chat(3))
      .flushToClient()
    await settled()
    made.clock.advance(1_700 + 249)
    expect(made.server.flushToServer()).toEqual([])
    made.clock.advance(1)
    expect(made.server.flushToServer()).toEqual([
      { type: 'join', room: 'lobby', since: { epoch: 'e1', seq: 0 } },
    ])
    made.server.say(refusal).flushToClient()
    await settled()
    const waiting = made.clock.timers
    made.client.disconnect()
    expect(made.clock.timers).toBeLessThan(waiting)
    made.clock.advance(60_000)
    expect(made.clock.timers).toBe(0)
    expect(made.server.flushToServer()).toEqual([])
  })
})

it('with `since` a new client begins behind what it knows, in rooms too', async () => {
  const made = harness({
    since: { lobby: { epoch: 'e1', seq: 2 }, tea: { epoch: 'e1', seq: 4 }, '@me': { epoch: 'e0', seq: 9 } },
  })
  const gaps: Gap[] = []
  made.client.onGap((gap) => gaps.push(gap))
  made.client.connect()
  const server = enter(made, { head_seq: 5, private_head_seq: 9 })
  void made.client.join('tea')
  await settled()
  expect(server.flushToServer()).toEqual([
    { type: 'join', room: 'lobby', since: { epoch: 'e1', seq: 2 } },
    { type: 'join', room: 'tea', since: { epoch: 'e1', seq: 4 } },
  ])
  expect(gaps).toEqual([{ room: '@me', after: 0, before: 10 }])
})

it('with `catchUp: false` what was missed is left to `history`', async () => {
  const made = catching(0, { catchUp: false })
  made.server.say(chat(1)).flushToClient()
  const server = comeBack(made, { head_seq: 5 })
  server.say(chat(6)).say(chat(9)).flushToClient()
  await settled()
  expect(made.told).toEqual([1, 6, 9])
  expect(server.flushToServer()).toEqual([])
})
