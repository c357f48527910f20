import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'

export interface CuttingProxy {
  readonly port: number
  /** Silent: nothing passes any more in the direction of the client, or in both. */
  mute(direction: 'answers' | 'both'): void
  /** Cuts every connection. */
  cut(): void
  /** New connections, and those that are left, pass again. */
  heal(): void
  close(): Promise<void>
}

/** Stands between a client and a server on this machine, and fails when told to. */
export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  const pairs = new Set<readonly [client: Socket, server: Socket]>()
  let muted: 'answers' | 'both' | null = null
  const proxy = createServer((client) => {
    const server = connect(target, '127.0.0.1')
    const pair = [client, server] as const
    pairs.add(pair)
    client.on('data', (bytes) => muted === 'both' || server.write(bytes))
    server.on('data', (bytes) => muted !== null || client.write(bytes))
    for (const socket of pair) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        client.destroy()
        server.destroy()
      })
    }
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  const cut = () => {
    for (const [client, server] of pairs) {
      client.destroy()
      server.destroy()
    }
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mute(direction) {
      muted = direction
    },
    cut,
    heal() {
      muted = null
    },
    async close() {
      proxy.close()
      cut()
      await once(proxy, 'close')
    },
  }
}
