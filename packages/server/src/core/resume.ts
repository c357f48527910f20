import type { ServerMessageOf } from '@roomful/protocol'
import type { Log } from './log.ts'

/** The last entry that a client has. */
export interface Since {
  readonly epoch: string
  readonly seq: number
}

/** What a client that resumes is told: everything follows, or nothing of it does. */
export type Resume = NonNullable<ServerMessageOf<'system'>['resume']>

/** Number of the oldest entry that the store still has. */
const FIRST_AVAILABLE = 1

/**
 * V8: whether all that came after `since` can be given. A number that this log has not reached, like another epoch, is of
 * another history: nothing can be said about what came after it.
 */
export function resumeOf(log: Log, since: Since, epoch: string): Resume {
  return since.epoch === epoch && since.seq <= log.head
    ? { outcome: 'full', after: since.seq }
    : { outcome: 'gap', first_available: FIRST_AVAILABLE }
}
