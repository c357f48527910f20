import type { Connection } from '../connection.ts'
import type { Context } from '../context.ts'

/** V21: whether a number is of the log as it is. One that is of the log before a restored backup names something else now, and is refused. */
export function isOfThisLog(
  context: Context,
  connection: Connection,
  { epoch, client_id }: { readonly epoch?: string; readonly client_id?: string },
): boolean {
  if (epoch === undefined || epoch === context.store.epoch) return true
  connection.refuse('not_found', connection.texts.logBeganAnew, { field: 'epoch', client_id })
  return false
}
