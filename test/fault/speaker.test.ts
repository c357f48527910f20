import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { Speaker } from './harness/speaker.mjs'
import { sleep } from './harness/wait.mjs'

let server: WebSocketServer
afterEach(() => {
  for (const socket of server.clients) socket.terminate()
  server.close()
})

const WELCOME = {
  type: 'system',
  event: 'welcome',
  message: 'Welcome.',
  username: 'Speaker',
  room: 'lobby',
  connected_count: 1,
  connected_users: ['Speaker'],
  connection_id: 'c1',
  epoch: 'e1',
  head_seq: 0,
  private_head_seq: 0,
  resume_token: 't',
  person_id: 'p',
}

it('tries again what is refused at once no oftener than its pause allows, while the socket is closing', async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'roomful.v1' })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.on('connection', (socket, { socket: wire }) => {
    socket.send(JSON.stringify(WELCOME))
    // A close frame, and then silence: the client closes for as long as it has patience.
    wire.pause()
    wire.write(Buffer.from([0x88, 0x02, 0x03, 0xe9]))
  })
  const speaker = new Speaker({
    name: 'Speaker',
    url: `http://127.0.0.1:${port}`,
    room: 'lobby',
    random: Math.random,
  })
  speaker.client.connect()
  await new Promise<void>((resolve) => speaker.client.onState(({ phase }) => phase === 'online' && resolve()))
  await sleep(50)
  for (let i = 0; i < 25; i++) speaker.say(`m${i}`)
  await sleep(400)
  expect(speaker.online).toBe(true)
  const refused = [...speaker.refusals.values()].reduce((sum, count) => sum + count, 0)
  expect(refused).toBeGreaterThan(20)
  // Every message that is said is tried, then 20 at a time.
  expect(refused).toBeLessThan(25 * 20 + 20 * 20)
  speaker.leave()
})
