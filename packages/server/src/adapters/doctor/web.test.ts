import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { makeCertificate } from '../../../testing/certificate.mjs'
import { shownFinding } from './finding.ts'
import { checkWeb, proxyFindings } from './web.ts'

const ending: (() => void)[] = []
afterEach(() => ending.splice(0).forEach((end) => end()))

/** A server whose pings come at short intervals, and which refuses some origins as ours does. */
async function serverThat(lets: (origin: string, own: string) => boolean): Promise<string> {
  const http = createServer((_request, response) => response.writeHead(404).end())
  const sockets = new WebSocketServer({ noServer: true })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  http.on('upgrade', (request, stream, head) => {
    const { origin = '' } = request.headers
    if (origin !== '' && !lets(origin, url))
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n{"code":"origin_refused"}')
    else
      sockets.handleUpgrade(request, stream, head, (socket) => {
        const beat = setInterval(() => socket.ping(), 20)
        socket.on('close', () => clearInterval(beat))
      })
  })
  ending.push(() => {
    for (const socket of sockets.clients) socket.terminate()
    http.close()
  })
  return url
}

const states = async (url: string) =>
  (await checkWeb({ url, isNamed: true, heartbeatInterval: 5, token: null })).map(
    ({ check, state }) => `${check} ${state}`,
  )

it('tells whether its own pages are let in, and foreign ones are', async () => {
  const [well, deaf, open] = await Promise.all([
    serverThat((origin, own) => origin === own),
    serverThat(() => false),
    serverThat(() => true),
  ])
  expect(await states(well)).toEqual(['upgrade good', 'origin good', 'idle good'])
  expect(await states(deaf)).toEqual(['upgrade good', 'origin bad', 'idle good'])
  expect(await states(open)).toEqual(['upgrade good', 'origin warning', 'idle good'])
})

it('tells that nobody answers', async () => {
  expect(await states('http://127.0.0.1:1')).toEqual(['upgrade bad'])
})

it('tells that the metrics can be read at a public address', async () => {
  const answers = (status: number) =>
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('roomful_people 1', { status })))
  answers(200)
  expect(await proxyFindings('https://chat.example')).toMatchObject([{ check: 'proxy', state: 'warning' }])
  expect(await proxyFindings('http://127.0.0.1:8000')).toEqual([])
  answers(403)
  expect(await proxyFindings('https://chat.example')).toEqual([])
})

it('tells a certificate that is not trusted from a server that is not there', async () => {
  const files = makeCertificate()
  ending.push(files.remove)
  const server = createTlsServer(files.read())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ending.push(() => server.close())
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const [found] = await checkWeb({ url, isNamed: true, heartbeatInterval: 5, token: null })
  expect(found).toMatchObject({ check: 'upgrade', state: 'bad' })
  expect(found && shownFinding(found, 'en')).toContain('is not trusted: self-signed certificate')
})
