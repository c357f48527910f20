import type { ClientErrorCode } from '@roomful/client'
import { failureOf } from '../state/failure.ts'
import type { Dictionary } from './dictionary.ts'

/** What the server refused, and in which words. */
export interface Refusal {
  readonly code: ClientErrorCode
  readonly message: string
}

/** Tells an author why it was not sent. What this page has no better words for, and what was to be a command, in those of the server. */
export function whyUnsent(t: Dictionary, text: string, { code, message }: Refusal): string {
  const failure = failureOf(code)
  const isTold = failure === 'gone' && text.startsWith('/')
  return failure === 'refused' || isTold ? t.refused(message) : t.failure[failure]
}
