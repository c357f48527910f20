import { nameKey } from '@roomful/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acknowledge, begin, fail, type Ledger, receive, restart } from './ledger.ts'
import { emptyLog, type Entry, entryOf } from './log.ts'
import { deriveRows } from './rows.ts'

const OWN = nameKey('Alice')
const empty: Ledger = { room: emptyLog('e', 0), private: emptyLog('e', 0), outgoing: [] }

const said = (seq: number, text: string, username = 'Alice'): Entry =>
  entryOf(
    {
      type: 'message',
      username,
      message: text,
      timestamp: '2024-01-01T12:00:00Z',
      id: `id-${seq}`,
      seq,
      room: 'lobby',
    },
    { arrivedAt: 1_704_110_400_000, skew: 0, live: true },
  )
const whispered = (seq: number, to: string, text: string): Entry =>
  entryOf(
    {
      type: 'private',
      from: 'Alice',
      to,
      message: text,
      timestamp: '2024-01-01T12:00:00Z',
      id: `p-${seq}`,
      seq,
      room: '@me',
    },
    { arrivedAt: 1_704_110_400_000, skew: 0, live: true },
  )
const send = (ledger: Ledger, clientId: string, text: string, to: string | null = null) =>
  begin(ledger, {
    clientId,
    text,
    log: to === null ? 'room' : 'private',
    to,
    about: null,
    change: null,
    at: 1_704_110_400_000,
    state: { phase: 'sending' },
  })
const shown = (ledger: Ledger) =>
  deriveRows({ ...ledger, notices: [], divider: null, ownKey: OWN, ownName: 'Alice' }).flatMap((row) =>
    row.kind === 'message' ? [`${row.key} ${row.text} ${row.status}`] : [],
  )

describe('one’s own message', () => {
  it('is shown at once, and once, when the ack comes first', () => {
    let ledger = send(empty, 'c1', 'hi')
    expect(shown(ledger)).toEqual(['c1 hi sending'])
    ledger = acknowledge(ledger, 'c1', 1)
    expect(shown(ledger)).toEqual(['c1 hi sent'])
    ledger = receive(ledger, 'room', [said(1, 'hi')], OWN)
    expect(shown(ledger)).toEqual(['c1 hi sent'])
    expect(ledger.outgoing).toEqual([])
  })

  it('is shown once, in the same row, when the broadcast comes first', () => {
    let ledger = receive(send(empty, 'c1', 'hi'), 'room', [said(1, 'hi')], OWN)
    expect(shown(ledger)).toEqual(['c1 hi sent'])
    ledger = acknowledge(ledger, 'c1', 1)
    expect(shown(ledger)).toEqual(['c1 hi sent'])
    expect(ledger.outgoing).toEqual([])
  })

  it('is told from the same words out of a second tab once the ack names its number', () => {
    let ledger = receive(send(empty, 'c1', 'ok'), 'room', [said(1, 'ok')], OWN)
    ledger = acknowledge(ledger, 'c1', 2)
    expect(shown(ledger)).toEqual(['room:1 ok sent', 'c1 ok sent'])
    ledger = receive(ledger, 'room', [said(2, 'ok')], OWN)
    expect(shown(ledger)).toEqual(['room:1 ok sent', 'c1 ok sent'])
  })

  it('is not taken for the same words said earlier or by somebody else', () => {
    const before = receive(empty, 'room', [said(5, 'ok')], OWN)
    let ledger = send(before, 'c1', 'ok')
    ledger = receive(ledger, 'room', [said(4, 'ok'), said(6, 'ok', 'Bob')], OWN)
    expect(shown(ledger).at(-1)).toBe('c1 ok sending')
  })

  it('comes back as failed when the words in the log were not its own', () => {
    let ledger = receive(send(empty, 'c1', 'ok'), 'room', [said(1, 'ok')], OWN)
    ledger = fail(ledger, 'c1', 'rate_limited')
    expect(shown(ledger)).toEqual(['room:1 ok sent', 'c1 ok failed'])
  })

  it('that was cut off and is found in the log is shown once, also after the retry', () => {
    let ledger = fail(send(empty, 'c1', 'hi'), 'c1', 'closed')
    expect(shown(ledger)).toEqual(['c1 hi failed'])
    ledger = receive(ledger, 'room', [said(1, 'hi')], OWN)
    expect(shown(ledger)).toEqual(['c1 hi sent'])
    ledger = acknowledge(restart(ledger, 'c1'), 'c1', 1)
    expect(shown(ledger)).toEqual(['c1 hi sent'])
    expect(ledger.outgoing).toEqual([])
  })

  it('is settled by its addressee when it is private', () => {
    let ledger = send(send(empty, 'c1', 'psst', 'Bob'), 'c2', 'psst', 'Carol')
    ledger = receive(ledger, 'private', [whispered(1, 'Carol', 'psst')], OWN)
    ledger = acknowledge(ledger, 'c2', 1)
    expect(shown(ledger)).toEqual(['c2 psst sent', 'c1 psst sending'])
  })

  it('that was retried and lies before what is held leaves the end of the page', () => {
    let ledger = receive(empty, 'room', [said(50, 'new', 'Bob')], OWN)
    ledger = fail(send(ledger, 'c1', 'old'), 'c1', 'timeout')
    ledger = acknowledge(restart(ledger, 'c1'), 'c1', 7)
    expect(ledger.outgoing).toEqual([])
  })
})

it('shows every committed message exactly once, in whatever order acks and broadcasts arrive', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'ok'), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(texts, fc.infiniteStream(fc.nat()), (sent, random) => {
      let ledger = empty
      sent.forEach((text, i) => {
        ledger = send(ledger, `c${i}`, text)
      })
      // Broadcasts come in order; the ack of each may come before or after any of them.
      const acks = sent.map((_, i) => i)
      let next = 0
      for (const choice of random) {
        if (acks.length === 0 && next === sent.length) break
        if (next < sent.length && (acks.length === 0 || choice % 2 === 0)) {
          ledger = receive(ledger, 'room', [said(next + 1, sent[next] ?? '')], OWN)
          next++
        } else {
          const [i] = acks.splice(choice % acks.length, 1)
          if (i !== undefined) ledger = acknowledge(ledger, `c${i}`, i + 1)
        }
        const rows = shown(ledger)
        expect(rows).toHaveLength(sent.length)
        expect(new Set(rows.map((row) => row.split(' ')[0])).size).toBe(sent.length)
      }
      expect(ledger.outgoing).toEqual([])
      expect(shown(ledger).map((row) => row.split(' ')[1])).toEqual(sent)
    }),
  )
})
