import type { Lang } from '@roomful/protocol'
import type { See } from '../proxies.ts'
import type { Logger } from '../../ports/logger.ts'
import type { ChatService } from '../../ports/service.ts'
import type { Exposition } from '../metrics/exposition.ts'

export interface HttpSettings {
  /** Language of problems and of pages that were not asked for in another one. */
  readonly lang: Lang
  /** Origins that may publish, as in `originAllowed`. */
  readonly origins: readonly string[]
  /** Peers that are believed, as in `trustedProxies`. */
  readonly trustedProxies: readonly string[]
  /** Who may read the metrics: whoever asks from this machine and through no proxy, everybody or nobody. */
  readonly metrics: 'loopback' | 'all' | 'off'
  /** Who is let in: `guest` everybody, `jwt` whoever shows a good token, `jwt+guest` both. */
  readonly auth: 'guest' | 'jwt' | 'jwt+guest'
}

export interface HttpOptions {
  readonly service: ChatService
  readonly settings: HttpSettings
  readonly logger: Logger
  readonly version: string
  /** Folder of the built chat page. */
  readonly webRoot: string
  /** The metrics of the whole server. Rejects with `Refusal`. */
  readonly scrape: () => Promise<Exposition>
}

/** What the routes get. */
export interface RouteOptions extends HttpOptions {
  /** Who asks, and for which host. */
  readonly see: See
}
