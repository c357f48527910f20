import { type ClientMessage, type ClientMessageOf, PRIVATE_LOG } from '@roomful/protocol'
import { ClientError } from './client-error.ts'
import type { Moderation } from './moderation.ts'
import { bytesOf } from './outbox-items.ts'
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
  const { kind = 'message', text = '', to, room, replyTo, seq, epoch, remove } = draft
  return {
    type: kind,
    message: kind === 'message' || kind === 'edit' ? text : undefined,
    emoji: kind === 'reaction' ? text : undefined,
    seq,
    epoch: kind !== 'message' || replyTo !== undefined ? epoch : undefined,
    remove,
    target_user: to,
    reply_to: replyTo,
    room: to === undefined ? room : undefined,
    client_id: clientId,
  }
}

/** What asks the server to moderate. */
export function moderateFrame(
  { action, room, user, address, withAddress, seq, epoch, saidIn, beforehand, seconds, reason }: Moderation,
  clientId: string,
): Loose<ClientMessageOf<'moderate'>> {
  return {
    type: 'moderate',
    action,
    room,
    target_user: user,
    target_address: address,
    with_address: withAddress,
    seq,
    epoch: seq === undefined ? undefined : epoch,
    said_in: saidIn,
    beforehand,
    seconds,
    reason,
    client_id: clientId,
  }
}

/** Longest frame in bytes of UTF-8 that is sent when a welcome names no limit: the server's default. */
const DEFAULT_MAX_FRAME_BYTES = 65_536

/** Throws `too_large` for what the server would close the connection for (ER6): after a reconnect the same would happen again. */
export function frameText(message: Loose<ClientMessage>, limit = DEFAULT_MAX_FRAME_BYTES): string {
  const text = JSON.stringify(message)
  if (text.length * 3 > limit && bytesOf(text) > limit)
    throw new ClientError('too_large', `A frame holds at most ${limit} bytes.`, { field: 'message' })
  return text
}
