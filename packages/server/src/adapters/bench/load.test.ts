import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { type LoadPlan, runLoad } from './load.ts'
import { benchText, shapedBy } from './report.ts'

const ending: (() => void)[] = []
afterEach(() => ending.splice(0).forEach((end) => end()))

/** A server that greets each with `first`, and answers what is said with the frames of `answer`. */
async function planFor(first: object, answer: (said: string, id: string) => object[]): Promise<LoadPlan> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  const tell = (socket: WebSocket, frame: object) => socket.send(JSON.stringify(frame))
  server.on('connection', (socket) => {
    tell(socket, first)
    socket.on('message', (data: Buffer) => {
      const { message, client_id } = JSON.parse(data.toString()) as { message: string; client_id: string }
      for (const frame of answer(message, client_id)) tell(socket, frame)
    })
  })
  ending.push(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return { url, clients: 2, seconds: 0.2, run: 'test', tokenOf: async () => null, usage: async () => 1 }
}

const WELCOME = { type: 'system', event: 'welcome' }
const limited = (id: string) => ({ type: 'error', code: 'rate_limited', client_id: id, retry_after_ms: 1 })

it('counts what is acknowledged and delivered, and what a rate limit refused apart', async () => {
  let said = 0
  const plan = await planFor(WELCOME, (message, id) => {
    said += 1
    return said <= 2
      ? [limited(id)]
      : [
          { type: 'message', message },
          { type: 'ack', client_id: id },
        ]
  })
  const load = await runLoad(plan)
  expect(load).toMatchObject({ rooms: 1, rateLimited: 2, refused: {}, lost: 0, unanswered: 0 })
  expect(load.acknowledged).toBeGreaterThan(0)
  expect(load.delivered).toBeGreaterThanOrEqual(load.acknowledged)
  expect(load.toDelivery?.max).toBeLessThan(10_000)
  const figures = { ...load, url: plan.url, clients: 2 }
  expect(benchText(figures, 'en')).toContain('Rate limits shaped this: 2 messages')
  expect(benchText(figures, 'zh-Hant')).toContain('速率限制影響了結果：2 則')
})

it('says that it was the limit itself, when it was', async () => {
  const load = await runLoad(await planFor(WELCOME, (_, id) => [{ type: 'ack', client_id: id }]))
  const idle = { busy: 10, lateP99: 1 }
  expect(shapedBy({ ...load, generator: idle })).toEqual({ byGenerator: false, byRateLimit: false })
  expect(shapedBy({ ...load, generator: { ...idle, busy: 99 } }).byGenerator).toBe(true)
  expect(shapedBy({ ...load, generator: { ...idle, lateP99: 300 } }).byGenerator).toBe(true)
})

it.each([
  ['unauthorized', 'token_refused'],
  ['server_full', 'refused'],
])('a server that says %s is no figure but a fault', async (code, fault) => {
  const plan = await planFor({ type: 'error', code }, () => [])
  await expect(runLoad(plan)).rejects.toMatchObject({ name: 'BenchFault', code: fault })
})
