/** `--workers 2`: real processes, killed in the middle of their work. */
import { randomUUID } from 'node:crypto'
import type { LogFrame } from '@roomful/protocol'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type ChatClient, cutAll, dial, enter, freshRoom } from '../support/chat-client.ts'
import { keepData, type RunningServer, startProgram } from '../support/server.ts'

const servers = keepData('--rate-limit', 'off', '--workers', '2')
let server: RunningServer
const start = async (...args: string[]) => (server = await servers.start(...args))

afterEach(async () => {
  await cutAll()
  await server.kill()
})
afterAll(servers.remove)

/** Process ids of the workers in the order of their starts, when there were so many. */
async function startedWorkers(count: number): Promise<number[]> {
  const pids = () =>
    server
      .output()
      .split('\n')
      .filter((line) => line.includes('"msg":"worker_started"'))
      .map((line) => (JSON.parse(line) as { pid: number }).pid)
  await expect.poll(pids).toHaveLength(count)
  return pids()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const allGone = (pids: readonly number[]) => expect.poll(() => pids.filter(isAlive)).toEqual([])

async function stored(room: string): Promise<LogFrame[]> {
  const entries: LogFrame[] = []
  for (;;) {
    const after = entries.at(-1)?.seq ?? 0
    const response = await fetch(`${server.url}/api/v1/rooms/${room}/messages?limit=100&after=${after}`)
    const page = (await response.json()) as { entries: LogFrame[]; complete: boolean }
    entries.push(...page.entries)
    if (page.complete) return entries
  }
}

/** Says one thing after the other, never more than 20 ahead of the answers, until it is closed or told to stop. */
class Talker {
  readonly client: ChatClient
  readonly sent = new Map<string, string>()
  isClosed = false
  isDone = false
  readonly over: Promise<void>

  constructor(client: ChatClient) {
    this.client = client
    void client.closed(60_000).then(
      () => (this.isClosed = true),
      () => (this.isClosed = true),
    )
    this.over = this.#talk()
  }

  get acks() {
    return this.client.inbox.all.filter((frame) => frame.type === 'ack')
  }

  get unanswered(): [string, string][] {
    const acked = new Set(this.acks.map(({ client_id }) => client_id))
    return [...this.sent].filter(([id]) => !acked.has(id))
  }

  async #talk(): Promise<void> {
    while (!this.isClosed && !(this.isDone && this.unanswered.length === 0)) {
      for (let ahead = this.unanswered.length; ahead < 20 && !this.isDone && !this.isClosed; ahead++) {
        const client_id = randomUUID()
        this.sent.set(client_id, `text of ${client_id}`)
        this.client.say(`text of ${client_id}`, { client_id })
      }
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
}

async function talkers(count: number, room: string): Promise<Talker[]> {
  const all: Talker[] = []
  for (let i = 0; i < count; i++)
    all.push(new Talker(await enter(server, `${room} ${i}`, { v1: true, room })))
  const isBusy = () => all.every(({ acks }) => acks.length >= 20)
  await expect.poll(isBusy).toBe(true)
  return all
}

/** Whoever was cut off comes back and sends again what had no answer. */
async function comeBack(talker: Talker, room: string): Promise<void> {
  const { username, resume_token } = talker.client.welcome
  const again = await enter(server, username ?? '', { v1: true, room, resumeToken: resume_token ?? '' })
  for (const [client_id, text] of talker.unanswered) again.say(text, { client_id })
  for (const _ of talker.unanswered) await again.next('ack')
}

/** All that was sent is there once, with the numbers that were acknowledged. */
async function expectExactlyOnce(all: readonly Talker[], room: string): Promise<void> {
  const kept = await stored(room)
  expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, i) => i + 1))
  const texts = kept.map((entry) => ('message' in entry ? entry.message : ''))
  expect(texts.toSorted()).toEqual(all.flatMap(({ sent }) => [...sent.values()]).sort())
  for (const { acks, sent } of all)
    for (const { seq, id, client_id } of acks)
      expect(kept[seq - 1]).toMatchObject({ id, message: sent.get(client_id) })
}

describe('two workers', () => {
  it('P2: show one room in one order to everybody, and say how many they are', async () => {
    await start()
    await expect.poll(() => server.output()).toContain('工作行程: 2\n')
    const room = freshRoom()
    const all: ChatClient[] = []
    for (let i = 0; i < 8; i++) all.push(await enter(server, `C${i}`, { room, v1: true }))
    for (let said = 1; said <= 50; said++) for (const client of all) client.say(`${said}`)
    const seen = await Promise.all(
      all.map(async (client) => {
        const seqs = () => client.inbox.all.flatMap((frame) => (frame.type === 'message' ? [frame.seq] : []))
        await client.inbox.until(() => seqs().length === 400, '400 messages')
        return seqs()
      }),
    )
    for (const seqs of seen) expect(seqs).toEqual(Array.from({ length: 400 }, (_, i) => i + 1))
    // Each worker knows the people of the other one; a new connection asks the next worker.
    const counted = async (): Promise<unknown> => {
      const headers = { connection: 'close' }
      const response = await fetch(`${server.url}/ws/status?room=${room}`, { headers })
      return ((await response.json()) as { connected_count: number }).connected_count
    }
    for (let i = 0; i < 4; i++) await expect.poll(counted).toBe(8)
  })

  it('NA7, PM1: let nobody bear a name that is borne on the other one, and bring a private message there', async () => {
    await start()
    await startedWorkers(2)
    // Dealt out in turn: of two that come one after the other, each is on another worker.
    const alice = await enter(server, 'Alice')
    const bob = await enter(server, 'Bob')
    for (let i = 0; i < 2; i++) {
      const other = await dial(server, '/ws/chat/ALICE?lang=en')
      expect(await other.next('error')).toMatchObject({ code: 'name_taken' })
      expect((await other.closed()).code).toBe(4509)
    }
    alice.say('psst', { target_user: 'bob' })
    expect(await bob.next('private')).toMatchObject({ from: 'Alice', message: 'psst' })
    bob.say('yes?', { target_user: 'Alice' })
    expect(await alice.next('private')).toMatchObject({ from: 'Bob', message: 'yes?' })
  })

  it('ER11: hold together no more connections than the server may', async () => {
    await start('--max-connections', '6')
    let last: { code: number; reason: string } | null = null
    for (let i = 0; last === null; i++) {
      const client = await dial(server, '/ws/chat')
      const first = await client.inbox.next(() => true, 'a welcome or an error')
      if (first.type === 'error') last = await client.closed()
      // Each worker hears of the other's connections a moment later.
      else if (i >= 5) await client.cut()
    }
    expect(last).toEqual({ code: 1008, reason: 'Server is full' })
  })
})

describe('kill -9', () => {
  it('P1, P3: of one worker cuts off its clients only, loses nothing, and it is replaced', async () => {
    await start()
    const [first = 0] = await startedWorkers(2)
    const room = freshRoom()
    const all = await talkers(6, room)
    process.kill(first, 'SIGKILL')
    const cutOff = () => all.filter(({ isClosed }) => isClosed)
    await expect.poll(cutOff).not.toHaveLength(0)
    await startedWorkers(3)
    for (const talker of all) talker.isDone = true
    await Promise.all(all.map(({ over }) => over))
    expect(cutOff().length).toBeLessThan(all.length)
    for (const talker of cutOff()) await comeBack(talker, room)
    await expectExactlyOnce(all, room)
    // What was said on either worker reached those who stayed, in order and without a hole.
    const [stayed] = all.filter(({ isClosed }) => !isClosed)
    const total = (await stored(room)).length
    const heard = () => stayed?.client.inbox.all.filter(({ type }) => type === 'message') ?? []
    await expect.poll(() => heard().length).toBeGreaterThan(total / 2)
    await expect.poll(() => heard().at(-1)).toMatchObject({ seq: total })
    const seqs = heard().map((frame) => ('seq' in frame ? frame.seq : 0))
    expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i))
  })

  it('P1, P3: of one worker that hangs is done by its parent, and it is replaced', async () => {
    await start()
    const [, hung = 0] = await startedWorkers(2)
    const room = freshRoom()
    const all = await talkers(2, room)
    process.kill(hung, 'SIGSTOP')
    await startedWorkers(3)
    expect(isAlive(hung)).toBe(false)
    expect(server.output()).toContain('"msg":"worker_hung"')
    const cutOff = () => all.filter(({ isClosed }) => isClosed)
    await expect.poll(cutOff).toHaveLength(1)
    for (const talker of all) talker.isDone = true
    await Promise.all(all.map(({ over }) => over))
    for (const talker of cutOff()) await comeBack(talker, room)
    await expectExactlyOnce(all, room)
  })

  it('P1, P3: of the parent ends its workers too, and nothing that was acknowledged is lost', async () => {
    await start()
    const pids = await startedWorkers(2)
    const room = freshRoom()
    const all = await talkers(4, room)
    await server.kill()
    await allGone(pids)
    await Promise.all(all.map(({ over }) => over))
    await start()
    for (const talker of all) await comeBack(talker, room)
    await expectExactlyOnce(all, room)
  })
})

describe('a log that nobody reads any more', () => {
  it('keeps no worker alive when the parent is killed', async () => {
    await start()
    const pids = await startedWorkers(2)
    const all = await talkers(4, freshRoom())
    server.deafen()
    await server.kill()
    await allGone(pids)
    await Promise.all(all.map(({ over }) => over))
  })
})

describe('SIGTERM', () => {
  it('DR3: lets all workers drain, and ends with 0', async () => {
    await start()
    const pids = await startedWorkers(2)
    const room = freshRoom()
    const all = await talkers(4, room)
    expect(await server.stop()).toBe(0)
    await Promise.all(all.map(({ over }) => over))
    for (const { client } of all) {
      expect((await client.closed()).code).toBe(1012)
      expect(client.inbox.all.at(-1)).toMatchObject({ type: 'going_away', reason: 'restart' })
    }
    await allGone(pids)
  })

  it('DR5: at the second one the workers are gone too, without a word', async () => {
    await start()
    const pids = await startedWorkers(2)
    // So that the drain lasts.
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    process.kill(server.pid, 'SIGTERM')
    await expect.poll(() => server.output()).toContain('"msg":"draining"')
    const ended = server.stop()
    await expect.poll(() => isAlive(server.pid)).toBe(false)
    expect(await ended).toBe(143)
    await allGone(pids)
    expect(server.output()).not.toContain('EPIPE')
  })

  it('kills a worker that does not end in time, and ends with 1', async () => {
    await start('--drain-timeout', '1')
    const [first = 0, second = 0] = await startedWorkers(2)
    process.kill(first, 'SIGSTOP')
    expect(await server.stop()).toBe(1)
    await allGone([first, second])
  })
})

it('is refused in one sentence where it cannot listen', async () => {
  await start()
  const program = startProgram('bundle/main.js', [
    ...['--workers', '2', '--data', ':memory:', '--lang', 'en'],
    ...['--port', String(server.port)],
  ])
  await expect(program.until(() => false)).rejects.toThrow(
    new RegExp(`ended with 1:\nroomful: Port ${server.port} on 127.0.0.1 is already in use: [^\n]*\n$`),
  )
})

it('ends in order when it is told to while some workers serve and others only start', async () => {
  const program = startProgram('bundle/main.js', ['--workers', '4', '--data', ':memory:', '--port', '0'])
  await program.until(() => program.output().includes('"msg":"worker_started"'))
  expect(await program.stop(), program.output()).toBe(0)
})
