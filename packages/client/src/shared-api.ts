import type { ClientOptions, OutboxClient } from './api.ts'
import type { LocksLike } from './leader.ts'
import type { OutboxStorage } from './outbox-storage.ts'

/** The part of `BroadcastChannel` that is used. */
export interface ChannelLike {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  close(): void
}

export interface SharedClientOptions extends Omit<ClientOptions, 'outbox'> {
  /** Where what waits in `client.outbox` outlives the page. Default: IndexedDB where there is one; `null`: memory only. */
  outbox?: OutboxStorage | null
  /** Default: `navigator.locks`; `null`, and where there are none: the tabs ask each other. */
  locks?: LocksLike | null
  /** Default: a `BroadcastChannel`. */
  channel?: (name: string) => ChannelLike
}

export type Role = 'leader' | 'follower'

/**
 * A client that the tabs of one browser share: one of them, the leader, owns the socket and sends what is in the outbox, the others
 * send and hear through it. When the leader is closed or dies another one takes over at once (within a second where there are no
 * Web Locks), goes on behind what it was told, and sends what the dead one had not.
 *
 * A tab takes part from `connect` to `disconnect`. Rooms that one tab joins or leaves are joined and left for all; the last word of
 * `setAway` holds. `onFrame` hears in the leader only.
 */
export interface SharedClient extends OutboxClient {
  readonly role: Role
  onRole(listener: (role: Role) => void): () => void
}
