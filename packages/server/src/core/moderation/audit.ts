/** MO12: what moderators did, and what holds now. */
import type { AuditPage, SanctionSummary } from '../../ports/moderation.ts'
import type { Context } from '../context.ts'
import { type Act, actOf, lineOf, MODERATION_LOG, untilOf } from './acts.ts'
import { isAddressMark } from './marks.ts'

/** Entries of the log that are looked through for one page: of a room where little happened it may be empty, and tell where to go on. */
const MAX_LOOKED_THROUGH = 2_000

/** Entries that one read brings. */
const PAGE = 200

/** Mutes and bans that are listed at most, newest first. */
const MAX_LISTED = 1_000

/** Newest first, below the number `before`. Rejects with `StoreUnavailable`. */
export async function auditOf(
  context: Context,
  room: string,
  before: number,
  limit: number,
): Promise<AuditPage> {
  const { moderation, store } = context
  await moderation.waitUntilKnown()
  const acts: Act[] = []
  let from = before
  for (let looked = 0; looked < MAX_LOOKED_THROUGH && from > 1 && acts.length < limit; looked += PAGE) {
    const page = await store.read(MODERATION_LOG, { before: from }, PAGE)
    for (const entry of page.toReversed()) {
      if (acts.length === limit) break
      from = entry.seq
      const line = lineOf(entry)
      if ('act' in line && line.act.room === room) acts.push(actOf(entry, line.act))
    }
    if (page.length < PAGE && from <= (page[0]?.seq ?? from)) from = 1
  }
  return { ...stateOf(context, room), acts: acts.map(actSummary), next_before: from > 1 ? from : null }
}

/** What holds in a room, or on the whole server. */
function stateOf({ moderation }: Context, room: string): Omit<AuditPage, 'acts' | 'next_before'> {
  moderation.forgetEnded()
  const place = moderation.place(room)
  const all = [...(place?.sanctions() ?? [])].sort((a, b) => b.seq - a.seq)
  return {
    room,
    slow_seconds: place?.settings.get('slow')?.seconds ?? 0,
    locked: place?.settings.has('lock') ?? false,
    read_only: place?.settings.has('read_only') ?? false,
    sanctions: all.slice(0, MAX_LISTED).map(actSummary),
    ...(all.length > MAX_LISTED && { truncated: true }),
  }
}

function actSummary(act: Act): SanctionSummary {
  const { id, seq, action, name, by, at, seconds, reason, about, aboutIn, marks, withAddress } = act
  const until = untilOf(act)
  return {
    id,
    seq,
    action,
    ...(name !== null && { username: name }),
    by,
    timestamp: new Date(at).toISOString(),
    ...(seconds !== null && { seconds }),
    ...(until !== undefined && { until }),
    ...(reason !== '' && { reason }),
    ...(about !== null && { message_seq: about }),
    ...(aboutIn !== undefined && { said_in: aboutIn }),
    ...((withAddress || marks.some(isAddressMark)) && { by_address: true }),
  }
}
