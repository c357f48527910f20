import { once } from 'node:events'
import { createServer } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpFixture, httpFixture } from '../../../testing/http-fixture.ts'
import { EventSocket } from './events/event-socket.ts'
import { createEventEncoder } from './events/event-stream.ts'
import { MAX_UNANSWERED, STALLED_MS } from './slow-clients.ts'

/** More than systems keep on the way to somebody who reads nothing. */
const LARGE = 64 * 1_048_576

const REQUEST = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'

let webRoot = ''
let http: HttpFixture
beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), 'roomful-slow-'))
  await writeFile(join(webRoot, 'index.html'), 'page')
  await writeFile(join(webRoot, 'large.bin'), Buffer.alloc(LARGE))
  http = await httpFixture({ webRoot })
  http.server.listen(0, '127.0.0.1')
  await once(http.server, 'listening')
})
afterAll(async () => {
  await http.app.close()
  await rm(webRoot, { recursive: true })
})

async function dial(): Promise<{ client: Socket; atServer: Socket }> {
  const accepted = once(http.server, 'connection')
  const { port } = http.server.address() as AddressInfo
  const client = connect(port, '127.0.0.1').on('error', () => {})
  const [atServer] = (await accepted) as [Socket]
  return { client, atServer }
}

/** Answers of a connection until it ends. */
async function answersTo(requests: number): Promise<number> {
  const { client } = await dial()
  let text = ''
  client.setEncoding('utf8').on('data', (part: string) => (text += part))
  client.write(REQUEST.repeat(requests - 1) + REQUEST.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  await once(client, 'close')
  return text.split('HTTP/1.1 200').length - 1
}

describe('clients that do not take their answers', () => {
  it('LI10: one more request than may be unanswered ends the connection, and so many do not', async () => {
    expect(await answersTo(MAX_UNANSWERED)).toBe(MAX_UNANSWERED)
    expect(await answersTo(MAX_UNANSWERED + 1)).toBeLessThan(MAX_UNANSWERED)
  })

  it('LI10: requests that follow their answers may be any number', async () => {
    const { client } = await dial()
    for (let i = 0; i < 20; i++) {
      client.write(REQUEST)
      await once(client, 'data')
    }
    expect(client.destroyed).toBe(false)
    client.destroy()
  })

  it('LI10: who takes nothing of an answer for that time is cut off', async () => {
    expect(http.server.timeout).toBe(STALLED_MS)
    http.server.timeout = 200
    const { client, atServer } = await dial()
    http.server.timeout = STALLED_MS
    client.pause()
    client.write('GET /static/large.bin HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(atServer, 'close')
    expect(atServer.bytesWritten).toBeLessThan(LARGE)
    client.destroy()
  })
})

it('SS6: a stream with nothing to tell is not taken for one that is not read', async () => {
  const server = createServer((_request, response) => {
    const stream = new EventSocket(createEventEncoder('e'), response, () => response.writeHead(200))
    stream.send(Buffer.from('data: x\n\n'))
  })
  server.setTimeout(50).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect(port, '127.0.0.1')
  const [atServer] = (await once(server, 'connection')) as [Socket]
  client.write(REQUEST)
  await once(client, 'data')
  await once(atServer, 'timeout')
  expect(atServer.destroyed).toBe(false)
  client.destroy()
  server.close()
})
