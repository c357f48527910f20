import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { createMemoryRegistryHub } from './adapters/memory-registry.ts'
import { createMemoryStore } from './adapters/memory-store.ts'
import { openMetrics } from './adapters/metrics/open-metrics.ts'
import { createPinoLogger } from './adapters/pino-logger.ts'
import { createSystemClock } from './adapters/system-clock.ts'
import { startServer } from './compose.ts'
import { loadSettings } from './config/load.ts'

/** A port that somebody else has. */
async function takenPort(): Promise<{ port: number; free: () => void }> {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, free: () => void other.close() }
}

it('a server that cannot listen stops before what it stands on is closed', async () => {
  const { port, free } = await takenPort()
  const argv = ['--port', String(port), '--lang', 'en']
  const settings = loadSettings({ argv, env: {}, cwd: '/', readFile: () => '{}' })
  const order: string[] = []
  const registry = createMemoryRegistryHub(createSystemClock()).open('here')
  const data = {
    store: createMemoryStore(),
    bus: {
      isLost: false,
      publish: () => undefined,
      subscribe: () => () => void order.push('stopped'),
      close: async () => void order.push('closed'),
    },
    registry,
    secret: Buffer.alloc(32),
    headWatchMs: null,
  }
  const started = startServer(settings, {
    data,
    logger: createPinoLogger('silent'),
    metrics: await openMetrics(true),
  })
  await expect(started).rejects.toThrow(`Port ${port} on 127.0.0.1 is already in use`)
  expect(order).toEqual(['stopped', 'closed'])
  free()
})
