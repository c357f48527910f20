import type { ClientErrorCode } from '@roomful/client'

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
export function failureOf(code: ClientErrorCode): Failure {
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
