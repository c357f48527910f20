/** What other nodes tell. */
import { PRIVATE_LOG } from '@roomful/protocol'
import type { Hint, Signal, Usage } from '../ports/bus.ts'
import type { Context } from './context.ts'
import { isPrivateLog, privateLogName } from './frames.ts'

type Read = Extract<Signal, { kind: 'read' }>

/** Another node tells something. */
export function hear(
  context: Context,
  { entries = [], signals = [], presence = [], traces }: Hint,
  from: string,
): void {
  if (traces !== undefined) context.tracer?.heard(traces)
  for (const entry of entries) {
    context.logs.ingest(entry)
    if (context.moderation.isSlow) context.moderation.saw(entry)
  }
  for (const signal of signals)
    if (signal.kind === 'usage') context.limits.hear(signal, from)
    else hearSignal(context, signal, from)
  for (const told of presence)
    if (told.kind === 'ask') context.cluster?.share.asked(told)
    else context.cluster?.remote.hear(told, from)
}

/** Somebody on another node does something at this moment. */
function hearSignal(context: Context, signal: Exclude<Signal, Usage>, from: string): void {
  if (signal.kind === 'read') {
    if (context.markers.raise(signal.person, signal.log, signal.seq)) tellMarker(context, signal)
    return
  }
  const { log, person, name } = signal
  const people = isPrivateLog(log) ? 0 : (context.rooms.get(log)?.count ?? 0)
  if (people > context.options.signalRoomPeople) return
  context.signals.typing(log, name === null ? `${from} ${person}` : person, name)
}

/** V17: a person has read further, on whichever node: tells the room, and those of their own connections here that would not hear of it there. */
export function tellMarker({ signals, rooms, everybody, options }: Context, read: Omit<Read, 'kind'>): void {
  const { log, name, seq } = read
  const inbox = privateLogName(read.person)
  const room = rooms.get(log)
  const toRoom = room !== undefined && room.count <= options.markerRoomPeople
  if (toRoom) signals.marker(log, log, name, seq)
  const person = everybody.find(read.person)
  if (person === undefined || person.connections === 0) return
  if (!toRoom || room.connectionsOf(person) < person.connections)
    signals.marker(inbox, log === inbox ? PRIVATE_LOG : log, name, seq)
}
