/** The promises of the `Registry` port, as tests that every registry passes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BREAK_MS, type Claimed, type NameClaim, NodeReplaced, type Registry } from '../src/ports/registry.ts'
import { StoreUnavailable } from '../src/ports/store.ts'

export interface OpenedRegistries {
  /** One more node of the same cluster. `leaseMs`: default `LEASE_MS`. */
  open(node: string, leaseMs?: number): Promise<Registry>
  /** Lets at least so many milliseconds pass. */
  pass(ms: number): Promise<void>
  /** Removes everything; the nodes are closed already. */
  destroy(): Promise<void>
}

const RACES = 1_000

let people = 0

/** A claim by somebody new; only what matters is given. */
function claim(key: string, given: Partial<NameClaim> = {}): NameClaim {
  return { key, name: key.toUpperCase(), shown: null, fresh: `p-${++people}`, shared: false, ...given }
}

const yours = (person: string): Claimed => ({ outcome: 'yours', person })
const TAKEN: Claimed = { outcome: 'taken' }

export function registryContract(name: string, openRegistries: () => Promise<OpenedRegistries>): void {
  describe(`${name} as a Registry`, () => {
    let opened: OpenedRegistries
    const nodes: Registry[] = []
    const open = async (node: string, leaseMs?: number): Promise<Registry> => {
      const registry = await opened.open(node, leaseMs)
      nodes.push(registry)
      return registry
    }
    const openThree = async () => [await open('a'), await open('b'), await open('c')] as const
    /** A node whose lease has ended, with a name that it had claimed, and nobody has noticed. */
    const openLost = async (node: string, lost: NameClaim): Promise<Registry> => {
      const registry = await open(node, 1)
      expect(await registry.claim([lost])).toEqual([yours(lost.shown ?? lost.fresh)])
      await opened.pass(5)
      return registry
    }

    beforeEach(async () => {
      opened = await openRegistries()
    })
    afterEach(async () => {
      await Promise.all(nodes.splice(0).map((node) => node.close()))
      await opened.destroy()
    })

    describe('names', () => {
      it('belong to whoever claims them first, on any node', async () => {
        const [a, b] = await openThree()
        expect(await a.claim([claim('alice', { fresh: 'p-a' })])).toEqual([yours('p-a')])
        for (const node of [a, b]) expect(await node.claim([claim('alice')])).toEqual([TAKEN])
        expect(await b.claim([claim('alicia', { fresh: 'p-b' })])).toEqual([yours('p-b')])
      })

      it('are borne on several nodes by one person, who has shown the id', async () => {
        const [a, b, c] = await openThree()
        const shown = 'p-a'
        await a.claim([claim('alice', { fresh: shown, name: 'Alice' })])
        expect(await b.claim([claim('alice', { shown, name: 'ALICE' })])).toEqual([yours('p-a')])
        expect(await c.claim([claim('alice', { shown: 'p-x' })])).toEqual([TAKEN])
        expect(await c.find(['alice'])).toEqual([{ person: 'p-a', name: 'Alice' }])
      })

      it('go to the person who is shown when nobody bears them', async () => {
        const a = await open('a')
        expect(await a.claim([claim('alice', { shown: 'p-old' })])).toEqual([yours('p-old')])
        expect(await a.find(['alice'])).toEqual([{ person: 'p-old', name: 'ALICE' }])
      })

      it('are shared: whoever claims one is the person who has it', async () => {
        const [a, b] = await openThree()
        expect(await a.claim([claim('team', { shared: true, fresh: 'p-t' })])).toEqual([yours('p-t')])
        const second = claim('team', { shared: true, shown: 'p-other' })
        expect(await b.claim([second])).toEqual([yours('p-t')])
        expect(await b.claim([claim('team')])).toEqual([TAKEN])
      })

      it('are free when the last node has released them, and then somebody else is meant', async () => {
        const [a, b, c] = await openThree()
        await a.claim([claim('alice', { fresh: 'p-a' })])
        await b.claim([claim('alice', { shown: 'p-a' })])
        await a.release(['alice'])
        expect(await c.claim([claim('alice')])).toEqual([TAKEN])
        expect(await c.find(['alice'])).toMatchObject([{ person: 'p-a' }])
        await b.release(['alice'])
        expect(await c.find(['alice'])).toEqual([null])
        expect(await c.claim([claim('alice', { fresh: 'p-c', name: 'aLice' })])).toEqual([yours('p-c')])
        expect(await a.find(['alice'])).toEqual([{ person: 'p-c', name: 'aLice' }])
      })

      it('are claimed again by their node without effect', async () => {
        const [a, b] = await openThree()
        const first = claim('alice', { fresh: 'p-a' })
        expect(await a.claim([first, first, claim('alice', { shown: 'p-a' })])).toEqual([
          yours('p-a'),
          yours('p-a'),
          yours('p-a'),
        ])
        await a.release(['alice'])
        expect(await b.claim([claim('alice', { fresh: 'p-b' })])).toEqual([yours('p-b')])
      })

      it('that are not its own a node releases without effect', async () => {
        const [a, b, c] = await openThree()
        await a.claim([claim('alice')])
        await b.release(['alice', 'nobody', 'alice'])
        expect(await c.claim([claim('alice')])).toEqual([TAKEN])
      })

      it('are decided in the order given, and calls in the order of calling', async () => {
        const [a] = await openThree()
        const given = [claim('x', { fresh: 'p-1' }), claim('y', { fresh: 'p-2' }), claim('x'), claim('y')]
        expect(await a.claim(given)).toEqual([yours('p-1'), yours('p-2'), TAKEN, TAKEN])
        const answers = await Promise.all([
          a.claim([claim('z', { fresh: 'p-3' })]),
          a.release(['z', 'x']),
          a.claim([claim('z', { fresh: 'p-4' })]),
          a.release(['z']),
          a.claim([claim('z', { fresh: 'p-5' }), claim('y')]),
        ])
        expect(answers).toEqual([[yours('p-3')], undefined, [yours('p-4')], undefined, [yours('p-5'), TAKEN]])
        expect(await a.find(['z', 'x', 'y', 'z'])).toMatchObject([
          { person: 'p-5' },
          null,
          { person: 'p-2' },
          { person: 'p-5' },
        ])
      })

      it('may be thousands in a call, or none', async () => {
        const [a, b] = await openThree()
        const many = Array.from({ length: 3_000 }, (_, i) => claim(`many-${i}`, { fresh: `m-${i}` }))
        expect(await a.claim(many)).toEqual(many.map(({ fresh }) => yours(fresh)))
        const keys = many.map(({ key }) => key)
        expect(await b.find(keys)).toEqual(many.map(({ fresh, name: of }) => ({ person: fresh, name: of })))
        await a.release(keys)
        expect(await b.find(keys)).toEqual(keys.map(() => null))
        expect(await a.claim([])).toEqual([])
        expect(await a.find([])).toEqual([])
        expect(await a.release([])).toBeUndefined()
      })

      it.each([
        ['nothing', ''],
        ['U+0000', 'a\0b'],
        ['half a surrogate pair', 'a\ud800b'],
        ['a quote and a brace', `a'"{}\\`],
        ['the name of a method', '__proto__'],
        ['another plane', '😀'],
        ['a thousand letters', '長'.repeat(300)],
      ])('may have a key of %s', async (_, key) => {
        const [a, b] = await openThree()
        expect(await b.find([key, 'plain'])).toEqual([null, null])
        expect(await a.claim([claim(key, { fresh: 'p-1', name: 'N' }), claim('plain')])).toMatchObject([
          yours('p-1'),
          { outcome: 'yours' },
        ])
        expect(await b.claim([claim(key)])).toEqual([TAKEN])
        expect(await b.find([key])).toEqual([{ person: 'p-1', name: 'N' }])
        await a.release([key])
        expect(await b.find([key])).toEqual([null])
      })
    })

    describe('races', () => {
      it(`have one winner each: ${RACES} names, claimed at once on three nodes`, async () => {
        const three = await openThree()
        const winners: number[] = []
        for (let race = 0; race < RACES; race++) {
          const key = `race-${race}`
          const claims = three.map(() => claim(key))
          const answers = await Promise.all(three.map((node, i) => node.claim([claims[i] as NameClaim])))
          const won = answers.flatMap(([answer], i) => (answer?.outcome === 'yours' ? [i] : []))
          winners.push(won.length)
          const winner = claims[won[0] ?? 0] as NameClaim
          if (race % 50 !== 0) continue
          // Nobody is found dead while this takes its time.
          for (const node of three) await node.beat(0)
          for (const node of three)
            expect(await node.find([key])).toEqual([{ person: winner.fresh, name: winner.name }])
        }
        expect(winners.filter((count) => count !== 1)).toEqual([])
      })

      it('of many names at once, in any order, end: each name has one bearer', async () => {
        const three = await openThree()
        const keys = Array.from({ length: 100 }, (_, i) => `many-${i}`)
        const orders = [keys, keys.toReversed(), [...keys.slice(50), ...keys.slice(0, 50)]]
        for (let round = 0; round < 10; round++) {
          const answers = await Promise.all(
            three.map(async (node, i) => {
              const order = orders[i] ?? keys
              const claimed = await node.claim(order.map((key) => claim(key)))
              return order.filter((_, at) => claimed[at]?.outcome === 'yours')
            }),
          )
          expect(answers.flat().toSorted()).toEqual(keys.toSorted())
          await Promise.all(three.map((node, i) => node.release(orders[(i + round) % 3] ?? keys)))
          for (const node of three) await node.beat(0)
          expect(await three[0].find(keys)).toEqual(keys.map(() => null))
        }
      })
    })

    describe('nodes', () => {
      it('that live are told with each beat, and what they said last', async () => {
        const [a, b, c] = await openThree()
        expect([a.node, b.node]).toEqual(['a', 'b'])
        await a.beat(7)
        await b.beat(3)
        const { nodes: living, kept } = await c.beat(5)
        expect(kept).toBe(true)
        expect(living.toSorted((x, y) => (x.node < y.node ? -1 : 1))).toEqual([
          { node: 'a', version: 7 },
          { node: 'b', version: 3 },
          { node: 'c', version: 5 },
        ])
      })

      it('whose lease has ended are not among them, and their names are free', async () => {
        const lost = claim('alice', { fresh: 'p-lost' })
        await openLost('dead', lost)
        const b = await open('b')
        await opened.pass(5)
        expect(await b.find(['alice'])).toEqual([null])
        expect((await b.beat(1)).nodes).toEqual([{ node: 'b', version: 1 }])
        expect(await b.claim([claim('alice', { fresh: 'p-b' })])).toEqual([yours('p-b')])
      })

      it('lose a name to a claim as soon as their lease has ended, beat or no beat', async () => {
        const b = await open('b')
        await openLost('dead', claim('alice'))
        expect(await b.claim([claim('alice', { fresh: 'p-b' })])).toEqual([yours('p-b')])
      })

      it('that were found dead learn it with their next beat, claim nothing before it, and begin anew', async () => {
        const b = await open('b')
        const lost = claim('alice', { fresh: 'p-lost' })
        const a = await openLost('a', lost)
        await a.claim([claim('carol', { fresh: 'p-carol' })])
        await opened.pass(5)
        await b.claim([claim('alice', { fresh: 'p-b' })])
        await expect(a.claim([claim('dora')])).rejects.toThrow(StoreUnavailable)
        await a.release(['alice'])
        expect(await b.find(['alice', 'carol', 'dora'])).toEqual([
          { person: 'p-b', name: 'ALICE' },
          null,
          null,
        ])
        expect(await a.beat(2)).toMatchObject({ kept: false })
        const again = [claim('alice', { shown: 'p-lost' }), claim('carol', { shown: 'p-carol' })]
        expect(await a.claim(again)).toEqual([TAKEN, yours('p-carol')])
      })

      it('that all were silent for longer than their leases lose nothing, whoever is back first; who is not back after a lease does', async () => {
        const leaseMs = 3_000
        const [a, b] = [await open('a', leaseMs), await open('b', leaseMs)]
        await open('c', leaseMs)
        await a.claim([claim('alice', { fresh: 'p-a' })])
        await b.claim([claim('bob', { fresh: 'p-b' })])
        for (const node of [a, b]) await node.beat(0)
        await opened.pass(BREAK_MS + leaseMs)
        expect(await a.find(['bob'])).toMatchObject([{ person: 'p-b' }])
        expect(await a.claim([claim('bob')])).toEqual([TAKEN])
        expect(await a.beat(1)).toMatchObject({ kept: true })
        expect(await a.claim([claim('bob')])).toEqual([TAKEN])
        expect(await b.beat(1)).toMatchObject({ kept: true })
        expect(await b.find(['alice'])).toMatchObject([{ person: 'p-a' }])
        for (let passed = 0; passed <= leaseMs; passed += 1_000) {
          await opened.pass(1_000)
          for (const node of [a, b]) expect(await node.beat(2)).toMatchObject({ kept: true })
        }
        const { nodes: living } = await a.beat(2)
        expect(living.map(({ node }) => node).toSorted()).toEqual(['a', 'b'])
      })

      it('share a name on as long as one of them lives', async () => {
        const b = await open('b')
        const lost = claim('alice', { fresh: 'p-a' })
        await b.claim([claim('alice', { shown: 'p-a' })])
        await openLost('dead', lost)
        expect(await b.claim([claim('alice')])).toEqual([TAKEN])
        await b.release(['alice'])
        expect(await b.claim([claim('alice', { fresh: 'p-b' })])).toEqual([yours('p-b')])
      })

      it('let the person who was on a dead one in at once, lease or no lease', async () => {
        const [a, b] = await openThree()
        await a.claim([claim('alice', { fresh: 'p-a' })])
        expect(await b.claim([claim('alice', { shown: 'p-a' })])).toEqual([yours('p-a')])
      })

      it('have names of their own: a second one is refused in one sentence while the first one beats', async () => {
        const a = await open('a')
        await a.claim([claim('alice', { fresh: 'p-a' })])
        const second = { end: null as unknown }
        const opening = opened.open('a').then(
          () => (second.end = 'let in'),
          (error: unknown) => (second.end = error),
        )
        while (second.end === null) {
          await a.beat(1)
          await opened.pass(20)
        }
        await opening
        expect(second.end).toBeInstanceOf(Error)
        expect(String(second.end)).toMatch(/^Error: [^\n]*\ba\b[^\n]*\.$/)
        expect(await a.beat(1)).toMatchObject({ kept: true, nodes: [{ node: 'a' }] })
        expect(await a.find(['alice'])).toMatchObject([{ person: 'p-a' }])
      })

      it('may bear the name of a dead one, which then is refused', async () => {
        const a = await openLost('a', claim('alice'))
        const second = await open('a')
        const replaced = await a.beat(1).catch((error: unknown) => error)
        expect(replaced).toBeInstanceOf(NodeReplaced)
        expect(String(replaced)).toMatch(/^Error: [^\n]*\ba\b[^\n]*\.$/)
        await expect(a.claim([claim('bob')])).rejects.toThrow(StoreUnavailable)
        expect(await second.claim([claim('alice', { fresh: 'p-2' })])).toEqual([yours('p-2')])
        await a.release(['alice'])
        await a.close()
        expect(await second.find(['alice'])).toMatchObject([{ person: 'p-2' }])
        expect(await second.beat(1)).toMatchObject({ kept: true, nodes: [{ node: 'a' }] })
      })

      it('free their names and their own one when they close, and do nothing afterwards', async () => {
        const [a, b] = await openThree()
        await a.claim([claim('alice')])
        await a.close()
        await a.close()
        expect(await b.claim([claim('alice', { fresh: 'p-b' })])).toEqual([yours('p-b')])
        expect((await b.beat(0)).nodes).not.toContainEqual(expect.objectContaining({ node: 'a' }))
        const calls = [
          () => a.claim([claim('x')]),
          () => a.release(['x']),
          () => a.find(['x']),
          () => a.beat(1),
        ]
        for (const call of calls) await expect(call()).rejects.toThrow(StoreUnavailable)
        const again = await open('a')
        expect(await again.beat(1)).toMatchObject({ kept: true })
      })
    })
  })
}
