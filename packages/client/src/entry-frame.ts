import { type ClientMessageOf, PRIVATE_LOG } from '@roomful/protocol'
import type { OutboxDraft } from './outbox-entry.ts'

type EntryFrame = ClientMessageOf<'message' | 'edit' | 'delete' | 'reaction'>

/** A frame on its way out: JSON leaves out what is undefined. */
export type Loose<M> = M extends unknown ? { [K in keyof M]: M[K] | undefined } : never

/** The log in which it happens. */
export function logOf({ to, room }: Pick<OutboxDraft, 'to' | 'room'>, home: string): string {
  return to === undefined ? (room ?? home).normalize('NFC') : PRIVATE_LOG
}

/** What asks the server to do it. */
export function entryFrame(draft: OutboxDraft, clientId: string): Loose<EntryFrame> {
  const { kind = 'message', text = '', to, room, replyTo, seq = 0, epoch, remove } = draft
  const common = { room: to === undefined ? room : undefined, client_id: clientId }
  switch (kind) {
    case 'message':
      return {
        type: kind,
        message: text,
        target_user: to,
        reply_to: replyTo,
        ...(replyTo !== undefined && { epoch }),
        ...common,
      }
    case 'edit':
      return { type: kind, seq, epoch, message: text, ...common }
    case 'delete':
      return { type: kind, seq, epoch, ...common }
    case 'reaction':
      return { type: kind, seq, epoch, emoji: text, remove, ...common }
    default:
      return kind satisfies never
  }
}
