import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Database, loadDriver } from '../../packages/server/src/adapters/sqlite/driver.ts'
import { emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer
let intruder: Database

beforeAll(async () => {
  server = await startServer()
  intruder = (await loadDriver()).open(join(server.dataFolder, 'roomful.db'))
})
afterEach(() => emptyServer(server))
afterAll(async () => {
  intruder.close()
  await server.kill()
})

/** Another program holds the database's write lock: the server can read and cannot commit. */
function lock(): void {
  intruder.exec('BEGIN IMMEDIATE')
}

function unlock(): void {
  intruder.exec('ROLLBACK')
}

describe('a store that does not commit', () => {
  it('MS7, P1: nobody gets a message, an ack or a confirmation before the commit', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const alice = await enter(server, 'Alice', { room, v1: true })
    await bob.next('system')
    lock()
    alice.say('held back', { client_id: randomUUID() })
    alice.say('held back too', { target_user: 'Bob' })
    await Promise.all([alice.quiet(), bob.quiet()])
    await Promise.all([alice.quiet(), bob.quiet()])
    unlock()
    expect((await alice.next('ack')).seq).toBe(1)
    await alice.next('confirmation')
    await bob.hears('held back')
    expect((await bob.next('private')).message).toBe('held back too')
  })

  it('ER14, P6: the sender gets unavailable, nobody the message, and a later try succeeds', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room, lang: 'en' })
    const alice = await enter(server, 'Alice', { room, v1: true })
    await bob.next('system')
    const client_id = randomUUID()
    lock()
    expect(await alice.refused({ message: 'lost', client_id })).toMatchObject({
      code: 'unavailable',
      retryable: true,
      client_id,
    })
    expect((await bob.refused({ message: 'lost too' })).message).toMatch(/^[\x20-\x7e]+$/)
    expect(await bob.refused({ message: 'psst', target_user: 'Alice' })).toMatchObject({
      code: 'unavailable',
    })
    await Promise.all([alice.quiet(), bob.quiet()])
    unlock()
    alice.say('lost', { client_id })
    expect(await alice.next('ack')).toMatchObject({ client_id, seq: 1 })
    expect((await bob.next('message')).message).toBe('lost')
    bob.say('after it')
    expect((await alice.hears('after it')).seq).toBe(2)
  })
})
