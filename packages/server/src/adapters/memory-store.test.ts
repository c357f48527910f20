import { describe, expect, it } from 'vitest'
import { storeContract } from '../../testing/store-contract.ts'
import { storeProperties } from '../../testing/store-properties.ts'
import { createMemoryStore } from './memory-store.ts'

async function open(maxLogs?: number) {
  const store = createMemoryStore(maxLogs)
  return { store, destroy: () => store.close() }
}

storeContract('the memory store', open)
storeProperties('the memory store', open, 300)

describe('the memory store', () => {
  it('is another history each time', () => {
    expect(createMemoryStore().epoch).not.toBe(createMemoryStore().epoch)
  })
})
