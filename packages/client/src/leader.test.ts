import { describe, expect, it } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import {
  ASK_LEADER_MS,
  ElectionByAsking,
  ElectionByLock,
  LEADER_ANSWER_MS,
  LEADER_JITTER_MS,
} from './leader.ts'

/** Tabs that hear each other at once; a tab in `deaf` neither hears nor is heard. */
function tabs(...ids: string[]) {
  const clock = new FakeClock()
  const deaf = new Set<string>()
  const leads = new Map<string, boolean>()
  const all = new Map<string, ElectionByAsking>()
  for (const [i, id] of ids.entries())
    all.set(
      id,
      new ElectionByAsking({
        clock,
        id,
        random: () => i / ids.length,
        tell: (note) => {
          if (deaf.has(id)) return
          for (const [other, election] of all) if (other !== id && !deaf.has(other)) election.heard(id, note)
        },
        onLead: (now) => leads.set(id, now),
      }),
    )
  const leaders = (): string[] => ids.filter((id) => leads.get(id) === true)
  return { clock, deaf, all, leaders }
}

describe('an election by asking', () => {
  it('makes one leader of many that begin together', () => {
    const { clock, leaders } = tabs('c', 'a', 'b')
    clock.advance(LEADER_ANSWER_MS + LEADER_JITTER_MS)
    expect(leaders()).toEqual(['c'])
    clock.advance(60_000)
    expect(leaders()).toEqual(['c'])
  })

  it('notices a dead leader within a second, whenever it dies', () => {
    for (let at = 2_000; at < 3_000; at += 37) {
      const { clock, deaf, leaders } = tabs('a', 'b', 'c')
      clock.advance(at)
      deaf.add('a')
      clock.advance(ASK_LEADER_MS + LEADER_ANSWER_MS + LEADER_JITTER_MS)
      expect(leaders().filter((id) => id !== 'a')).toEqual(['b'])
    }
    expect(ASK_LEADER_MS + LEADER_ANSWER_MS + LEADER_JITTER_MS).toBeLessThan(1_000)
  })

  it('of two leaders the one with the lower id stays, and the other one follows', () => {
    for (const dead of ['a', 'b']) {
      const { clock, deaf, leaders } = tabs('a', 'b')
      clock.advance(1_000)
      deaf.add(dead)
      clock.advance(2_000)
      expect(leaders()).toEqual(['a', 'b'])
      deaf.delete(dead)
      clock.advance(2_000)
      expect(leaders()).toEqual(['a'])
    }
  })

  it('one that stops says so, and leads no more', () => {
    const { clock, all, leaders } = tabs('a', 'b')
    clock.advance(1_000)
    all.get('a')?.stop()
    all.delete('a')
    clock.advance(LEADER_ANSWER_MS + LEADER_JITTER_MS)
    expect(leaders()).toEqual(['a', 'b'])
    all.get('b')?.stop()
    expect(clock.timers).toBe(0)
  })
})

describe('an election by a lock', () => {
  it('goes on by asking where the page may not use locks', async () => {
    const clock = new FakeClock()
    const led: boolean[] = []
    const hooks = {
      clock,
      id: 'a',
      random: () => 0,
      tell: () => undefined,
      onLead: (now: boolean) => led.push(now),
    }
    const forbidden = { request: () => Promise.reject(new Error('SecurityError')) }
    const election = new ElectionByLock(forbidden, 'name', hooks)
    await Promise.resolve()
    await Promise.resolve()
    clock.advance(LEADER_ANSWER_MS)
    expect(led).toEqual([true])
    election.stop()
    expect(clock.timers).toBe(0)
  })

  it('that ends before it was its turn never leads', async () => {
    const clock = new FakeClock()
    const led: boolean[] = []
    const hooks = {
      clock,
      id: 'a',
      random: () => 0,
      tell: () => undefined,
      onLead: (now: boolean) => led.push(now),
    }
    const waiting = {
      request: (_: string, { signal }: { signal: AbortSignal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('AbortError'))),
        ),
    }
    new ElectionByLock(waiting, 'name', hooks).stop()
    await Promise.resolve()
    await Promise.resolve()
    clock.advance(10_000)
    expect(led).toEqual([])
  })
})
