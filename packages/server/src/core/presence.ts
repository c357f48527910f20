import type { Context } from './context.ts'
import type { Person } from './person.ts'

/** V18: tells the rooms, and the other nodes, of a person that is away now, or is not any more. Somebody is away whose connections all are. */
export function tellPresence(context: Context, person: Person): void {
  const { away, awayHere, name } = person
  if (name === null) return
  if (awayHere !== person.sharedAway) {
    person.sharedAway = awayHere
    if (person.connections > 0) context.cluster?.share.away(person)
  }
  if (away === person.toldAway) return
  person.toldAway = away
  for (const roomName of person.rooms) {
    const room = context.rooms.get(roomName)
    if (room === undefined) continue
    room.setAway(person, away)
    if (room.count <= context.options.signalRoomPeople)
      context.signals.presence(roomName, name, away ? 'away' : 'back')
  }
}
