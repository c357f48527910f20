import { expect, it } from 'vitest'
import type { Outgoing } from './ledger.ts'
import type { KeyValues } from './storage.ts'
import { createUnsent } from './unsent.ts'

function memory(values = new Map<string, string>()): KeyValues {
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => values.set(key, value),
    remove: (key) => values.delete(key),
    keys: () => [...values.keys()],
  }
}

const message = (clientId: string, state: Outgoing['state']): Outgoing => ({
  clientId,
  text: 'hi',
  log: 'room',
  to: null,
  about: null,
  change: null,
  at: 1,
  after: 2,
  matched: 3,
  state,
})

it('gives back what was not acknowledged: refused as it was, everything else as cut off', () => {
  const storage = memory()
  createUnsent(storage, 'k').save([
    message('a', { phase: 'sending' }),
    message('b', { phase: 'failed', code: 'user_not_found' }),
    message('c', { phase: 'acked', seq: 9 }),
    message('d', { phase: 'queued', doubt: false }),
  ])
  expect(createUnsent(storage, 'other').load()).toEqual([])
  expect(createUnsent(storage, 'k').load()).toEqual([
    { ...message('a', { phase: 'failed', code: 'closed' }), matched: null },
    { ...message('b', { phase: 'failed', code: 'user_not_found' }), matched: null },
    { ...message('c', { phase: 'failed', code: 'closed' }), matched: null },
    { ...message('d', { phase: 'queued', doubt: false }), matched: null },
  ])
})

it('leaves nothing behind when everything was acknowledged', () => {
  const values = new Map<string, string>()
  const unsent = createUnsent(memory(values), 'k')
  unsent.save([message('a', { phase: 'sending' })])
  unsent.save([])
  expect(values.size).toBe(0)
})

it.each(['', 'null', '{}', '[1,null,{}]', '[{"clientId":"x"}]', '{'])('survives rubbish: %s', (rubbish) => {
  expect(createUnsent(memory(new Map([['k', rubbish]])), 'k').load()).toEqual([])
})
