// Peer: what one writes by hand with `ws`: a set of clients for each room, a loop, a send. node ws.mjs PORT [compress]
import { WebSocketServer } from 'ws'
import { chatMessage, isEcho, seatOf } from './payload.mjs'

/** @type {Map<string, { seq: number, clients: Set<import('ws').WebSocket> }>} */
const rooms = new Map()

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  perMessageDeflate: process.argv[3] === 'compress',
})

server.on('connection', (client, request) => {
  const target = request.url ?? '/'
  client.on('error', () => {})
  if (isEcho(target)) {
    client.on('message', (data) => client.send(`Echo: ${String(data)}`))
    return
  }
  const { username, room: name } = seatOf(target)
  const room = rooms.get(name) ?? { seq: 0, clients: new Set() }
  rooms.set(name, room)
  room.clients.add(client)
  client.on('close', () => room.clients.delete(client))
  client.on('message', (data) => {
    /** @type {{ message: string }} */
    const { message } = JSON.parse(String(data))
    room.seq += 1
    const text = JSON.stringify(chatMessage(username, message, room.seq, name))
    for (const other of room.clients) other.send(text)
  })
})
