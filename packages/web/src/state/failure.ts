import type { ClientErrorCode } from '@roomful/client'
import type { Dictionary } from '../i18n/dictionary.ts'

/** Why a message was not sent, as far as it makes a difference to its author. */
export type Failure =
  | 'refused'
  | 'too_large'
  | 'not_in_room'
  | 'gone'
  | 'too_fast'
  | 'unavailable'
  | 'forbidden'
  | 'expired'
  | 'other_person'

/** Every code has words; those that this page can hardly meet share them. */
function failureOf(code: ClientErrorCode): Failure {
  switch (code) {
    case 'too_large':
    case 'not_in_room':
    case 'unavailable':
    case 'expired':
    case 'other_person':
      return code
    case 'user_not_found':
      return 'gone'
    case 'slow_mode':
    case 'rate_limited':
    case 'too_many_errors':
      return 'too_fast'
    case 'going_away':
    case 'server_full':
    case 'internal':
      return 'unavailable'
    case 'muted':
    case 'read_only':
    case 'unauthorized':
    case 'name_required':
      return 'forbidden'
    default:
      return 'refused'
  }
}

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
