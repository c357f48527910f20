import type { ClientMessageOf } from '@roomful/protocol'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import { appendChange } from './change.ts'

/** V12: the author takes a message back. */
export function handleDelete(
  context: Context,
  connection: Connection,
  open: Open,
  deletion: ClientMessageOf<'delete'>,
): void {
  appendChange(context, connection, open, deletion, 'delete', '')
}
