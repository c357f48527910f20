import type { ErrorCode, ServerMessageOf } from '@roomful/protocol'

/**
 * Why a request failed: the server's own code, or one of ours.
 * `offline`: it was not sent. `closed`, `timeout`, `bad_frame`: it was sent, and no usable answer came; the server may have done it.
 * `outbox_full`, and there `conflict` and `invalid_room`: it was not taken into the outbox. `expired`, `other_person`: it waited there too long, or for somebody else; an earlier
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
  declare readonly code: ClientErrorCode
  /** Whether the same request may succeed later. Sending a message again under the same `clientId` never doubles it (V3). */
  declare readonly retryable: boolean
  /** Milliseconds to wait before the next try; at most five minutes. */
  declare readonly retryAfterMs: number | undefined
  /** Field of the request that was wrong. */
  declare readonly field: string | undefined

  constructor(
    code: ClientErrorCode,
    message: string,
    {
      retryable = false,
      retryAfterMs,
      field,
    }: {
      retryable?: boolean | undefined
      retryAfterMs?: number | undefined
      field?: string | undefined
    } = {},
  ) {
    super(message)
    this.name = 'ClientError'
    this.code = code
    this.retryable = retryable
    this.retryAfterMs = retryAfterMs
    this.field = field
  }
}

/** The error that a refusal becomes. */
export function refusedBy(frame: ServerMessageOf<'error'>): ClientError {
  const { code, message, retryable, retry_after_ms: retryAfterMs, field } = frame
  return new ClientError(code, message, { retryable, retryAfterMs, field })
}

const UNANSWERED = {
  offline: 'Not connected.',
  closed: 'The connection ended before the answer.',
  timeout: 'No answer in time.',
  bad_frame: 'The answer makes no sense.',
  rate_limited: 'Too many requests are under way.',
} as const satisfies { readonly [Code in ClientErrorCode]?: string }

/** The error of a request that has no usable answer. The same one may succeed later. */
export function unanswered(code: keyof typeof UNANSWERED): ClientError {
  return new ClientError(code, UNANSWERED[code], { retryable: true })
}

export function asClientError(error: unknown): ClientError {
  return error instanceof ClientError ? error : new ClientError('internal', String(error))
}
