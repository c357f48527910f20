import type { Context } from './context.ts'
import type { Person } from './people.ts'

/** V18: tells the rooms of a person that is away now, or is not any more. Somebody is away whose connections all are. */
export function tellPresence(context: Context, person: Person): void {
  const { away, name } = person
  if (name === null || away === person.toldAway) return
  person.toldAway = away
  for (const roomName of person.rooms) {
    const room = context.rooms.get(roomName)
    if (room === undefined) continue
    room.setAway(person, away)
    if (room.count <= context.options.signalRoomPeople)
      context.signals.presence(room.log, name, away ? 'away' : 'back')
  }
}
