import type { IncomingMessage } from 'node:http'

/** Whether a request wants to become a WebSocket, perhaps among other protocols (RFC 9110 section 7.8). A server may ignore what else it names, as `h2c`. */
export function namesWebSocket({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? '').split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket')
}
