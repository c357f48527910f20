import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../testing/fake-auth.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import type { Identity } from '../ports/auth.ts'
import { readGrants } from '../ports/grants.ts'
import type { Asked, HookAnswer } from '../ports/permissions.ts'
import { HookAnswers, MAX_ANSWERS, MAX_ASKED_AT_ONCE, MAX_WAITING, PAUSE_MS } from './hook-answers.ts'

const ANN = fakeToken({ sub: 'u-1', name: 'Ann', rooms: { '*': ['join', 'read', 'write'] } })
const HOLD_MS = 30_000

/** A hook that says what the test says, by subject; an `Error` for one that fails, nothing for one that does not answer. */
function fakeHook() {
  const said = new Map<string | null, object | Error>()
  const asked: (string | null)[] = []
  const ask = ({ subject }: Asked): Promise<HookAnswer> => {
    asked.push(subject)
    const answer = said.get(subject)
    if (answer === undefined) return new Promise(() => {})
    if (answer instanceof Error) return Promise.reject(answer)
    return Promise.resolve({ grants: readGrants(answer) ?? {}, holdsMs: null })
  }
  return { said, asked, ask }
}

function guarded() {
  const clock = new ManualClock()
  const hook = fakeHook()
  hook.said.set(null, {})
  const auth = fakeAuth(clock, true)
  const test = createTestHub(
    { hookHoldMs: HOLD_MS, heartbeatTimeoutMs: HOLD_MS * 10 },
    { clock, auth, permissionHook: hook },
  )
  return { ...test, hook, clock }
}

describe('a hook', () => {
  it('PE9: is asked before somebody is let in, and decides before the token', async () => {
    const test = guarded()
    test.hook.said.set('u-1', { lobby: ['join', 'read'], 'x-*': [] })
    const ann = await test.connect({ token: ANN, dialect: 'v1' })
    expect(ann.all()[0]).toMatchObject({ event: 'welcome', room: 'lobby' })
    ann.news()
    ann.say({ message: 'hi' })
    ann.say({ type: 'join', room: 'x-1' })
    ann.say({ type: 'join', room: 'y' })
    await test.clock.settle()
    expect(ann.news()).toMatchObject([
      { code: 'forbidden', room: 'lobby' },
      { code: 'forbidden', room: 'x-1' },
      { event: 'welcome', room: 'y' },
    ])
  })

  it('PE9: is asked once about a person and once about all guests, and never for a message', async () => {
    const test = guarded()
    test.hook.said.set('u-1', {})
    const sockets = [
      await test.connect({ token: ANN }),
      await test.connect({ token: ANN }),
      await test.connect({ username: 'Gus' }),
      await test.connect({ username: 'Bob' }),
    ]
    for (const socket of sockets) for (let i = 0; i < 20; i++) socket.say({ message: 'hi' })
    await test.clock.settle()
    const identity = await test.hub.identify(ANN)
    await test.hub.history('lobby', { after: 0 }, 10, identity)
    expect(test.hook.asked).toEqual(['u-1', null])
  })

  it('PE9: that fails lets nobody in: unavailable and 1013, over HTTP 503, and lets them in when it answers', async () => {
    const test = guarded()
    test.hook.said.set('u-1', new Error('down'))
    const ann = await test.connect({ token: ANN })
    expect(ann.all()).toMatchObject([
      { type: 'error', code: 'unavailable', retryable: true, retry_after_ms: 2_000 },
    ])
    expect(ann.closed).toMatchObject({ code: 1013 })
    await expect(test.hub.identify(ANN)).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 2_000 })
    expect(test.complaints.filter((line) => line.startsWith('permission_hook_failed'))).toHaveLength(1)
    test.hook.said.set('u-1', {})
    await test.clock.advance(PAUSE_MS)
    expect((await test.connect({ token: ANN })).all()[0]).toMatchObject({ event: 'welcome' })
    expect(await test.hub.identify(ANN)).toMatchObject({ name: 'Ann' })
  })

  it('PE8, PE9: whose answer changes reaches who is here, without being asked for', async () => {
    const test = guarded()
    test.hook.said.set('u-1', {})
    const ann = await test.connect({ token: ANN, dialect: 'v1' })
    ann.say({ type: 'join', room: 'team' })
    await test.clock.settle()
    ann.news()
    test.hook.said.set('u-1', { team: [] })
    await test.clock.advance(HOLD_MS / 2 + 2_000)
    expect(ann.news()).toMatchObject([
      { type: 'error', code: 'forbidden', room: 'team' },
      { event: 'left', room: 'team' },
    ])
  })

  it('PE9: that answers no more lets nobody here write when its answer is over, and they read on', async () => {
    const test = guarded()
    test.hook.said.set('u-1', {})
    const ann = await test.connect({ token: ANN, dialect: 'v1' })
    const guest = await test.connect({ username: 'Gus', dialect: 'v1' })
    test.hook.said.set('u-1', new Error('down'))
    await test.clock.advance(HOLD_MS + 2_000)
    ann.news()
    ann.say({ message: 'hi', client_id: '00000000-0000-4000-8000-000000000001' })
    guest.say({ message: 'hello' })
    await test.clock.settle()
    expect(ann.news()).toMatchObject([
      { type: 'error', code: 'unavailable', retryable: true, client_id: expect.any(String) as string },
      { type: 'message', message: 'hello' },
    ])
    test.hook.said.set('u-1', {})
    await test.clock.advance(3_000)
    ann.say({ message: 'hi again' })
    await test.clock.settle()
    expect(ann.news()).toMatchObject([{ type: 'message', message: 'hi again' }])
  })
})

describe('what is kept of it', () => {
  const identity = (n: number): Identity =>
    ({ person: `~${n}`, subject: `u-${n}`, issuer: '', name: 'x' }) as Partial<Identity> as Identity

  function kept(hook = fakeHook(), here = new Set<string>()) {
    const clock = new ManualClock()
    const noted: string[] = []
    const note = (event: string): void => void noted.push(event)
    const logger = { debug: note, info: note, warn: note, error: note }
    const answers = new HookAnswers({
      hook,
      clock,
      logger,
      holdMs: HOLD_MS,
      here: () => here,
      onChanged() {},
    })
    return { answers, hook, clock, noted }
  }

  it('PE9: no more questions are asked at once than MAX_ASKED_AT_ONCE, and no more wait than MAX_WAITING', async () => {
    const { answers, hook } = kept()
    const outcomes = { refused: 0 }
    for (let i = 0; i < MAX_ASKED_AT_ONCE + MAX_WAITING + 3; i++)
      answers.known(identity(i)).catch(() => outcomes.refused++)
    for (let i = 0; i < 20; i++) await Promise.resolve()
    expect(hook.asked).toHaveLength(MAX_ASKED_AT_ONCE)
    expect(outcomes.refused).toBe(3)
  })

  it('PE9: a failure is told to all who wait at once, and the hook is asked again after PAUSE_MS', async () => {
    const { answers, hook, clock } = kept()
    for (let i = 0; i < 500; i++) hook.said.set(`u-${i}`, new Error('down'))
    const outcomes = await Promise.allSettled(
      Array.from({ length: 500 }, (_, i) => answers.known(identity(i))),
    )
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(hook.asked.length).toBeLessThanOrEqual(MAX_ASKED_AT_ONCE)
    hook.said.set('u-7', {})
    await clock.advance(PAUSE_MS)
    await answers.known(identity(7))
    expect(answers.of(identity(7))).toEqual({})
  })

  it('PE9: answers about those who are not here are forgotten in time, and beyond MAX_ANSWERS at once', async () => {
    const here = new Set(['~1'])
    const { answers, hook, clock } = kept(fakeHook(), here)
    for (let i = 0; i <= MAX_ANSWERS; i++) hook.said.set(`u-${i}`, {})
    for (let i = 0; i <= MAX_ANSWERS; i++) await answers.known(identity(i))
    expect(answers.of(identity(1))).not.toBeNull()
    expect(answers.of(identity(2))).toBeNull()
    await answers.known(identity(2))
    hook.asked.length = 0
    await clock.advance(HOLD_MS * 2)
    expect(answers.of(identity(1))).not.toBeNull()
    expect(answers.of(identity(2))).toBeNull()
    expect(new Set(hook.asked)).toEqual(new Set(['u-1']))
  })
})
