// Peer: Bun's own publish. bun bun.mjs PORT [compress]
import { chatMessage, isEcho, seatOf } from './payload.mjs'

/** @typedef {import('./payload.mjs').Seat | null} Data null: an echo connection */
/** @typedef {{ data: Data, send(text: string): void, subscribe(topic: string): void }} Socket */
/**
 * The part of Bun that is used here.
 * @typedef {object} BunServer
 * @property {(request: Request, options: { data: Data }) => boolean} upgrade
 * @property {(topic: string, text: string, compress: boolean) => number} publish
 */
/**
 * @typedef {object} BunOptions
 * @property {string} hostname
 * @property {number} port
 * @property {(request: Request, server: BunServer) => Response | undefined} fetch
 * @property {{ perMessageDeflate: boolean, sendPings: boolean, open(socket: Socket): void, message(socket: Socket, text: string): void }} websocket
 */

const { serve } = /** @type {{ serve(options: BunOptions): BunServer }} */ (Reflect.get(globalThis, 'Bun'))
const compress = process.argv[3] === 'compress'

/** @type {Map<string, number>} */
const seqs = new Map()

const server = serve({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  fetch(request, upgrader) {
    const { pathname, search } = new URL(request.url)
    const data = isEcho(pathname) ? null : seatOf(pathname + search)
    return upgrader.upgrade(request, { data }) ? undefined : new Response(null, { status: 400 })
  },
  websocket: {
    perMessageDeflate: compress,
    sendPings: false,
    open(socket) {
      if (socket.data !== null) socket.subscribe(socket.data.room)
    },
    message(socket, text) {
      if (socket.data === null) {
        socket.send(`Echo: ${text}`)
        return
      }
      const { username, room } = socket.data
      /** @type {{ message: string }} */
      const { message } = JSON.parse(text)
      const seq = (seqs.get(room) ?? 0) + 1
      seqs.set(room, seq)
      server.publish(room, JSON.stringify(chatMessage(username, message, seq, room)), compress)
    },
  },
})
