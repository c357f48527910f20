import { ManualClock } from '../../testing/manual-clock.ts'
import { registryContract } from '../../testing/registry-contract.ts'
import { createMemoryRegistryHub } from './memory-registry.ts'

registryContract('the memory registry', async () => {
  const clock = new ManualClock()
  const hub = createMemoryRegistryHub(clock)
  return {
    open: async (node, leaseMs) => hub.open(node, leaseMs),
    pass: (ms) => clock.advance(ms),
    destroy: () => Promise.resolve(),
  }
})
