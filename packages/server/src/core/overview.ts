/** What an operator sees of a server beside its numbers: its nodes, and the rooms with most people. */
import type { NodeSummary, Overview } from '../ports/service.ts'
import type { Context } from './context.ts'
import { partialOf } from './presence-report.ts'
import type { Room } from './room.ts'

/** Rejects with `StoreUnavailable`. */
export async function overviewOf(context: Context, limit: number): Promise<Overview> {
  const fullest = fullestOf(context.rooms.all(), limit)
  const heads = await context.store.heads(fullest.map(({ name }) => name))
  return {
    nodes: nodesOf(context),
    rooms: fullest.map(({ name, count }, i) => ({
      room: name,
      connected_count: count,
      head_seq: heads[i] ?? 0,
    })),
    ...partialOf(context),
  }
}

/** The fullest first. Looks at each room once: there may be very many. */
function fullestOf(rooms: Iterable<Room>, limit: number): Room[] {
  const fullest: Room[] = []
  for (const room of rooms) {
    let i = fullest.length
    while (i > 0 && (fullest[i - 1]?.count ?? 0) < room.count) i--
    if (i >= limit) continue
    fullest.splice(i, 0, room)
    if (fullest.length > limit) fullest.pop()
  }
  return fullest
}

function nodesOf({ cluster, connections }: Context): NodeSummary[] {
  const here = new Set<unknown>()
  for (const { state } of connections) if (state.phase === 'open') here.add(state.person)
  const nodes: NodeSummary[] = [
    { node: cluster?.node ?? null, people: here.size, answers: true, complete: true },
  ]
  for (const { node, people, isWhole } of cluster?.remote.nodes() ?? [])
    nodes.push({ node, people, answers: false, complete: isWhole })
  return nodes.sort((a, b) => ((a.node ?? '') < (b.node ?? '') ? -1 : 1))
}
