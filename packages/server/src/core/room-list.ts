import type { RoomList } from '../ports/service.ts'
import type { Context } from './context.ts'
import { hindranceOf } from './moderation/guard.ts'
import type { Marked } from './moderation/marks.ts'
import { partialOf } from './presence-report.ts'

/** Rooms that are looked at for one answer at most: whoever may read few of many does not make the server look at all of them. */
export const MAX_LOOKED_THROUGH = 100_000

/** Rooms that one read of the store brings where some are left out. */
const STORE_PAGE = 1_000

/** Rooms that hold entries or people, by name, behind `after`, without those that may not be read, or from which `who` is banned: these are left out as if they did not exist. */
export async function listRooms(
  context: Context,
  who: Marked,
  after: string,
  limit: number,
): Promise<RoomList> {
  const { permissions, rooms, logs } = context
  const isListed = (room: string): boolean =>
    permissions.judge(who, room, 'read').allowed && hindranceOf(context, who, room, 'read') === null
  const { heads, isTruncated } = await readHeads(context, isListed, after, limit)
  for (const { name } of rooms.all())
    if (name > after && !heads.has(name) && isListed(name)) heads.set(name, 0)
  const listed = [...heads.keys()]
    .sort((a, b) => (a < b ? -1 : 1))
    .slice(0, limit)
    .map((room) => ({
      room,
      connected_count: rooms.get(room)?.count ?? 0,
      head_seq: Math.max(heads.get(room) ?? 0, logs.get(room)?.head ?? 0),
    }))
  return { rooms: listed, ...(isTruncated ? { truncated: true } : null), ...partialOf(context) }
}

/** Reads on until there are `limit` that are listed, or no more. */
async function readHeads(
  { store }: Context,
  isListed: (room: string) => boolean,
  after: string,
  limit: number,
): Promise<{ heads: Map<string, number>; isTruncated: boolean }> {
  const heads = new Map<string, number>()
  let last = after
  let asked = limit
  for (let looked = 0; looked < MAX_LOOKED_THROUGH; looked += asked) {
    asked = looked === 0 ? limit : STORE_PAGE
    const page = await store.rooms(last, asked)
    for (const { room, head } of page) if (isListed(room)) heads.set(room, head)
    last = page.at(-1)?.room ?? last
    if (page.length < asked || heads.size >= limit) return { heads, isTruncated: false }
  }
  return { heads, isTruncated: true }
}
