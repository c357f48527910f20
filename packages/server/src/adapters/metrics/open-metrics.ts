import type { Metrics } from '../../ports/metrics.ts'
import type { Collected } from './process-metrics.ts'

/** The numbers of one process. */
export interface ServerMetrics extends Metrics {
  collect(): Promise<readonly Collected[]>
}

const NOBODY_ASKS: ServerMetrics = { add() {}, collect: async () => [] }

/** The library is loaded only where somebody may ask. */
export async function openMetrics(isOff: boolean): Promise<ServerMetrics> {
  if (isOff) return NOBODY_ASKS
  const { ProcessMetrics } = await import('./process-metrics.ts')
  return new ProcessMetrics()
}
