import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'
import { type Appended, type NewEntry, StoreUnavailable } from '../ports/store.ts'
import { LogWriter } from './log-writer.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

const entry = (text: string): NewEntry => ({
  log: 'lobby',
  copy: null,
  id: text,
  kind: 'message',
  author: 'a',
  authorId: null,
  target: null,
  text,
  timestamp: '2026-01-01T00:00:00Z',
  at: 0,
  clientId: null,
  about: null,
})

function setUp() {
  const clock = new ManualClock()
  const store = createMemoryStore()
  const batches: { entries: readonly NewEntry[]; commit: () => void; fail: () => void }[] = []
  const held = {
    ...store,
    append: (entries: readonly NewEntry[]) =>
      new Promise<readonly Appended[]>((resolve, reject) => {
        batches.push({
          entries,
          commit: () => void store.append(entries).then(resolve),
          fail: () => reject(new StoreUnavailable('disk full')),
        })
      }),
  }
  const log: string[] = []
  const writer = new LogWriter({
    store: held,
    clock,
    logger: silent,
    onCommitted: (entries) => log.push(`committed ${entries.map((e) => e.text).join()}`),
    onFailed: () => log.push('failed'),
    onSettled: () => log.push('settled'),
  })
  const say = (text: string) =>
    writer.append(entry(text), (result) =>
      log.push(result?.outcome === 'appended' ? `${text}=${result.seq}` : `${text} refused`),
    )
  return { clock, batches, log, writer, say }
}

describe('log writer', () => {
  it('commits what was said in one turn as one batch, and settles it in order after the commit', async () => {
    const { clock, batches, log, say } = setUp()
    say('a')
    say('b')
    await clock.settle()
    expect(batches.map((batch) => batch.entries.map((e) => e.text))).toEqual([['a', 'b']])
    expect(log).toEqual([])
    batches[0]?.commit()
    await clock.settle()
    expect(log).toEqual(['committed a,b', 'a=1', 'b=2', 'settled'])
  })

  it('gathers while commits are under way', async () => {
    const { clock, batches, say } = setUp()
    for (const text of ['a', 'b', 'c', 'd']) {
      say(text)
      await clock.settle()
    }
    expect(batches.map((batch) => batch.entries.map((e) => e.text))).toEqual([['a'], ['b']])
    batches[0]?.commit()
    await clock.settle()
    expect(batches.map((batch) => batch.entries.map((e) => e.text))).toEqual([['a'], ['b'], ['c', 'd']])
  })

  it('commits no more than 5,000 at once, in order, and waits for nothing to go on', async () => {
    const { clock, batches, log, writer, say } = setUp()
    for (let i = 1; i <= 12_000; i++) say(`m${i}`)
    await clock.settle()
    expect(batches.map(({ entries }) => entries.length)).toEqual([5_000, 5_000])
    for (let at = 0; at < 3; at++) {
      batches[at]?.commit()
      await clock.settle()
    }
    expect(batches.map(({ entries }) => entries.length)).toEqual([5_000, 5_000, 2_000])
    expect(log.filter((line) => line.startsWith('m'))).toEqual(
      Array.from({ length: 12_000 }, (_, i) => `m${i + 1}=${i + 1}`),
    )
    await writer.idle()
  })

  it('ER14: a batch that fails is refused to its senders, and the next one is tried', async () => {
    const { clock, batches, log, say } = setUp()
    say('a')
    await clock.settle()
    batches[0]?.fail()
    await clock.settle()
    expect(log).toEqual(['failed', 'a refused', 'settled'])
    say('b')
    await clock.settle()
    batches[1]?.commit()
    await clock.settle()
    expect(log.slice(3)).toEqual(['committed b', 'b=1', 'settled'])
  })

  it('is idle when nothing waits and nothing is under way', async () => {
    const { clock, batches, writer, say } = setUp()
    await writer.idle()
    say('a')
    let idle = false
    void writer.idle().then(() => {
      idle = true
    })
    await clock.settle()
    expect(idle).toBe(false)
    batches[0]?.commit()
    await clock.settle()
    expect(idle).toBe(true)
  })
})
