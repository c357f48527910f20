import type { OutboxEntry, OutboxState } from '@roomful/client'
import { nameKey } from '@roomful/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Held, receive, renumber, track } from './held.ts'
import { emptyLog, type Entry, entryOf } from './log.ts'
import { deriveRows } from './rows.ts'

const NOW = 1_704_110_400_000
const empty: Held = { room: emptyLog('e', 0), private: emptyLog('e', 0), outgoing: [] }

const said = (seq: number, text: string, username = 'Alice', arrival = { at: NOW, live: true }): Entry =>
  entryOf(
    {
      type: 'message',
      username,
      message: text,
      timestamp: new Date(arrival.at).toISOString(),
      id: `id-${seq}`,
      seq,
      room: 'lobby',
    },
    { arrivedAt: NOW, skew: 0, live: arrival.live },
  )
const whispered = (seq: number, to: string, text: string): Entry =>
  entryOf(
    {
      type: 'private',
      from: 'Alice',
      to,
      message: text,
      timestamp: new Date(NOW).toISOString(),
      id: `p-${seq}`,
      seq,
      room: '@me',
    },
    { arrivedAt: NOW, skew: 0, live: true },
  )
const mine = (clientId: string, text: string, to?: string): OutboxEntry => ({
  kind: 'message',
  clientId,
  text,
  to,
  room: to === undefined ? 'lobby' : '@me',
  at: NOW,
  state: { phase: 'queued' },
})
const is = (held: Held, entry: OutboxEntry, state: OutboxState): Held => track(held, { ...entry, state })
const send = (held: Held, entry: OutboxEntry): Held => is(track(held, entry), entry, { phase: 'sending' })
const acknowledge = (held: Held, entry: OutboxEntry, seq: number): Held =>
  is(held, entry, {
    phase: 'sent',
    ack: { type: 'ack', client_id: entry.clientId, id: `id-${seq}`, room: entry.room, seq, timestamp: '' },
  })
const shown = (held: Held, online = true) =>
  deriveRows({
    ...held,
    online,
    notices: [],
    divider: null,
    ownKey: nameKey('Alice'),
    ownName: 'Alice',
  }).flatMap((row) => (row.kind === 'message' ? [`${row.key} ${row.text} ${row.status}`] : []))

const hi = mine('c1', 'hi')
const ok = mine('c1', 'ok')

describe('one’s own message', () => {
  it('is shown at once, and once, when the ack comes first', () => {
    let held = send(empty, hi)
    expect(shown(held)).toEqual(['c1 hi sending'])
    held = acknowledge(held, hi, 1)
    expect(shown(held)).toEqual(['c1 hi sent'])
    held = receive(held, 'room', [said(1, 'hi')])
    expect(shown(held)).toEqual(['c1 hi sent'])
    expect(held.outgoing).toEqual([])
  })

  it('is shown once, in the same row, when the broadcast comes first', () => {
    let held = receive(send(empty, hi), 'room', [said(1, 'hi')])
    expect(shown(held)).toEqual(['c1 hi sending'])
    held = acknowledge(held, hi, 1)
    expect(shown(held)).toEqual(['c1 hi sent'])
    expect(held.outgoing).toEqual([])
  })

  it('is told from the same words of another device by the number in its ack', () => {
    let held = receive(send(empty, ok), 'room', [said(1, 'ok')])
    held = acknowledge(held, ok, 2)
    expect(shown(held)).toEqual(['room:1 ok sent', 'c1 ok sent'])
    held = receive(held, 'room', [said(2, 'ok')])
    expect(shown(held)).toEqual(['room:1 ok sent', 'c1 ok sent'])
  })

  it('is found by its ack also where the server holds other words', () => {
    const held = receive(acknowledge(send(empty, hi), hi, 1), 'room', [said(1, 'HI')])
    expect(shown(held)).toEqual(['c1 HI sent'])
  })

  it('hides nothing that was said before it or by somebody else', () => {
    const before = receive(empty, 'room', [
      said(3, 'ok', 'Alice', { at: NOW - 1, live: true }),
      said(4, 'ok', 'Alice', { at: NOW - 60_000, live: false }),
      said(5, 'ok', 'Bob'),
    ])
    expect(shown(before)).toHaveLength(3)
    expect(shown(send(before, { ...ok, at: NOW + 1 }))).toHaveLength(4)
  })

  it('that waits for the connection or for its time says so, and that stands in line does not', () => {
    const waiting = track(empty, hi)
    expect(shown(waiting, false)).toEqual(['c1 hi queued'])
    expect(shown(waiting)).toEqual(['c1 hi sending'])
    const later = is(waiting, hi, { phase: 'queued', code: 'rate_limited', retryAt: NOW + 5_000 })
    expect(shown(later)).toEqual(['c1 hi queued'])
  })

  it('that was refused stands beside what is in the log', () => {
    const held = receive(send(empty, ok), 'room', [said(1, 'ok')])
    expect(shown(is(held, ok, { phase: 'failed', code: 'forbidden', message: '' }))).toEqual([
      'room:1 ok sent',
      'c1 ok failed',
    ])
  })

  it('is settled by its addressee when it is private', () => {
    const [bob, carol] = [mine('c1', 'psst', 'Bob'), mine('c2', 'psst', 'Carol')]
    let held = receive(track(send(empty, bob), carol), 'private', [whispered(1, 'Carol', 'psst')])
    expect(shown(held)).toEqual(['c1 psst sending', 'c2 psst sending'])
    held = acknowledge(held, carol, 1)
    expect(shown(held)).toEqual(['c2 psst sent', 'c1 psst sending'])
  })

  it.each([
    ['ack', false],
    ['history', true],
  ])('from before what is held leaves the end of the page when the %s comes last', (_, historyLast) => {
    const newer = [said(50, 'new', 'Bob')]
    let held = send(empty, hi)
    if (!historyLast) held = receive(held, 'room', newer)
    held = acknowledge(held, hi, 7)
    if (historyLast) held = receive(held, 'room', newer)
    expect(held.outgoing).toEqual([])
    expect(shown(held)).toEqual(['room:50 new null'])
  })

  it('that another window still calls waiting is not shown twice', () => {
    const held = receive(acknowledge(send(empty, hi), hi, 1), 'room', [said(1, 'hi')])
    expect(shown(track(held, hi))).toEqual(['c1 hi sent'])
  })

  it('keeps nothing of an ack when the numbers are given anew', () => {
    const held = acknowledge(send(track(empty, mine('c2', 'later')), hi), hi, 1)
    const anew = renumber(held, emptyLog('f', 0), emptyLog('f', 0))
    expect(anew.outgoing.map(({ clientId }) => clientId)).toEqual(['c2'])
  })
})

it('shows every committed message exactly once, in whatever order acks and broadcasts arrive', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'ok'), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(texts, fc.infiniteStream(fc.nat()), (sent, random) => {
      const entries = sent.map((text, i) => ({ ...mine(`c${i}`, text), at: NOW + i / 10 }))
      let held = empty
      for (const entry of entries) held = send(held, entry)
      // Broadcasts come in order; the ack of each may come before or after any of them.
      const acks = sent.map((_, i) => i)
      let next = 0
      for (const choice of random) {
        if (acks.length === 0 && next === sent.length) break
        if (next < sent.length && (acks.length === 0 || choice % 2 === 0)) {
          held = receive(held, 'room', [
            said(next + 1, sent[next] ?? '', 'Alice', { at: NOW + 1, live: false }),
          ])
          next++
        } else {
          const [i = 0] = acks.splice(choice % acks.length, 1)
          held = acknowledge(held, entries[i] ?? hi, i + 1)
        }
        const rows = shown(held)
        expect(rows).toHaveLength(sent.length)
        expect(new Set(rows.map((row) => row.split(' ')[0])).size).toBe(sent.length)
      }
      expect(held.outgoing).toEqual([])
      expect(shown(held).map((row) => row.split(' ')[1])).toEqual(sent)
    }),
  )
})
