import { expect, it } from 'vitest'
import { childrenOf } from '../../packages/server/testing/daemon.mjs'
import { Cluster } from './harness/cluster.mjs'

it('leaves nothing that runs when its last part cannot be started', async () => {
  const before = childrenOf(process.pid)
  const changes = [['nginx.conf', 'what it does not hold', '']] as const
  const opening = Cluster.open({ seed: 1, bus: 'postgres', mutant: null, nginx: { changes } })
  await expect(opening).rejects.toThrow('nginx')
  expect(childrenOf(process.pid).filter((pid) => !before.includes(pid))).toEqual([])
})
