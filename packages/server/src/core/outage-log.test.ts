import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'
import { StoreUnavailable } from '../ports/store.ts'
import { OutageLog } from './outage-log.ts'

const away = new StoreUnavailable('away')

function setUp() {
  const clock = new ManualClock()
  const lines: unknown[] = []
  const note = (event: string, fields?: object) => lines.push({ event, ...fields })
  const log = new OutageLog({ debug: note, info: note, warn: note, error: note }, clock)
  return { clock, lines, log }
}

describe('the log of an outage', () => {
  it('says each event once, and in one line how many there were and for how long, when it is over', () => {
    const { clock, lines, log } = setUp()
    for (let i = 0; i < 100; i++) {
      log.warn('open_failed', { connection: i }, away)
      log.error('append_failed', { entries: i }, away)
      clock.pass(100)
    }
    expect(lines.splice(0)).toEqual([
      { event: 'open_failed', connection: 0 },
      { event: 'append_failed', entries: 0 },
    ])
    clock.pass(10_000)
    expect(lines).toEqual([])
    log.answered()
    log.answered()
    expect(lines.splice(0)).toEqual([
      { event: 'outage_over', ms: 9_900, open_failed: 100, append_failed: 100 },
    ])
    log.warn('open_failed', { connection: 101 }, away)
    expect(lines).toEqual([{ event: 'open_failed', connection: 101 }])
  })

  it('is of one outage while some calls are answered and others refused', () => {
    const { clock, lines, log } = setUp()
    for (let i = 0; i < 100; i++) {
      log.error('append_failed', {}, away)
      clock.pass(1_000)
      log.answered()
    }
    expect(lines).toEqual([{ event: 'append_failed' }])
  })

  it('tells of an outage that is over before the next one', () => {
    const { clock, lines, log } = setUp()
    log.warn('open_failed', {}, away)
    clock.pass(1_000)
    log.answered()
    clock.pass(3_600_000)
    log.warn('open_failed', {}, away)
    expect(lines).toEqual([
      { event: 'open_failed' },
      { event: 'outage_over', ms: 0, open_failed: 1 },
      { event: 'open_failed' },
    ])
  })

  it('is of one outage however long nothing is asked for', () => {
    const { clock, lines, log } = setUp()
    log.warn('open_failed', {}, away)
    clock.pass(3_600_000)
    log.warn('open_failed', {}, away)
    expect(lines).toEqual([{ event: 'open_failed' }])
  })

  it('says everything else each time', () => {
    const { lines, log } = setUp()
    for (const cause of [new Error('fault'), undefined]) {
      log.warn('open_failed', {}, cause)
      log.error('open_failed', {}, cause)
      log.info('open_failed')
      log.debug('open_failed')
    }
    expect(lines).toHaveLength(8)
  })
})

it('says once that newcomers are refused, that nothing is committed and that heads are not read', async () => {
  const store = createMemoryStore()
  const test = createTestHub({ headWatchMs: 1_000 }, { store })
  const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
  const { append, heads } = store
  store.append = async () => Promise.reject(away)
  store.heads = async () => Promise.reject(away)
  for (let i = 0; i < 20; i++) {
    await test.connect({ username: `u${i}`, dialect: 'v1', room: `room-${i}` })
    alice.say({ message: 'hello' })
    await test.clock.advance(1_000)
  }
  const events = () => test.complaints.map((complaint) => complaint.split(' ')[0])
  expect(events()).toEqual(['open_failed', 'append_failed', 'heads_not_read'])
  store.append = append
  store.heads = heads
  await test.clock.advance(10_000)
  store.heads = async () => Promise.reject(away)
  await test.clock.advance(10_000)
  expect(events()).toEqual(['open_failed', 'append_failed', 'heads_not_read', 'heads_not_read'])
})
