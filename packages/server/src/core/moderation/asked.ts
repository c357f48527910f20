import type { Lang } from '@roomful/protocol'
import type { ModerationRequest } from '../../ports/moderation.ts'
import type { Marked } from './marks.ts'

/** Who asks. */
export interface Moderator extends Marked {
  readonly name: string
  readonly person: string | null
  readonly lang: Lang
}

export type Asked = Omit<ModerationRequest, 'client_id'>

/** What was asked for. A command may be read in several ways, which differ in where the name ends: the shortest name first. */
export type Readings = readonly [Asked, ...Asked[]]
