/** What tabs that share a connection say to each other. */
import type { ServerMessageOf } from '@roomful/protocol'
import type { Client } from './api.ts'
import { ClientError } from './client-error.ts'
import type { ConnectionState } from './connection.ts'
import type { Events } from './events.ts'
import type { ElectionNote } from './leader.ts'
import type { Since } from './log-order.ts'
import type { OutboxEntry } from './outbox-entry.ts'

export type EventNamed<K extends keyof Events> = { readonly name: K; readonly value: Events[K] }
export type AnyEvent = { [K in keyof Events]: EventNamed<K> }[keyof Events]

/** Methods with an answer, which the leader calls for a follower. */
export type Asking =
  | 'send'
  | 'whisper'
  | 'edit'
  | 'remove'
  | 'react'
  | 'moderate'
  | 'join'
  | 'leave'
  | 'history'
  | 'status'
/** Those without. */
export type Telling = 'typing' | 'markRead' | 'setAway' | 'retryNow'

/** What one needs to take part from now on. */
export interface Snapshot {
  readonly state: ConnectionState
  readonly token: string | undefined
  readonly since: Record<string, Since>
  readonly rooms: readonly string[]
  readonly entries: readonly OutboxEntry[]
}
type Failure = Pick<ClientError, 'code' | 'message' | 'retryable' | 'retryAfterMs' | 'field'>

/** What tabs of one version say to each other. The name of the channel carries the version. */
export type Note =
  | { readonly kind: 'election'; readonly note: ElectionNote }
  /** A new leader. */
  | { readonly kind: 'lead' }
  /** A new tab, to the leader. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'snapshot'; readonly to: string; readonly snapshot: Snapshot }
  | { readonly kind: 'event'; readonly event: AnyEvent }
  | { readonly kind: 'left'; readonly room: string }
  | { readonly kind: 'entry'; readonly entry: OutboxEntry; readonly kept: boolean }
  | { readonly kind: 'tell'; readonly method: Telling; readonly args: readonly unknown[] }
  | {
      readonly kind: 'ask'
      readonly to: string
      readonly id: number
      readonly method: Asking
      readonly args: readonly unknown[]
    }
  | { readonly kind: 'answer'; readonly to: string; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly to: string; readonly id: number; readonly error: Failure }

/** Whether it comes from another tab of the same version; the name of the channel carries the version. */
export function isLetter(data: unknown): data is { from: string; note: Note } {
  return typeof data === 'object' && data !== null && 'from' in data && 'note' in data
}

export function revived({ code, message, ...details }: Failure): ClientError {
  return new ClientError(code, message, details)
}

/** Listens to everything but frames. */
export function hearAll(client: Client, hear: (event: AnyEvent) => void): void {
  client.onState((value) => hear({ name: 'state', value }))
  client.onMessage((value) => hear({ name: 'message', value }))
  client.onPrivate((value) => hear({ name: 'private', value }))
  client.onChange((value) => hear({ name: 'change', value }))
  client.onTyping((value) => hear({ name: 'typing', value }))
  client.onRead((value) => hear({ name: 'read', value }))
  client.onPresence((value) => hear({ name: 'presence', value }))
  client.onModeration((value) => hear({ name: 'moderation', value }))
  client.onGoingAway((value) => hear({ name: 'going_away', value }))
  client.onSystem((value) => hear({ name: 'system', value }))
  client.onError((value) => hear({ name: 'error', value }))
  client.onGap((value) => hear({ name: 'gap', value }))
}

/** People come and go: those of the welcome may have left since. */
export function present(status: ServerMessageOf<'status'> | null): Partial<ServerMessageOf<'system'>> {
  if (status === null) return {}
  const { connected_count, connected_users } = status
  return { connected_count, connected_users }
}
