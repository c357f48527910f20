import type { Lang } from '@roomful/protocol'
import type { Logger } from '../../ports/logger.ts'
import type { ChatService } from '../../ports/service.ts'

export interface HttpSettings {
  /** Language of problems and of pages that were not asked for in another one. */
  readonly lang: Lang
  /** Origins that may publish, as in `originAllowed`. */
  readonly origins: readonly string[]
}

export interface HttpOptions {
  readonly service: ChatService
  readonly settings: HttpSettings
  readonly logger: Logger
  readonly version: string
  /** Folder of the built chat page. */
  readonly webRoot: string
}
