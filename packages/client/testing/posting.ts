import type { OutboxClient } from '../src/api.ts'
import type { Outbox } from '../src/outbox-entry.ts'
import { type Harness, type HarnessOptions, online, settled as soon } from './harness.ts'
import { FakeOutboxStorage } from './outbox-storage.ts'
import type { SocketPair } from './socket-pair.ts'

export const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

export const ack = (clientId: unknown, seq: number): object => ({
  type: 'ack',
  client_id: clientId,
  id: `id-${seq}`,
  room: 'lobby',
  seq,
  timestamp: 't',
})

/** A storage answers some turns later. */
export const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await soon()
}

interface Posting extends Harness {
  readonly server: SocketPair
  readonly outbox: Outbox
  readonly kept: FakeOutboxStorage
  readonly told: string[]
}

/** Online; `told` gathers what listeners hear of entries, by text and phase. */
export async function posting(options: HarnessOptions = {}): Promise<Posting> {
  const storage = new FakeOutboxStorage()
  const made = online({ outbox: storage, ...options })
  const told: string[] = []
  made.client.outbox.onChange(({ text, state }) => told.push(`${text} ${state.phase}`))
  await settled()
  return { ...made, outbox: made.client.outbox, kept: storage, told }
}

export const texts = (server: SocketPair): unknown[] => server.flushToServer().map(({ message }) => message)
export const phases = (client: OutboxClient): string[] =>
  client.outbox.entries.map(({ text, state }) => `${text} ${state.phase}`)
