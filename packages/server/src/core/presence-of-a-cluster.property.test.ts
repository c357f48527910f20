import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { sameAs } from '../../testing/notices.ts'
import { type UnrulyNode, DYING_MS, HEALING_MS, UnrulyCluster } from '../../testing/unruly-cluster.ts'

const NODES = ['a', 'b', 'c']
const PEOPLE = ['Ann', 'Ben', 'Cem', 'Dan', 'Eve', 'Fay']
const ROOMS = ['lobby', 'garden']

/** What happens; each number is taken modulo what there is. */
const anyStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('come'), who: fc.nat(), node: fc.nat(), room: fc.nat() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('go'), which: fc.nat(), code: fc.constantFrom(1000, 1006) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('away'), which: fc.nat(), away: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash'), node: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), node: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.nat(4_000) }) },
)
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never

interface Live {
  readonly who: string
  readonly node: UnrulyNode
  readonly room: string
  readonly socket: MemorySocket
  away: boolean
}

/** Three nodes, what is true of them, and a bus that does as the numbers say. */
class Run {
  readonly cluster = new UnrulyCluster()
  readonly nodes = new Map<string, UnrulyNode>()
  live: Live[] = []
  readonly #tokens = new Map<string, { resumeToken: string }>()
  readonly #fates: readonly number[]
  #sent = 0

  constructor(fates: readonly number[]) {
    this.#fates = fates
  }

  async begin(): Promise<void> {
    for (const name of NODES) this.nodes.set(name, await this.#start(name))
    this.cluster.fate = () => {
      const fate = this.#fates[this.#sent++ % this.#fates.length] ?? 0
      return fate < 25 ? [] : fate < 40 ? [fate * 10, 5] : [fate % 10 === 0 ? 0 : fate]
    }
  }

  #start(name: string): Promise<UnrulyNode> {
    return this.cluster.start(name)
  }

  async do(step: Step): Promise<void> {
    const { clock } = this.cluster
    switch (step.kind) {
      case 'come':
        return this.#come(
          pick(PEOPLE, step.who),
          pick([...this.nodes.values()], step.node),
          pick(ROOMS, step.room),
        )
      case 'go':
        return this.#go(step.which, step.code)
      case 'away':
        return this.#setAway(step.which, step.away)
      case 'crash':
      case 'restart':
        return this.#end(pick([...this.nodes.keys()], step.node), step.kind)
      case 'wait':
        return clock.advance(step.ms)
    }
  }

  async #come(who: string, node: UnrulyNode, room: string): Promise<void> {
    const request = { username: who, dialect: 'v1' as const, room, ...this.#tokens.get(who) }
    const socket = await node.connect(request)
    // A name that somebody bears without a token we have: a person of a node that died just now.
    if (socket.closed !== null) return
    this.#tokens.set(who, sameAs(socket))
    this.live.push({ who, node, room, socket, away: false })
  }

  async #go(which: number, code: number): Promise<void> {
    const [gone] = this.live.length === 0 ? [] : this.live.splice(which % this.live.length, 1)
    gone?.socket.hangUp(code)
    await this.cluster.clock.settle()
  }

  async #setAway(which: number, away: boolean): Promise<void> {
    const one = this.live[which % Math.max(1, this.live.length)]
    if (one === undefined) return
    one.away = away
    one.socket.say({ type: 'away', away })
    await this.cluster.clock.settle()
  }

  async #end(name: string, how: 'crash' | 'restart'): Promise<void> {
    const node = this.nodes.get(name) as UnrulyNode
    this.live = this.live.filter((one) => one.node !== node)
    if (how === 'crash') {
      node.crash()
      await this.cluster.clock.advance(DYING_MS)
    } else await node.end()
    this.nodes.set(name, await this.#start(name))
  }

  /** After quiet every node answers as is true. */
  async judge(): Promise<void> {
    this.cluster.fate = () => [0]
    await this.cluster.clock.advance(DYING_MS + 3 * HEALING_MS)
    for (const room of ROOMS) {
      const here = this.live.filter((one) => one.room === room)
      const names = [...new Set(here.map(({ who }) => who))].sort()
      for (const { hub } of this.nodes.values()) {
        const { connected_count, connected_users, ...rest } = hub.members(room)
        expect({ connected_count, users: [...connected_users].sort(), ...rest }).toEqual({
          room,
          connected_count: names.length,
          users: names,
          truncated: false,
        })
      }
    }
    const all = new Set(this.live.map(({ who }) => who))
    for (const node of this.nodes.values()) {
      expect(node.hub.status().connected_count).toBe(all.size)
      const visitor = await node.connect({ username: 'Visitor', dialect: 'v1', room: 'lobby' })
      const away = visitor.all()[0]?.['away_users']
      visitor.hangUp()
      await this.cluster.clock.settle()
      expect(Array.isArray(away) && away.map(String).sort()).toEqual(this.#awayIn('lobby'))
    }
    const complaints = [...this.nodes.values()].flatMap((node) => node.complaints)
    // A bus that loses all for long is told of, and rightly.
    expect(complaints.filter((text) => !text.startsWith('node_not_heard'))).toEqual([])
  }

  #awayIn(room: string): string[] {
    const isAway = (who: string) => this.live.every((one) => one.who !== who || one.away)
    const names = new Set(this.live.filter((one) => one.room === room).map(({ who }) => who))
    return [...names].filter(isAway).sort()
  }
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0)
}

function pick<T>(of: readonly T[], index: number): T {
  return of[index % of.length] as T
}

/** What it once found: starts of a node that come faster than a beat, with hints of earlier ones that come late. */
const FOUND: [number[], Step[]][] = [
  [
    [0, 0, 0, 25, ...zeros(16), 25],
    [
      { kind: 'come', who: 0, node: 1, room: 0 },
      { kind: 'restart', node: 1 },
      { kind: 'away', which: 0, away: true },
      { kind: 'come', who: 0, node: 0, room: 0 },
      { kind: 'come', who: 0, node: 0, room: 1 },
      { kind: 'away', which: 0, away: false },
      { kind: 'come', who: 1, node: 0, room: 0 },
      { kind: 'come', who: 0, node: 0, room: 1 },
      { kind: 'come', who: 2, node: 1, room: 0 },
    ],
  ],
  [
    [0, 40, 25, 0, 25, 0, 0, 0, 0, 0, 25, 25, 0, 25, 0, 0, 0, 0, 40, 0],
    [
      { kind: 'crash', node: 0 },
      { kind: 'restart', node: 0 },
      { kind: 'wait', ms: 0 },
      { kind: 'come', who: 0, node: 0, room: 0 },
      { kind: 'go', which: 0, code: 1000 },
    ],
  ],
  [
    [...zeros(15), 25, ...zeros(5)],
    [
      { kind: 'come', who: 0, node: 1, room: 0 },
      { kind: 'wait', ms: 2_900 },
      { kind: 'go', which: 0, code: 1000 },
      { kind: 'restart', node: 0 },
      { kind: 'come', who: 0, node: 0, room: 0 },
      { kind: 'away', which: 0, away: true },
      { kind: 'go', which: 0, code: 1006 },
      { kind: 'restart', node: 0 },
      { kind: 'come', who: 0, node: 0, room: 0 },
      { kind: 'come', who: 0, node: 0, room: 0 },
      { kind: 'away', which: 0, away: false },
    ],
  ],
]

it('PR1, PR2, PR3: whatever the bus loses, repeats and delays, whoever comes, goes and crashes: after quiet every node knows the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(99), { minLength: 20, maxLength: 60 }),
      fc.array(anyStep, { minLength: 5, maxLength: 40 }),
      async (fates, steps) => {
        const run = new Run(fates)
        await run.begin()
        for (const each of steps) await run.do(each)
        await run.judge()
      },
    ),
    { numRuns: 30, examples: FOUND },
  )
})
