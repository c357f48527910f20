/** What the parent and its workers say to each other beside what goes through the pipe of the data. */
import type { Collected } from './adapters/metrics/process-metrics.ts'
import type { Settings } from './config/settings.ts'
import type { DrainReason } from './core/drain-state.ts'

/** What a worker needs to know of the data that its parent has opened. */
export interface ParentData {
  readonly epoch: string
  /** Names the worker among the others, on the bus and in the registry. */
  readonly node: string
  /** As base64. */
  readonly secret: string
}

/** The first message to a worker, when that is awake. */
export interface ServeOrder {
  readonly type: 'serve'
  /** Names it in the log: 1, 2, 3 …. */
  readonly worker: number
  readonly settings: Settings
  /** `null` where each worker opens the data for itself. */
  readonly data: ParentData | null
}

export type ToWorker =
  | ServeOrder
  | { readonly type: 'drain'; readonly reason: DrainReason }
  /** Connections of all other workers. */
  | { readonly type: 'elsewhere'; readonly connections: number }
  /** It shall tell its metrics, under this number. */
  | { readonly type: 'collect'; readonly number: number }
  /** Those of all processes, for which it has asked under this number. */
  | {
      readonly type: 'gathered'
      readonly number: number
      readonly processes: readonly (readonly Collected[])[]
    }

export type FromWorker =
  /** It has begun to listen to its parent: `node:cluster` loses what was sent before. */
  | { readonly type: 'awake' }
  /** It listens. */
  | { readonly type: 'ready'; readonly port: number }
  /** It cannot serve, and ends. `message` is a sentence for the operator. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'connections'; readonly here: number }
  /** Its event loop turns. */
  | { readonly type: 'alive' }
  /** It wants the metrics of all processes. */
  | { readonly type: 'gather'; readonly number: number }
  | { readonly type: 'collected'; readonly number: number; readonly families: readonly Collected[] }

/** The file descriptor of the pipe of the data: behind those of the standard streams and of these messages. */
export const DATA_PIPE = 4
