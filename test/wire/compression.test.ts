import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type RunningServer, startServer } from '../support/server.ts'

const PROSE = 'A room is a log, and a connection is a cursor. 聊天室是一份記錄，連線是一個游標。'.repeat(20)

interface Listener {
  readonly socket: WebSocket
  readonly received: Promise<string>
  /** Bytes that the transport brought, handshake included. */
  bytes(): number
}

function listen(
  server: RunningServer,
  perMessageDeflate: ConstructorParameters<typeof WebSocket>[2] & object,
): Promise<Listener> {
  const socket = new WebSocket(`${server.wsUrl}/ws/chat`, perMessageDeflate)
  let transport: { bytesRead: number } | undefined
  socket.on('upgrade', (response) => {
    transport = response.socket
  })
  const received = new Promise<string>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { type: string; message: string }
      if (frame.type === 'message') resolve(frame.message)
    })
  })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ socket, received, bytes: () => transport?.bytesRead ?? 0 }))
    socket.once('error', reject)
  })
}

describe('compression', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({ args: ['--compression', 'on'] })
  })
  afterAll(() => server.stop())

  it('compresses for those who offer it, not for others, and everybody reads the same text', async () => {
    const zipped = await listen(server, { perMessageDeflate: true })
    const plain = await listen(server, { perMessageDeflate: false })
    const small = await listen(server, { perMessageDeflate: { serverMaxWindowBits: 9 } })
    expect(zipped.socket.extensions).toBe('permessage-deflate')
    expect([plain.socket.extensions, small.socket.extensions]).toEqual(['', ''])
    const before = [zipped.bytes(), plain.bytes()] as const
    zipped.socket.send(JSON.stringify({ message: PROSE }))
    for (const { received } of [zipped, plain, small]) expect(await received).toBe(PROSE)
    const [less, full] = [zipped.bytes() - before[0], plain.bytes() - before[1]]
    expect(less).toBeLessThan(full * 0.4)
    for (const { socket } of [zipped, plain, small]) socket.terminate()
  })

  it('is off unless it is switched on', async () => {
    const other = await startServer()
    const client = await listen(other, { perMessageDeflate: true })
    expect(client.socket.extensions).toBe('')
    client.socket.terminate()
    await other.stop()
  })
})
