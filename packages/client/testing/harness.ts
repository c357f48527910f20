import type { ClientOptions, OutboxClient } from '../src/api.ts'
import { createClient } from '../src/client.ts'
import type { Environment } from '../src/environment.ts'
import { storedOutbox } from '../src/outbox.ts'
import type { OutboxStorage } from '../src/outbox-storage.ts'
import type { TokenStorage } from '../src/resume-token.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeNetwork, type SocketPair } from './socket-pair.ts'

class FakeEnvironment implements Environment {
  readonly #listeners = new Set<() => void>()

  onWake(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  get listeners(): number {
    return this.#listeners.size
  }

  wake(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

export class MemoryStorage implements TokenStorage {
  readonly values = new Map<string, string>()

  get(key: string): string | null {
    return this.values.get(key) ?? null
  }

  set(key: string, value: string): void {
    this.values.set(key, value)
  }

  remove(key: string): void {
    this.values.delete(key)
  }
}

/** A client whose every surrounding is the test's. */
export interface Harness {
  readonly client: OutboxClient
  readonly clock: FakeClock
  readonly network: FakeNetwork
  readonly environment: FakeEnvironment
  readonly storage: MemoryStorage
  /** Phases in the order in which they were told. */
  readonly phases: string[]
}

/** What a client is made with; its outbox by the storage. */
export type HarnessOptions = Partial<Omit<ClientOptions, 'outbox'>> & { outbox?: OutboxStorage | null }

/** A client called Alice; delays are always at half of their ceiling. */
export function harness({ outbox, ...options }: HarnessOptions = {}): Harness {
  const clock = new FakeClock()
  const network = new FakeNetwork()
  const environment = new FakeEnvironment()
  const storage = new MemoryStorage()
  const { WebSocket } = network
  const client = createClient({
    url: 'ws://chat.test',
    username: 'Alice',
    storage,
    WebSocket,
    clock,
    environment,
    random: () => 0.5,
    ...options,
    outbox: storedOutbox(outbox),
  })
  const phases: string[] = []
  client.onState((state) => phases.push(state.phase))
  return { client, clock, network, environment, storage, phases }
}

/** The same, online. */
export function online(options: HarnessOptions = {}): Harness & { readonly server: SocketPair } {
  const made = harness(options)
  made.client.connect()
  const server = enter(made)
  return { ...made, server }
}

/** Opens the socket that was dialled last and welcomes it. */
export function enter({ network }: Pick<Harness, 'network'>, more: object = {}): SocketPair {
  return network.last.open().say(welcome(more)).flushToClient()
}

export function welcome(more: object = {}): object {
  return {
    type: 'system',
    event: 'welcome',
    message: 'Welcome',
    username: 'Alice',
    room: 'lobby',
    connected_count: 1,
    connected_users: ['Alice'],
    heartbeat_interval: 10,
    heartbeat: { interval_ms: 10_000, timeout_ms: 30_000 },
    limits: { max_message_bytes: 16_384, max_frame_bytes: 65_536, messages_per_second: 20, max_rooms: 20 },
    epoch: 'e1',
    head_seq: 0,
    resume_token: 'token-1',
    ...more,
  }
}

/** A message of Bob's in the lobby. */
export function chat(seq: number, more: object = {}): object {
  return {
    type: 'message',
    username: 'Bob',
    message: `text ${seq}`,
    timestamp: '2024-01-01T00:00:00Z',
    id: `id-${seq}`,
    seq,
    room: 'lobby',
    ...more,
  }
}

export const PING = { type: 'ping', timestamp: '2024-01-01T00:00:00Z' }

/** Lets promises that are settled already call their followers. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}
