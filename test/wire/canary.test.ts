import { afterAll, expect, it } from 'vitest'
import { readExposition, valueOf } from '../support/exposition.ts'
import { keepData, type RunningServer } from '../support/server.ts'
import { enter } from '../support/chat-client.ts'

const servers = keepData()
afterAll(servers.remove)

const numbersOf = async ({ url }: RunningServer) =>
  readExposition(await (await fetch(`${url}/metrics`)).text())

it('OP5: a real server keeps its canary to itself, and is ready while it comes back', async () => {
  const server = await servers.start('--canary', '1')
  await expect
    .poll(async () => valueOf(await numbersOf(server), 'roomful_canary_round_trip_seconds'))
    .toBeGreaterThan(0)
  expect(valueOf(await numbersOf(server), 'roomful_canary_lost_total')).toBe(0)
  const ready = await (await fetch(`${server.url}/readyz`)).text()
  expect(ready).toContain('{"name":"canary","ok":true,"detail":"comes back"')
  const client = await enter(server, 'Alice', { v1: true })
  client.send({ type: 'join', room: '@canary' })
  expect(await client.inbox.next(({ type }) => type === 'error', 'a refusal')).toMatchObject({
    code: 'invalid_room',
  })
  for (const path of [
    '/api/v1/rooms/@canary/messages',
    '/api/v1/rooms/%40canary',
    '/api/v1/rooms/@canary/events',
  ])
    expect([path, (await fetch(`${server.url}${path}`)).status]).toEqual([path, 400])
  expect(await (await fetch(`${server.url}/api/v1/rooms`)).text()).not.toContain('canary')
  await client.part()
})
