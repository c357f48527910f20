// Peer: Socket.IO with a room. node socketio.mjs PORT
import { createRequire } from 'node:module'
import { chatMessage } from './payload.mjs'

/**
 * The part of Socket.IO that is used here: it is installed beside the bench only, and by request.
 * @typedef {{ handshake: { auth: { user: string, room: string } }, join(room: string): void, on(event: 'message', listener: (body: { message: string }) => void): void }} Socket
 */
/** @typedef {{ on(event: 'connection', listener: (socket: Socket) => void): void, to(room: string): { emit(event: string, body: object): void } }} SocketServer */
/** @typedef {{ Server: new (port: number, options: object) => SocketServer }} SocketIo */

const load = createRequire(new URL('../.peers/package.json', import.meta.url))
const { Server } = /** @type {SocketIo} */ (load('socket.io'))

/** @type {Map<string, number>} */
const seqs = new Map()

const io = new Server(Number(process.argv[2]), { transports: ['websocket'], pingInterval: 3_600_000 })

io.on('connection', (socket) => {
  const { user, room } = socket.handshake.auth
  socket.join(room)
  socket.on('message', ({ message }) => {
    const seq = (seqs.get(room) ?? 0) + 1
    seqs.set(room, seq)
    io.to(room).emit('message', chatMessage(user, message, seq, room))
  })
})
