import { describe, expect, it } from 'vitest'
import { Departed } from './departed.ts'
import type { Collected } from './process-metrics.ts'

const family = (type: string, value: number, labels: Record<string, string> = {}): Collected => {
  const name = `roomful_${type}`
  return { name, help: 'Some.', type, aggregator: 'sum', values: [{ metricName: name, labels, value }] }
}

/** Values by label `kind`. */
const told = (departed: Departed<string>) =>
  departed
    .collect()
    .map(({ name, values }) => [
      name,
      Object.fromEntries(values.map(({ labels, value }) => [labels['kind'] ?? '', value])),
    ])

describe('processes that are gone', () => {
  it('count on as they last told, and nothing of those that live', () => {
    const departed = new Departed<string>()
    departed.remember('first', [family('counter', 3), family('counter', 3)])
    departed.remember('first', [family('counter', 5)])
    departed.remember('second', [family('counter', 7)])
    expect(told(departed)).toEqual([])
    departed.lose('first')
    expect(told(departed)).toEqual([['roomful_counter', { '': 5 }]])
  })

  it('are summed by label, and how things were with them is forgotten', () => {
    const departed = new Departed<string>()
    for (const value of [1, 2, 4]) {
      departed.remember('place', [family('gauge', 9), family('counter', value, { kind: 'a' })])
      departed.lose('place')
    }
    departed.remember('place', [family('counter', 8, { kind: 'b' })])
    departed.lose('place')
    departed.lose('place')
    expect(told(departed)).toEqual([['roomful_counter', { a: 7, b: 8 }]])
  })
})
