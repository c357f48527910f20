import { randomBytes } from 'node:crypto'
import { createHmacSigner } from '../src/adapters/hmac-signer.ts'
import { createLoneBus } from '../src/adapters/local-bus.ts'
import { createMemoryStore } from '../src/adapters/memory-store.ts'
import { createHub, type Hub } from '../src/core/hub.ts'
import type { HubOptions } from '../src/core/options.ts'
import type { Auth } from '../src/ports/auth.ts'
import type { Bus } from '../src/ports/bus.ts'
import type { Metrics } from '../src/ports/metrics.ts'
import type { PermissionHook } from '../src/ports/permissions.ts'
import type { Registry } from '../src/ports/registry.ts'
import type { Attach } from '../src/ports/service.ts'
import type { Signer } from '../src/ports/signer.ts'
import type { Store } from '../src/ports/store.ts'
import type { Tracer } from '../src/ports/tracer.ts'
import { ManualClock } from './manual-clock.ts'
import { CountingEncoder, MemorySocket } from './memory-socket.ts'

type ChatAttach = Extract<Attach, { endpoint: 'chat' }>

/** What a test says of a connection. Default: a classic one without a name, of a guest. */
type Request = Partial<Omit<ChatAttach, 'shown'> & ChatAttach['shown']>

/** A whole core on memory: sockets, clock and store belong to the test. */
export interface TestHub {
  readonly hub: Hub
  readonly clock: ManualClock
  readonly encoder: CountingEncoder
  readonly store: Store
  /** Errors and warnings that were logged. */
  readonly complaints: string[]
  /** Every socket that was connected. */
  readonly sockets: MemorySocket[]
  /** Connects. The others who do so in this turn come at the same time. */
  dial(request?: Request): MemorySocket
  /** Connects; the welcome was sent when it resolves. */
  connect(request?: Request): Promise<MemorySocket>
}

export function createTestHub(
  options: Partial<HubOptions> = {},
  parts: {
    store?: Store
    bus?: Bus
    registry?: Registry
    clock?: ManualClock
    signer?: Signer
    auth?: Auth
    metrics?: Metrics
    permissionHook?: PermissionHook
    tracer?: Tracer
  } = {},
): TestHub {
  const clock = parts.clock ?? new ManualClock()
  const store = parts.store ?? createMemoryStore()
  const encoder = new CountingEncoder()
  const complaints: string[] = []
  const sockets: MemorySocket[] = []
  const complain = (event: string, _fields?: unknown, cause?: unknown) =>
    complaints.push(`${event} ${String(cause)}`)
  const hub = createHub({
    store,
    bus: parts.bus ?? createLoneBus(),
    registry: parts.registry ?? null,
    clock,
    random: { token: (bytes) => randomBytes(bytes).toString('base64url') },
    signer: parts.signer ?? createHmacSigner(randomBytes(32)),
    logger: { debug() {}, info() {}, warn: complain, error: complain },
    options,
    auth: parts.auth ?? null,
    permissionHook: parts.permissionHook ?? null,
    ...(parts.metrics && { metrics: parts.metrics }),
    tracer: parts.tracer ?? null,
  })
  const dial = ({
    token = null,
    ticket = null,
    awaitsToken = false,
    ...request
  }: Request = {}): MemorySocket => {
    const socket = new MemorySocket(encoder)
    sockets.push(socket)
    socket.events = hub.attach(socket, {
      endpoint: 'chat',
      address: '',
      dialect: 'classic',
      username: null,
      heartbeat: false,
      room: null,
      lang: null,
      resumeToken: null,
      shown: { token, ticket, awaitsToken },
      ...request,
    })
    return socket
  }
  return {
    hub,
    clock,
    encoder,
    store,
    complaints,
    sockets,
    dial,
    async connect(request) {
      const socket = dial(request)
      await clock.settle()
      return socket
    },
  }
}
