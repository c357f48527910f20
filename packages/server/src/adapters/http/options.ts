import type { Lang } from '@roomful/protocol'
import type { See } from '../proxies.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ChatService } from '../../ports/service.ts'

export interface HttpSettings {
  /** Language of problems and of pages that were not asked for in another one. */
  readonly lang: Lang
  /** Origins that may publish, as in `originAllowed`. */
  readonly origins: readonly string[]
  /** Peers that are believed, as in `trustedProxies`. */
  readonly trustedProxies: readonly string[]
}

export interface HttpOptions {
  readonly service: ChatService
  readonly settings: HttpSettings
  readonly logger: Logger
  readonly version: string
  /** Folder of the built chat page. */
  readonly webRoot: string
}

/** What the routes get. */
export interface RouteOptions extends HttpOptions {
  /** Who asks, and for which host. */
  readonly see: See
}
