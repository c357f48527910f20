import { type ClientMessageOf, isEmoji, MAX_EMOJI_LENGTH } from '@roomful/protocol'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import { appendChange } from './change.ts'

/** V13: somebody puts an emoji on a message, or takes it back. */
export function handleReaction(
  context: Context,
  connection: Connection,
  open: Open,
  reaction: ClientMessageOf<'reaction'>,
): void {
  const { emoji, client_id } = reaction
  if (!isEmoji(emoji))
    return connection.refuse('bad_message', connection.texts.notAnEmoji(MAX_EMOJI_LENGTH), {
      field: 'emoji',
      client_id,
    })
  appendChange(
    context,
    connection,
    open,
    reaction,
    reaction.remove === true ? 'unreaction' : 'reaction',
    emoji,
  )
}
