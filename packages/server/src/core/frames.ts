/** JSON texts of the frames that carry data, built by hand: each is made once and shared by all who get it. */
import { type ErrorCode, ERRORS, PRIVATE_LOG } from '@roomful/protocol'
import type { Entry } from '../ports/store.ts'
import { Frame } from './tail.ts'

/** Name of a person's private log in the store. No room name begins so. */
export function privateLogName(personId: string): string {
  return `@${personId}`
}

/** The frame of an entry. A private message in its author's own log is the author's copy, which only v1 gets. */
export function entryFrame(entry: Entry): Frame {
  const own =
    entry.kind === 'private' && entry.authorId !== null && entry.log === privateLogName(entry.authorId)
  return new Frame(entry.seq, entryJson(entry), own && entry.target !== entry.author)
}

export function entryJson(entry: Entry): string {
  const rest = `,"message":${JSON.stringify(entry.text)},"timestamp":"${entry.timestamp}","id":"${entry.id}","seq":${entry.seq}`
  if (entry.kind === 'message')
    return `{"type":"message","username":${JSON.stringify(entry.author)}${rest},"room":${JSON.stringify(entry.log)}}`
  return `{"type":"private","from":${JSON.stringify(entry.author)},"to":${JSON.stringify(entry.target)}${rest},"room":"${PRIVATE_LOG}"}`
}

/** Fields that a refusal may carry besides code and message. */
export interface ErrorDetails {
  readonly field?: string | undefined
  readonly retry_after_ms?: number | undefined
  readonly target_user?: string | undefined
  readonly room?: string | undefined
  readonly client_id?: string | undefined
  readonly request_id?: string | undefined
}

export function errorJson(code: ErrorCode, message: string, details?: ErrorDetails): string {
  const { retryable } = ERRORS[code]
  return JSON.stringify({ type: 'error', message, code, ...(retryable ? { retryable } : null), ...details })
}
