import type { ChatFrame } from '@roomful/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyLog, entryOf, gapsOf, indexOf, insert, markStart, raiseHead, rekey, sizeOf } from './log.ts'

const frame = (seq: number): ChatFrame => ({
  type: 'message',
  username: 'Alice',
  message: `number ${seq}`,
  timestamp: new Date(1_700_000_000_000 + seq * 1000).toISOString(),
  id: `id-${seq}`,
  seq,
  room: 'lobby',
})
const entry = (seq: number) => entryOf(frame(seq), { arrivedAt: 1_800_000_000_000, skew: 0, live: false })
const seqs = (log: ReturnType<typeof emptyLog>) => log.entries.map(({ seq }) => seq)

describe('insert', () => {
  it('sorts by number and keeps each number once, whatever the order, overlap and batches', () => {
    const batches = fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 20 }), { maxLength: 8 })
    fc.assert(
      fc.property(batches, (numbers) => {
        let log = emptyLog('e', 0)
        for (const batch of numbers) log = insert(log, batch.map(entry))
        const expected = [...new Set(numbers.flat())].sort((a, b) => a - b)
        expect(seqs(log)).toEqual(expected)
        expect(log.head).toBe(expected.at(-1) ?? 0)
      }),
    )
  })

  it('keeps the entry it holds when the same number comes again', () => {
    const log = rekey(insert(emptyLog('e', 0), [entry(1), entry(2)]), 2, 'mine')
    expect(insert(log, [entry(2), entry(3)]).entries.map(({ key }) => key)).toEqual([
      'room:1',
      'mine',
      'room:3',
    ])
  })

  it('reaches the start with number 1', () => {
    expect(insert(emptyLog('e', 9), [entry(9)]).start).toBeNull()
    expect(insert(emptyLog('e', 9), [entry(1)]).start).toBe(1)
    expect(emptyLog('e', 0).start).toBe(1)
    expect(markStart(insert(emptyLog('e', 9), [entry(5)])).start).toBe(5)
  })
})

describe('gapsOf', () => {
  it('names exactly the numbers that exist and are not held', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        fc.integer({ max: 50 }),
        (held, head) => {
          const log = raiseHead(insert(emptyLog('e', 40), held.map(entry)), head)
          const missing = gapsOf(log, 'room').flatMap((gap) =>
            Array.from({ length: sizeOf(gap) }, (_, i) => gap.after + 1 + i),
          )
          const first = Math.min(...held)
          const wanted = Array.from({ length: log.head - first + 1 }, (_, i) => first + i).filter(
            (n) => !held.includes(n),
          )
          expect(missing).toEqual(wanted)
        },
      ),
    )
  })

  it('tells a missing end', () => {
    const log = raiseHead(insert(emptyLog('e', 4), [entry(4)]), 7)
    expect(gapsOf(log, 'room')).toEqual([{ log: 'room', after: 4, before: 8 }])
  })

  it('tells what was said while a log that was empty was out of reach', () => {
    const away = raiseHead(emptyLog('e', 0), 3)
    expect(gapsOf(away, 'room')).toEqual([{ log: 'room', after: 0, before: 4 }])
    expect(gapsOf(insert(away, [entry(3)]), 'room')).toEqual([{ log: 'room', after: 0, before: 3 }])
  })
})

it('finds entries by number', () => {
  const log = insert(emptyLog('e', 0), [2, 3, 7, 11].map(entry))
  expect([2, 3, 7, 11, 1, 5, 12].map((seq) => indexOf(log, seq))).toEqual([0, 1, 2, 3, -1, -1, -1])
})

describe('entryOf', () => {
  it('places history by the server clock and never later than its arrival', () => {
    const arrivedAt = 1_700_000_500_000
    const past = entryOf(frame(1), { arrivedAt, skew: 60_000, live: false })
    expect(past.at).toBe(1_700_000_001_000 - 60_000)
    const forged = { ...frame(2), timestamp: '2099-01-01T00:00:00Z' }
    expect(entryOf(forged, { arrivedAt, skew: 0, live: false }).at).toBe(arrivedAt)
    expect(entryOf(frame(3), { arrivedAt, skew: 0, live: true }).at).toBe(arrivedAt)
  })

  it('survives a time it cannot read', () => {
    const odd = { ...frame(1), timestamp: 'soon' }
    expect(entryOf(odd, { arrivedAt: 5, skew: 0, live: false }).sentAt).toBe(5)
  })
})
