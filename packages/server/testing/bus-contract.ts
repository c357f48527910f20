/**
 * The promises of the `Bus` port, as tests that every bus passes. A bus may lose, repeat and reorder, so a test publishes until
 * it is heard and asks only what arrived at all, and where it must not.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Bus, Hint } from '../src/ports/bus.ts'
import type { Entry } from '../src/ports/store.ts'
import { entry, shown } from './store-support.ts'

export interface OpenedBuses {
  /** Three nodes that can hear each other. */
  readonly nodes: readonly [Bus, Bus, Bus]
  /** Closes all of them. */
  readonly destroy: () => Promise<void>
}

/** The hint that a log grew to `seq`. */
function grown(seq: number, given: Partial<Entry> = {}): { readonly entries: readonly Entry[] } {
  return { entries: [{ ...shown(entry({ id: `id-${seq}`, clientId: null }), seq), ...given }] }
}

const SIGNALS: NonNullable<Hint['signals']> = [
  { kind: 'typing', log: '大廳', person: 'p1', name: null },
  { kind: 'typing', log: '@p2', person: 'p1', name: 'Bob' },
  { kind: 'read', log: 'lobby', person: 'p1', name: '陳"x"', seq: 7 },
]

const PRESENCE: NonNullable<Hint['presence']> = [
  {
    kind: 'changes',
    run: 1_784_505_600_000_000,
    from: 1_784_505_600_000_003,
    changes: [
      { kind: 'joined', room: '大廳', person: 'p1', name: '陳', away: true, isNew: false },
      { kind: 'left', room: 'lobby', person: 'p2' },
      { kind: 'away', person: 'p1', away: false },
      { kind: 'more', room: null, count: 12 },
    ],
  },
  {
    kind: 'part',
    run: 1_784_505_600_000_000,
    version: 8,
    part: 1,
    parts: 2,
    stays: [
      { kind: 'joined', room: 'lobby', person: 'a1', name: null, away: false, isNew: true },
      { kind: 'more', room: 'lobby', count: 3 },
    ],
  },
  { kind: 'ask', node: 'another', version: null, missing: [] },
  { kind: 'ask', node: 'another', version: 8, missing: [0, 5] },
]

/** Keeps what a node hears, as the numbers of the entries. */
function ear(node: Bus): {
  readonly heard: Hint[]
  /** Who said it. */
  readonly said: string[]
  readonly seqs: () => number[]
  readonly end: () => void
} {
  const heard: Hint[] = []
  const said: string[] = []
  const end = node.subscribe((hint, from) => {
    heard.push(hint)
    said.push(from)
  })
  return { heard, said, end, seqs: () => heard.flatMap(({ entries = [] }) => entries.map(({ seq }) => seq)) }
}

/** Publishes until it was heard. */
function publishUntil(node: Bus, hint: Hint, heard: () => boolean): Promise<void> {
  return vi.waitFor(
    async () => {
      if (!heard()) node.publish(hint)
      await Promise.resolve()
      expect(heard()).toBe(true)
    },
    { timeout: 5_000, interval: 10 },
  )
}

export function busContract(name: string, open: () => Promise<OpenedBuses>): void {
  describe(`${name} as a Bus`, () => {
    let opened: OpenedBuses
    let [a, b, c]: Bus[] = []
    const nodes = () => [a, b, c] as [Bus, Bus, Bus]

    beforeEach(async () => {
      opened = await open()
      ;[a, b, c] = opened.nodes
    })
    afterEach(() => opened.destroy())

    it('tells every other node, whole', async () => {
      const [one, two, three] = nodes()
      const [second, third] = [ear(two), ear(three)]
      const hint = grown(7, {
        log: '大廳',
        text: '你好 \0 "x" 😀',
        authorId: null,
        target: 'Bob',
        kind: 'private',
      })
      await publishUntil(one, hint, () => second.heard.length > 0 && third.heard.length > 0)
      expect(second.heard[0]).toEqual(hint)
      expect(third.heard[0]).toEqual(hint)
    })

    it('keeps the order of the entries of one hint', async () => {
      const [one, two] = nodes()
      const { heard } = ear(two)
      const entries = Array.from({ length: 1_000 }, (_, index) => grown(index + 1).entries).flat()
      await publishUntil(one, { entries }, () => heard.length > 0)
      expect(heard[0]?.entries).toEqual(entries)
    })

    it('carries signals and presence beside entries, whole', async () => {
      const [one, two] = nodes()
      const { heard } = ear(two)
      const hint: Hint = { entries: [], signals: SIGNALS, presence: PRESENCE }
      const whole = () => heard.find(({ presence }) => presence?.length === PRESENCE.length)
      await publishUntil(one, hint, () => whole() !== undefined)
      expect(whole()).toEqual(hint)
    })

    it('says which node each hint is from, to all the same', async () => {
      const [one, two, three] = nodes()
      const [second, third] = [ear(two), ear(three)]
      await publishUntil(one, grown(1), () => second.heard.length > 0 && third.heard.length > 0)
      const [first] = second.said
      await publishUntil(three, grown(2), () => second.seqs().includes(2))
      await publishUntil(one, grown(3), () => second.seqs().includes(3))
      const saidOf = (seq: number) =>
        new Set(second.said.filter((_, i) => second.heard[i]?.entries?.[0]?.seq === seq))
      expect(new Set(third.said)).toEqual(new Set([first]))
      expect([saidOf(1), saidOf(3)]).toEqual([new Set([first]), new Set([first])])
      expect(saidOf(2)).not.toEqual(new Set([first]))
      expect(saidOf(2).size).toBe(1)
    })

    it('does not tell the node that published', async () => {
      const [one, two] = nodes()
      const [own, other] = [ear(one), ear(two)]
      await publishUntil(one, grown(1), () => other.seqs().includes(1))
      await publishUntil(two, grown(2), () => own.seqs().includes(2))
      expect(own.seqs()).not.toContain(1)
      expect(other.seqs()).not.toContain(2)
    })

    it('never calls a listener from within publish', () => {
      const [one, two] = nodes()
      const { heard } = ear(two)
      expect(one.publish(grown(1))).toBeUndefined()
      expect(heard).toEqual([])
    })

    it('tells each listener of a node', async () => {
      const [one, two] = nodes()
      const [first, second] = [ear(two), ear(two)]
      await publishUntil(one, grown(1), () => first.seqs().includes(1) && second.seqs().includes(1))
    })

    it('does not tell a listener whose subscription has ended', async () => {
      const [one, two] = nodes()
      const [ended, other] = [ear(two), ear(two)]
      ended.end()
      ended.end()
      await publishUntil(one, grown(1), () => other.seqs().includes(1))
      expect(ended.heard).toEqual([])
    })

    it('ends one of two subscriptions of the same listener', async () => {
      const [one, two] = nodes()
      const listener = vi.fn<(hint: Hint) => void>()
      const end = two.subscribe(listener)
      two.subscribe(listener)
      end()
      await publishUntil(one, grown(1), () => listener.mock.calls.length > 0)
    })

    it('lets the others talk on when a node has closed', async () => {
      const [one, two, three] = nodes()
      const [closed, other] = [ear(two), ear(three)]
      await two.close()
      await publishUntil(one, grown(1), () => other.seqs().includes(1))
      expect(closed.heard).toEqual([])
    })

    it('neither throws nor tells anybody after its end', async () => {
      const [one, two, three] = nodes()
      const other = ear(two)
      await one.close()
      await one.close()
      one.subscribe(() => undefined)()
      expect(() => one.publish(grown(1))).not.toThrow()
      await publishUntil(three, grown(2), () => other.seqs().includes(2))
      expect(other.seqs()).not.toContain(1)
    })
  })
}
