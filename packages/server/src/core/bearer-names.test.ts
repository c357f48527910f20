import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../testing/fake-auth.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { createTestCluster } from '../../testing/test-cluster.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'
import { StoreUnavailable } from '../ports/store.ts'
import { ownEntry } from './own-entry.ts'

const ANN = fakeToken({ sub: 'u-1', name: 'Ann' })
const TAKEN = { code: 4509, reason: 'Name taken' }

/** Where guests and bearers of tokens are let in. */
function mixed(
  parts: { store?: ReturnType<typeof createMemoryStore>; clock?: ManualClock } = {},
  guests = true,
) {
  const clock = parts.clock ?? new ManualClock()
  return createTestHub({}, { ...parts, clock, auth: fakeAuth(clock, guests) })
}

async function publishedAs(test: TestHub, username: string): Promise<string> {
  const said = test.hub.publish({ room: 'lobby', message: 'hi', identity: null, username }).then(
    () => 'said',
    (error: unknown) => (error as { code: string }).code,
  )
  const [outcome] = await Promise.all([said, test.clock.settle()])
  return outcome
}

describe('the name of a bearer', () => {
  it('AU3: is no guest’s while its bearer is away, in any spelling, after a restart either', async () => {
    const store = createMemoryStore()
    const first = mixed({ store })
    const guest = await first.connect({ username: 'Ann', dialect: 'v1' })
    const resumeToken = String(guest.all()[0]?.['resume_token'])
    guest.hangUp()
    const ann = await first.connect({ token: ANN })
    expect(ann.all()[0]).toMatchObject({ event: 'welcome', username: 'Ann' })
    ann.hangUp()
    await first.clock.settle()
    for (const test of [first, mixed({ store, clock: first.clock })]) {
      for (const username of ['Ann', 'ａNN'])
        for (const token of [null, resumeToken]) {
          const late = await test.connect({ username, dialect: 'v1', resumeToken: token })
          expect(late.closed).toEqual(TAKEN)
        }
      const anonymous = await test.connect()
      for (const username of ['Ann', 'Bob']) anonymous.say({ message: 'hi', username })
      await test.clock.settle()
      expect(anonymous.all().at(-2)).toMatchObject({ code: 'name_taken', field: 'username' })
      expect(anonymous.all().at(-1)).toMatchObject({ type: 'message', username: 'Bob' })
      anonymous.hangUp()
      expect(await publishedAs(test, 'ann')).toBe('name_taken')
      expect(await publishedAs(test, 'Bob')).toBe('said')
      expect((await test.connect({ username: 'Bob' })).closed).toBeNull()
      const again = await test.connect({ token: ANN })
      expect(again.all()[0]).toMatchObject({ username: 'Ann' })
      again.hangUp()
      await test.clock.settle()
    }
  })

  it('AU3: is taken from the guest who has it when its bearer comes, on whichever nodes they are', async () => {
    const { nodes, clock } = createTestCluster({}, (own) => fakeAuth(own, true))
    const guests = [
      await nodes[0].connect({ username: 'Ann', dialect: 'v1' }),
      await nodes[1].connect({ username: 'Bob' }),
    ]
    const ann = nodes[2].dial({ token: ANN })
    await clock.advance(1_000)
    expect(guests.map(({ closed }) => closed)).toEqual([TAKEN, null])
    expect(guests[0]?.all().at(-1)).toMatchObject({ code: 'name_taken', field: 'username' })
    expect(ann.all()[0]).toMatchObject({ event: 'welcome', username: 'Ann' })
    expect((await nodes[1].connect({ username: 'ann' })).closed).toEqual(TAKEN)
  })

  it('AU3: is taken from a guest to whom no hint came, within 5 s', async () => {
    const { nodes, clock } = createTestCluster({}, (own) => fakeAuth(own, true))
    const guest = await nodes[0].connect({ username: 'Ann' })
    const noted = { log: '@!name ann', id: 'x-1', at: 0, text: 'borne' }
    await nodes[0].store.append([ownEntry(noted, { name: 'Ann', person: '~1' })])
    expect(guest.closed).toBeNull()
    await clock.advance(5_000)
    expect(guest.closed).toEqual(TAKEN)
  })

  it('AU3: is had by its bearer as soon as a guest who broke off is given up', async () => {
    const { nodes, clock } = createTestCluster({ presenceGraceMs: 3_000 }, (own) => fakeAuth(own, true))
    const guest = await nodes[0].connect({ username: 'Ann', dialect: 'v1' })
    guest.hangUp(1006)
    const ann = nodes[1].dial({ token: ANN })
    await clock.advance(1_000)
    expect(ann.all()).toEqual([])
    await clock.advance(4_000)
    expect(ann.all()[0]).toMatchObject({ event: 'welcome', username: 'Ann' })
  })

  it('AU6: stays with the one bearer who has it', async () => {
    const test = mixed()
    await test.connect({ token: ANN })
    expect((await test.connect({ token: fakeToken({ sub: 'u-9', name: 'ANN' }) })).closed).toEqual(TAKEN)
  })

  it('AU3: that cannot be noted lets nobody in for now, and is not noted where there are no guests', async () => {
    const test = mixed()
    const { append } = test.store
    test.store.append = () => Promise.reject(new StoreUnavailable('away'))
    expect((await test.connect({ token: ANN })).closed?.code).toBe(1013)
    test.store.append = append
    const alone = mixed({}, false)
    await alone.connect({ token: ANN })
    expect(await alone.store.heads(['@!name ann'])).toEqual([0])
  })
})
