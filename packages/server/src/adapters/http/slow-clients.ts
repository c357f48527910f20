import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/** Requests of one connection that are worked on or whose answers wait to be taken; one more ends it. */
export const MAX_UNANSWERED = 2

/** Milliseconds for which a peer may take nothing of an answer, or send nothing of a request. */
export const STALLED_MS = 30_000

/**
 * LI10: whoever sends request upon request without reading the answers (RFC 9112 section 9.3.2) would have all of them made, and kept for them. Clients that
 * do send ahead know that the connection may end, and ask again.
 */
export function limitUnanswered(handler: RequestListener): RequestListener {
  const unanswered = new WeakMap<Socket, number>()
  return (request, response) => {
    const { socket } = request
    const count = (unanswered.get(socket) ?? 0) + 1
    if (count > MAX_UNANSWERED) return void socket.destroy()
    unanswered.set(socket, count)
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1))
    handler(request, response)
  }
}
