import type { ClientMessageOf } from '@roomful/protocol'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import { textFault } from '../text-fault.ts'
import { appendChange } from './change.ts'

/** V11: the author gives a message another text. */
export function handleEdit(
  context: Context,
  connection: Connection,
  open: Open,
  edit: ClientMessageOf<'edit'>,
): void {
  const fault = textFault(connection.texts, context.options.maxMessageBytes, edit.message)
  if (fault !== null)
    return connection.refuse(fault.code, fault.message, { field: 'message', client_id: edit.client_id })
  appendChange(context, connection, open, edit, 'edit', edit.message)
}
