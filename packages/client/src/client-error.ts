import type { ErrorCode, ServerMessageOf } from '@roomful/protocol'

/**
 * Why a request failed: the server's own code, or one of ours.
 * `offline`: it was not sent. `closed`, `timeout`, `bad_frame`: it was sent, and no usable answer came; the server may have done it.
 * `outbox_full`: it was not taken into the outbox. `expired`, `other_person`: it waited there too long, or for somebody else; an earlier
 * try may have arrived.
 */
export type ClientErrorCode =
  | ErrorCode
  | 'offline'
  | 'timeout'
  | 'closed'
  | 'bad_frame'
  | 'outbox_full'
  | 'expired'
  | 'other_person'

/** A request that was refused or not answered. `message` of a refusal is the server's sentence in the client's language. */
export class ClientError extends Error {
  readonly code: ClientErrorCode
  /** Whether the same request may succeed later. Sending a message again under the same `clientId` never doubles it (V3). */
  readonly retryable: boolean
  /** Milliseconds to wait before the next try; at most five minutes. */
  readonly retryAfterMs: number | undefined
  /** Field of the request that was wrong. */
  readonly field: string | undefined

  constructor(
    code: ClientErrorCode,
    message: string,
    details: { retryable?: boolean; retryAfterMs?: number | undefined; field?: string | undefined } = {},
  ) {
    super(message)
    this.name = 'ClientError'
    this.code = code
    this.retryable = details.retryable ?? false
    this.retryAfterMs = details.retryAfterMs
    this.field = details.field
  }
}

/** The error that a refusal becomes. */
export function refusedBy(frame: ServerMessageOf<'error'>): ClientError {
  return new ClientError(frame.code, frame.message, {
    retryable: frame.retryable === true,
    retryAfterMs: frame.retry_after_ms,
    field: frame.field,
  })
}
