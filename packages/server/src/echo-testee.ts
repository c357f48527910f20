#!/usr/bin/env node
/**
 * A plain echo over our socket layer and its limits, for conformance suites: `npm run echo-testee -- --port 9001`.
 * `--max-frame-bytes` raises the limit of one message (default 65536) for suites that send larger ones.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createHmacSigner } from './adapters/hmac-signer.ts'
import { createLoneBus } from './adapters/local-bus.ts'
import { createMemoryStore } from './adapters/memory-store.ts'
import { createSystemClock, createSystemRandom } from './adapters/system-clock.ts'
import { createEchoTestee } from './adapters/ws/ws-server.ts'
import { createHub } from './core/hub.ts'

const SECRET_BYTES = 32
const silent = { debug() {}, info() {}, warn() {}, error() {} }

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9001' },
    host: { type: 'string', default: '127.0.0.1' },
    'max-frame-bytes': { type: 'string', default: '65536' },
    'max-fragments': { type: 'string', default: '1024' },
  },
})

const hub = createHub({
  store: createMemoryStore(),
  bus: createLoneBus(),
  clock: createSystemClock(),
  random: createSystemRandom(),
  signer: createHmacSigner(randomBytes(SECRET_BYTES)),
  logger: silent,
  options: { rateLimit: null },
})
const server = createEchoTestee(hub, {
  maxFrameBytes: Number(values['max-frame-bytes']),
  maxFragments: Number(values['max-fragments']),
  compression: 'off',
  origins: [],
  trustedProxies: [],
  jwtInQuery: 'off',
})
server.listen(Number(values.port), values.host, () => {
  process.stdout.write(`Echo testee on ws://${values.host}:${values.port}\n`)
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0))
