import { describe, expect, it } from 'vitest'
import { welcome } from '../testing/harness.ts'
import type { ServerMessageOf } from '@roomful/protocol'
import type { Gap } from './log-order.ts'
import { Told } from './shared-told.ts'

function told() {
  const gaps: Gap[] = []
  const made = new Told()
  made.welcomed({ ...(welcome({ head_seq: 4, private_head_seq: 2 }) as ServerMessageOf<'system'>) })
  return { made, gaps, onGap: (gap: Gap) => void gaps.push(gap) }
}

describe('what a tab was told', () => {
  it('is news once, and a hole is a gap', () => {
    const { made, gaps, onGap } = told()
    expect([4, 5, 5, 3, 6, 9].map((seq) => made.takes('lobby', seq, onGap))).toEqual([
      false,
      true,
      false,
      false,
      true,
      true,
    ])
    expect(gaps).toEqual([{ room: 'lobby', after: 6, before: 9 }])
    expect(made.since).toEqual({ lobby: { epoch: 'e1', seq: 9 }, '@me': { epoch: 'e1', seq: 2 } })
  })

  it('goes on where another tab stands, and tells what it missed', () => {
    const { made, gaps, onGap } = told()
    made.takeOver({ lobby: { epoch: 'e1', seq: 6 }, tea: { epoch: 'e1', seq: 3 } }, onGap)
    expect(gaps).toEqual([{ room: 'lobby', after: 4, before: 7 }])
    made.takeOver({ lobby: { epoch: 'e2', seq: 1 } }, onGap)
    expect(gaps.slice(1)).toEqual([{ room: 'lobby', after: 0, before: 2 }])
    expect(made.since['lobby']).toEqual({ epoch: 'e2', seq: 1 })
  })
})
