import { afterAll, beforeAll, expect, it } from 'vitest'
import { cutAll, enter } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const CLIENTS = 20
const EACH = 50

let server: RunningServer

beforeAll(async () => {
  server = await startServer({ args: ['--rate-limit', 'off'] })
})
afterAll(async () => {
  await cutAll()
  await server.kill()
})

it('MS6, P2: 20 who speak at once all hear the same 1 to 1,000, each in its own order', async () => {
  const clients = []
  for (let index = 0; index < CLIENTS; index++)
    clients.push(await enter(server, index % 4 === 3 ? null : `Speaker ${index}`, { v1: index % 2 === 0 }))

  for (let turn = 0; turn < EACH; turn++) {
    clients.forEach((client, index) => client.say(`${index}/${turn}`))
    if (turn % 10 === 9) await new Promise((resolve) => setImmediate(resolve))
  }
  const total = CLIENTS * EACH
  const heard = await Promise.all(
    clients.map(async (client) => {
      const messages = []
      for (let count = 0; count < total; count++) messages.push(await client.next('message'))
      expect((await client.rest()).filter((frame) => frame.type === 'message')).toEqual([])
      return messages
    }),
  )

  const [first = []] = heard
  expect(first.map((message) => message.seq)).toEqual(Array.from({ length: total }, (_, index) => index + 1))
  expect(new Set(first.map((message) => message.id)).size).toBe(total)
  for (const other of heard) expect(other).toEqual(first)
  for (let index = 0; index < CLIENTS; index++) {
    const own = first.filter((message) => message.message.startsWith(`${index}/`))
    expect(own.map((message) => message.message)).toEqual(
      Array.from({ length: EACH }, (_, turn) => `${index}/${turn}`),
    )
  }
})
