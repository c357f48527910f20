/** A key of tokens that goes while its bearers are here, on a server of two workers. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { keySetOf, signer } from '../../packages/server/testing/tokens.ts'
import { type ChatClient, cutAll, dial, freshRoom } from '../support/chat-client.ts'
import { cutReaders, EventReader } from '../support/event-reader.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const [old, young] = [signer('old'), signer('young')]
const ann = () => ({ authorization: `Bearer ${old.token({ aud: 'chat' })}` })
const bob = () => ({ authorization: `Bearer ${young.token({ aud: 'chat', sub: 'u-2', name: 'Bob' })}` })

let server: RunningServer
let issuer: Server
let set = keySetOf(old, young)
let bodies = 0

beforeAll(async () => {
  issuer = createServer((request, response) => {
    const etag = `"${set.length}"`
    const isSame = request.headers['if-none-match'] === etag
    if (!isSame) bodies += 1
    response.writeHead(isSame ? 304 : 200, { etag }).end(isSame ? '' : set)
  })
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
  const jwks = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`
  // Once a second in the place of three, for what a busy machine adds.
  const often = ['--jwt-jwks', jwks, '--jwt-jwks-interval', '1']
  server = await startServer({
    args: ['--workers', '2', '--auth', 'jwt', '--jwt-audience', 'chat', ...often],
  })
  const started = () => server.output().split('"msg":"started"').length - 1
  await vi.waitFor(() => expect(started()).toBe(2), { timeout: 20_000 })
})
afterAll(async () => {
  cutReaders()
  await cutAll()
  await server.kill()
  issuer.close()
})

/** On a busy machine a worker that has just started may not be able to judge a token yet. */
async function enter(headers: Record<string, string>): Promise<ChatClient> {
  const client = await dial(server, `/ws/chat?room=${freshRoom()}`, { headers })
  const first = await client.inbox.next(() => true, 'the first frame')
  return first.type === 'error' && first.code === 'unavailable' ? enter(headers) : client
}

it('AU11: reaches the sockets and streams of all workers within 5 s, and when the keys cannot be read nobody', async () => {
  const leaving = await Promise.all(Array.from({ length: 6 }, () => enter(ann())))
  const staying = await enter(bob())
  const stream = await EventReader.open(`${server.url}/api/v1/rooms/lobby/events`, ann())
  await stream.next('system')
  const since = performance.now()
  set = keySetOf(young)
  for (const client of leaving) expect(await client.closed()).toEqual({ code: 1008, reason: 'Unauthorized' })
  await stream.ended()
  expect(performance.now() - since).toBeLessThan(5_000)
  expect((await fetch(`${server.url}/api/v1/session`, { headers: ann() })).status).toBe(401)
  // However often they have looked, each worker was sent each set once.
  expect(bodies).toBe(4)
  issuer.close()
  issuer.closeAllConnections()
  await expect.poll(() => server.output(), { timeout: 20_000 }).toContain('keys_not_read')
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  expect((await fetch(`${server.url}/api/v1/session`, { headers: bob() })).status).toBe(200)
  staying.send({ message: 'still here' })
  expect(await staying.next('message')).toMatchObject({ username: 'Bob' })
})
