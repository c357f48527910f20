import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Family } from '../../ports/metrics.ts'

/** Counts the answers of a server, and the bytes of WebSockets and requests: the system counts those for each socket anyway, so nothing is done per message. */
export function trafficOf(http: Server): () => readonly Family[] {
  const living = new Set<Socket>()
  const statuses: Record<string, number> = { '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 }
  http.on('request', (_request, response: ServerResponse) => {
    response.once('close', () => {
      const status = `${Math.trunc(response.statusCode / 100)}xx`
      if (response.headersSent && status in statuses) statuses[status] = (statuses[status] ?? 0) + 1
    })
  })
  let received = 0
  let sent = 0
  // One listener for all sockets: one of its own is 300 bytes for each WebSocket.
  function onClose(this: Socket): void {
    living.delete(this)
    received += this.bytesRead
    sent += this.bytesWritten
  }
  http.on('connection', (socket: Socket) => {
    living.add(socket)
    socket.on('close', onClose)
  })
  return () => {
    let [receivedNow, sentNow] = [received, sent]
    for (const { bytesRead, bytesWritten } of living) {
      receivedNow += bytesRead
      sentNow += bytesWritten
    }
    return [
      {
        type: 'gauge',
        name: 'roomful_network_sockets',
        merge: 'sum',
        help: 'Open sockets, of WebSockets and of requests.',
        samples: [{ labels: {}, value: living.size }],
      },
      {
        type: 'counter',
        name: 'roomful_http_responses_total',
        help: 'Requests over HTTP that were answered, by class of status; upgrades are none.',
        merge: 'sum',
        samples: Object.entries(statuses).map(([status, value]) => ({ labels: { status }, value })),
      },
      bytes('roomful_network_received_bytes_total', 'Bytes read from sockets.', receivedNow),
      bytes('roomful_network_sent_bytes_total', 'Bytes given to sockets.', sentNow),
    ]
  }
}

function bytes(name: string, help: string, value: number): Family {
  return { type: 'counter', name, help, merge: 'sum', samples: [{ labels: {}, value }] }
}
