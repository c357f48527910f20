import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { ChatService } from '../../ports/service.ts'
import { isOwnAddress } from '../../ports/addresses.ts'
import { peerOf, trustedPeers } from '../proxies.ts'

/**
 * LI8: cuts off sockets of an address that has too many which have asked for nothing yet, or only over HTTP. Those of this machine are
 * nobody's or its proxies', and those of trusted proxies are the proxies' own business.
 */
export function limitSockets(http: Server, service: ChatService, proxies: readonly string[]): void {
  const isTrusted = trustedPeers(proxies)
  const places = new WeakMap<Socket, () => void>()
  http.on('connection', (socket) => {
    const address = peerOf(socket)
    if (isOwnAddress(address) || isTrusted(address)) return
    const leave = service.arrive(address)
    if (leave === null) return void socket.destroy()
    places.set(socket, leave)
    socket.once('close', leave)
  })
  http.on('upgrade', ({ socket }: IncomingMessage) => {
    const leave = places.get(socket)
    if (leave === undefined) return
    leave()
    socket.off('close', leave)
    places.delete(socket)
  })
}
