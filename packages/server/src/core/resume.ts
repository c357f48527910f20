import type { ServerMessageOf } from '@roomful/protocol'
import type { Log } from './log.ts'

/** The last entry that a client has. */
export interface Since {
  readonly epoch: string
  readonly seq: number
}

/** What a client that resumes is told: everything follows, or nothing of it does. */
export type Resume = NonNullable<ServerMessageOf<'system'>['resume']>

/**
 * V8: whether all that came after `since` can be given. A number that this log has not reached, like another epoch, is of
 * another history: nothing can be said about what came after it.
 */
export function resumeOf(log: Log, since: Since, epoch: string): Resume {
  const known = since.epoch === epoch && since.seq <= log.head
  const kept = since.seq >= log.first - 1
  return known && kept
    ? { outcome: 'full', after: since.seq }
    : { outcome: 'gap', first_available: log.first }
}
