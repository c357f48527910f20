import type { MemorySocket } from './memory-socket.ts'

/** What shows that it is the same person, as a further request to connect. */
export function sameAs(socket: MemorySocket): { resumeToken: string } {
  return { resumeToken: String(socket.all()[0]?.['resume_token']) }
}

/** Kinds of the notices that a socket got since it was asked last, and whom they are about. */
export function noticesOf(socket: MemorySocket): [event: unknown, whom: unknown][] {
  return socket
    .news()
    .filter(({ event }) => event === 'join' || event === 'leave' || event === 'away' || event === 'back')
    .map(({ event, username, count, users }) => [event, username ?? users ?? count ?? null])
}
