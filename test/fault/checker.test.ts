import { describe, expect, it } from 'vitest'
import { judge } from './checker.mjs'

type Run = Parameters<typeof judge>[0]
type Told = Run['room'][number]
type Fault = keyof ReturnType<typeof judge>['counts']

const SIZE = 1_000
const entry = (seq: number, from = 'Ann', to: string | null = null): Told => ({
  seq,
  id: `${to ?? 'room'}-${seq}`,
  text: `${from} to ${to} ${seq}`,
  from,
  to,
})

interface Listener {
  readonly name: string
  readonly sent: { text: string; to: string | null }[]
  readonly acked: { text: string; log: string; seq: number; id: string }[]
  readonly room: Told[]
  readonly inbox: Told[]
}

interface Honest {
  readonly witnesses: readonly [Listener, Listener, Listener]
  readonly room: Told[]
  readonly inboxes: Map<string, Told[]>
  readonly faults: number
  peakMiB: number
  readonly bounds: Run['bounds']
}

/** A run in which nothing went wrong: Ann speaks in the room and to Ben; Ben and Cat listen. */
function honest(): Honest {
  const room = Array.from({ length: SIZE }, (_, i) => entry(i + 1))
  const inbox = Array.from({ length: 100 }, (_, i) => entry(i + 1, 'Ann', 'Ben'))
  const sent = [...room, ...inbox].map(({ text, to }) => ({ text, to }))
  const ackOf = ({ text, to, seq, id }: Told) => ({ text, log: to === null ? 'room' : '@me', seq, id })
  const acked = [...room, ...inbox].map(ackOf)
  return {
    witnesses: [
      { name: 'Ann', sent, acked, room: [...room], inbox: [...inbox] },
      { name: 'Ben', sent: [], acked: [], room: [...room], inbox: [...inbox] },
      { name: 'Cat', sent: [], acked: [], room: [...room], inbox: [] },
    ],
    room: [...room],
    inboxes: new Map([
      ['Ann', [...inbox]],
      ['Ben', [...inbox]],
      ['Cat', []],
    ]),
    faults: 3,
    peakMiB: 100,
    bounds: { acks: 1_000, faults: 3, peakMiB: 200 },
  }
}

function swap(log: Told[], at: number): void {
  log.splice(at, 2, log[at + 1] as Told, log[at] as Told)
}

/** Takes an entry out of a log and renumbers what is behind it, as a store does that never had it. */
function neverKept(log: Told[], at: number): void {
  log.splice(at, 1)
  for (let i = at; i < log.length; i++) log[i] = { ...(log[i] as Told), seq: i + 1 }
}

describe('the checker', () => {
  it('passes a run in which nothing went wrong', () => {
    const { verdict, counts, acks } = judge(honest())
    expect({ verdict, acks }).toEqual({ verdict: 'pass', acks: 1_100 })
    expect(Object.values(counts).every((count) => count === 0)).toBe(true)
  })

  it.each<[Fault, string, (run: Honest) => void]>([
    ['hole', 'one of 1,000 not delivered to one client', ({ witnesses }) => witnesses[2].room.splice(499, 1)],
    ['stale', 'the last one not delivered to one client', ({ witnesses }) => witnesses[2].room.pop()],
    ['stale', 'nothing delivered to one client', ({ witnesses }) => witnesses[2].room.splice(0)],
    ['reordered', 'two swapped for one client', ({ witnesses }) => swap(witnesses[1].room, 10)],
    [
      'duplicated',
      'one delivered twice',
      ({ witnesses }) => witnesses[1].room.splice(10, 0, witnesses[1].room[9] as Told),
    ],
    ['lost', 'acknowledged before the commit, which never came', ({ room }) => neverKept(room, 700)],
    [
      'duplicated',
      'client_id forgotten after a restart: stored again under a new number',
      ({ room, witnesses }) => {
        const again = { ...entry(5), seq: SIZE + 1, id: 'again' }
        for (const log of [room, ...witnesses.map((witness) => witness.room)]) log.push(again)
      },
    ],
    [
      'duplicated',
      'two numbers acknowledged for one message',
      ({ witnesses }) => witnesses[0].acked.push({ text: entry(5).text, log: 'room', seq: 6, id: 'room-6' }),
    ],
    [
      'leaked',
      'a private message told to a third party',
      ({ witnesses }) => witnesses[2].inbox.push(entry(1, 'Ann', 'Ben')),
    ],
    [
      'leaked',
      'a private message broadcast in the room',
      ({ room, witnesses }) => {
        const secret = { ...entry(1, 'Ann', 'Ben'), seq: SIZE + 1 }
        for (const log of [room, ...witnesses.map((witness) => witness.room)]) log.push(secret)
      },
    ],
    [
      'lost',
      'a private message acknowledged and never given to its addressee',
      ({ inboxes }) => {
        const log = inboxes.get('Ben') ?? []
        log.splice(0)
      },
    ],
    [
      'diverged',
      'one client told another text under the same number',
      ({ witnesses }) => (witnesses[1].room[3] = { ...entry(5), seq: 4, id: 'room-4' }),
    ],
    [
      'unexpected',
      'another author than the one who sent it',
      ({ room, witnesses }) => {
        for (const log of [room, ...witnesses.map((witness) => witness.room)])
          log[3] = { ...entry(4), from: 'Cat' }
      },
    ],
    [
      'hole',
      'a number left out in the log',
      ({ room }) => (room[SIZE - 1] = { ...entry(SIZE), seq: SIZE + 1 }),
    ],
    ['unbounded', 'more memory than allowed', (run) => (run.peakMiB = 201)],
  ])('%s: %s', (fault, _, mutate) => {
    const run = honest()
    mutate(run)
    const { verdict, counts, examples } = judge(run)
    expect(verdict).toBe('fail')
    expect(counts[fault], examples.join('\n')).toBeGreaterThan(0)
  })

  it.each([
    ['too few acks', { acks: 1_101 }],
    ['too few faults', { faults: 4 }],
  ])('%s are no pass', (_, bounds) => {
    const run = honest()
    expect(judge({ ...run, bounds: { ...run.bounds, ...bounds } }).verdict).toBe('unknown')
  })
})
