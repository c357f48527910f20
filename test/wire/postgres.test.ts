/** A server whose history is in PostgreSQL. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerMessage } from '@roomful/protocol'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type PostgresServer, startPostgres } from '../../packages/server/testing/postgres.ts'
import { cutAll, enter, freshRoom } from '../support/chat-client.ts'
import { runProgram } from '../support/run-program.ts'
import { type RunningServer, startProgram, startServer } from '../support/server.ts'

const PINGS = ['--heartbeat-interval', '0.5']

let postgres: PostgresServer
let server: RunningServer
beforeAll(async () => {
  postgres = await startPostgres()
})
afterEach(cutAll)
afterAll(async () => {
  await server.stop()
  await postgres.remove()
})

/** With a password, which that server does not ask for. */
const address = () => postgres.url.replace('roomful@', 'roomful:s3cret@')
const start = async () =>
  (server = await startServer({ dataFolder: address(), args: ['--rate-limit', 'off', ...PINGS] }))

it('keeps messages, numbers and people over a restart, and tells nobody the password', async () => {
  await start()
  const alice = await enter(server, 'Alice', { v1: true })
  const client_id = randomUUID()
  alice.say('kept', { client_id })
  const ack = await alice.next('ack')
  const { resume_token } = alice.welcome
  expect(await server.stop()).toBe(0)
  expect(server.output()).toContain(`資料庫: ${postgres.url}\n`)
  expect(server.output()).not.toContain('s3cret')

  await start()
  const again = await enter(server, 'Alice', { v1: true, resumeToken: String(resume_token) })
  expect(again.welcome.person_id).toBe(alice.welcome.person_id)
  again.send({ type: 'history', room: 'lobby', after: 0, limit: 10 })
  expect((await again.next('history')).entries).toMatchObject([{ message: 'kept', seq: ack.seq }])
  again.say('kept', { client_id })
  expect(await again.next('ack')).toMatchObject({ id: ack.id, seq: ack.seq })
})

it('refuses what waits while the database is gone, and goes on when it is back', async () => {
  const bob = await enter(server, 'Bob', { v1: true })
  await postgres.kill()
  bob.say('too early', { client_id: randomUUID() })
  expect(await bob.next('error')).toMatchObject({ code: 'unavailable' })
  await postgres.start()
  const client_id = randomUUID()
  for (let isBack = false; !isBack; ) {
    bob.say('back', { client_id })
    const isAnswer = ({ type }: ServerMessage) => type === 'ack' || type === 'error'
    isBack = (await bob.inbox.next(isAnswer, 'an answer')).type === 'ack'
  }
  expect(server.alive()).toBe(true)
})

it('is looked at by doctor, and written out by export, while it runs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'roomful-export-'))
  try {
    const file = join(folder, 'lobby.txt')
    const settings = ['--data', address(), '--lang', 'en']
    const [found, done] = await Promise.all([
      runProgram(['doctor', '--url', server.url, ...settings, ...PINGS], { cwd: folder }),
      runProgram(['export', file, '--room', 'lobby', ...settings], { cwd: folder }),
    ])
    for (const check of ['descriptors', 'store', 'clock', 'upgrade', 'origin', 'idle'])
      expect(found.out).toContain(`[ok] ${check}: `)
    expect(found).toMatchObject({ code: 0, err: '' })
    expect(found.out).toContain(`${postgres.url} takes writes; `)
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(done.out).toMatch(/^Exported \d+ messages of 1 room to /)
    expect(await readFile(file, 'utf8')).toMatch(/Alice: kept\n/)
  } finally {
    await rm(folder, { recursive: true })
  }
}, 60_000)

it('is one of two that tell each other what is said, in one order', async () => {
  const other = await startServer({ dataFolder: address(), args: ['--rate-limit', 'off'] })
  try {
    const room = freshRoom()
    const witnesses = [await enter(server, 'W1', { room }), await enter(other, 'W2', { room })]
    const senders = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map((i) => enter(i % 2 ? server : other, `S${i}`, { room, v1: true })),
    )
    for (let said = 1; said <= 50; said++) for (const sender of senders) sender.say(`${said}`)
    const seen = await Promise.all(
      witnesses.map(async (witness) => {
        for (;;) {
          const messages = witness.inbox.all.filter(({ type }) => type === 'message')
          if (messages.length === 400) return messages.map((frame) => ('id' in frame ? frame.id : ''))
          await witness.next('message')
        }
      }),
    )
    expect(new Set(seen[0]).size).toBe(400)
    expect(seen[1]).toEqual(seen[0])
  } finally {
    await cutAll()
    expect(await other.stop()).toBe(0)
  }
})

it('is shared by workers, each a node of its own', async () => {
  const workers = await startServer({ dataFolder: address(), args: ['--workers', '2'] })
  try {
    const room = freshRoom()
    const clients = []
    for (let i = 0; i < 4; i++) clients.push(await enter(workers, `K${i}`, { room }))
    for (const client of clients) client.say('here')
    const seen = await Promise.all(
      clients.map(async ({ inbox }) => {
        const messages = () => inbox.all.filter(({ type }) => type === 'message')
        await inbox.until(() => messages().length === clients.length, 'all messages')
        return messages().map((frame) => ('seq' in frame ? frame.seq : 0))
      }),
    )
    for (const seqs of seen) expect(seqs).toEqual(seen[0])
  } finally {
    await cutAll()
    expect(await workers.stop()).toBe(0)
  }
})

it('says in one sentence that it is not there, and which commands are for folders', async () => {
  const gone = startProgram('bundle/main.js', ['--data', 'postgres://me:s3cret@127.0.0.1:1/chat'])
  await expect(gone.until(() => false)).rejects.toThrow(
    'bundle/main.js ended with 1:\nroomful: PostgreSQL at 127.0.0.1:1/chat cannot be used: connect ECONNREFUSED 127.0.0.1:1.\n',
  )
  const backup = startProgram('bundle/main.js', ['backup', 'file.db', '--data', address()])
  await expect(backup.until(() => false)).rejects.toThrow(
    'bundle/main.js ended with 2:\nroomful: backup needs a data folder: a PostgreSQL database has pg_dump and pg_restore.\n',
  )
})
