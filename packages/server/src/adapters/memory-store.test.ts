import { describe, expect, it } from 'vitest'
import { storeContract } from '../../testing/store-contract.ts'
import { storeProperties } from '../../testing/store-properties.ts'
import type { StoreLimits } from '../ports/store.ts'
import { createMemoryStore } from './memory-store.ts'

async function open(limits?: StoreLimits) {
  const store = createMemoryStore(limits)
  return { store, destroy: () => store.close() }
}

storeContract('the memory store', open)
storeProperties('the memory store', open, 300)

describe('the memory store', () => {
  it('is another history each time', () => {
    expect(createMemoryStore().epoch).not.toBe(createMemoryStore().epoch)
  })
})
