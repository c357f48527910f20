import type { ServerMessageOf } from '@roomful/protocol'
import type { ClientErrorCode } from './client-error.ts'

/** What becomes an entry of a log. */
export type OutboxKind = 'message' | 'edit' | 'delete' | 'reaction'

/** What shall be done, in a room (default: the one that the client connects to; `@me`: one's private log), or a message to one person. */
export interface OutboxDraft {
  /** Default: a message. */
  kind?: OutboxKind
  /** The message, the new text of an edit, or the emoji of a reaction. Default: empty, for a deletion. */
  text?: string
  room?: string | undefined
  to?: string | undefined
  /** Number of the message that a message answers. */
  replyTo?: number | undefined
  /** Number of the message that an edit, a deletion or a reaction is about. */
  seq?: number | undefined
  /** Epoch of the log in which that number was seen: in another one the server refuses it as `not_found`. Default: the log’s as it was last told. */
  epoch?: string | undefined
  /** Takes a reaction back. */
  remove?: boolean | undefined
  /** Default: a new UUID. */
  clientId?: string | undefined
}

/** `queued` → `sending` → `sent` or `failed`, and back to `queued` when it is to be sent again. */
export type OutboxState =
  /** `code`: why it was not taken so far; it is tried again at `retryAt` (milliseconds since 1970) or when online again. */
  | { readonly phase: 'queued'; readonly code?: ClientErrorCode; readonly retryAt?: number }
  | { readonly phase: 'sending' }
  /** Stored by the server and numbered. The outbox no longer holds it. */
  | { readonly phase: 'sent'; readonly ack: ServerMessageOf<'ack'> }
  /** Refused for good, or never sent: `expired` or `other_person`. Waits until it is sent again with `retry` or thrown away with `discard`. */
  | { readonly phase: 'failed'; readonly code: ClientErrorCode; readonly message: string }
  /** Thrown away, or gone by the hand of another tab that could not say how. The outbox no longer holds it. */
  | { readonly phase: 'discarded' }

/** One's own doing between the key press and its place in the log. Plain data, never changed: each change makes a new one. */
export interface OutboxEntry extends Omit<OutboxDraft, 'kind' | 'text'> {
  readonly kind: OutboxKind
  readonly clientId: string
  readonly text: string
  /** Where it happens; `@me` when it is private. */
  readonly room: string
  /** Milliseconds since 1970 when it was added, or sent again after it had failed; no two alike: the order of the outbox. */
  readonly at: number
  /** Whose it is, in the server's words (`person_id`). Missing until the client was online. */
  readonly person?: string | undefined
  readonly state: OutboxState
}

/** Whether entries outlive the page. `error`: what the storage said when it failed. */
export interface OutboxKeeping {
  persistent: boolean
  error?: unknown
}

/**
 * One's own messages, edits, deletions and reactions until the server has them. Each is kept in the storage before it is sent and until it is acknowledged or thrown away, and
 * bears one `client_id` all the time, so a reload, a lost answer or a second try never loses and never doubles it. Those of one log
 * are sent one after the other, in the order in which they were added.
 *
 * An entry belongs to the person who added it. When the server takes the same name for another person (the resume token was lost or is older than 7
 * days), or when the entry is older than 3 days, it is not sent but fails as `other_person` or `expired`, with its text, and a person decides.
 */
export interface Outbox {
  /** What is not yet with the server, in the order in which it was added. Those of an earlier life of the page come within moments. */
  readonly entries: readonly OutboxEntry[]
  /** Whether entries outlive the page, as far as known. */
  readonly persistent: boolean
  /**
   * Takes it at once; it is told to `onChange` before this returns. Throws a `ClientError`, and takes nothing: `outbox_full` beyond 1,000
   * entries or 4 MiB of text, `conflict` when an entry of that `clientId` is here, `invalid_room` when no room can bear that name.
   */
  add(draft: OutboxDraft): OutboxEntry
  /** Sends a failed one again under the same `client_id`, as new and by who one is now; and a queued one without waiting for its time. */
  retry(clientId: string): void
  /**
   * Throws a failed or queued one away and returns it; `undefined` when it is on its way or not there. In a tab that does not lead, the leader may
   * have been quicker: then it comes back as `sending`.
   */
  discard(clientId: string): OutboxEntry | undefined
  /** Every change of an entry, with what it has become. */
  onChange(listener: (entry: OutboxEntry) => void): () => void
  /** The storage failed: what is in the outbox and what is added to it lives as long as the page. */
  onKeeping(listener: (keeping: OutboxKeeping) => void): () => void
}
