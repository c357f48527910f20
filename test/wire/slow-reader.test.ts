import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { OPCODE, type RawFrame, RawClient } from '../support/raw-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const MESSAGES = 1_000
const TEXT = 'x'.repeat(16_000)
/** What the messages of one test weigh: far more than the kernel's buffers and the server's tail hold. */
const VOLUME = MESSAGES * TEXT.length

let server: RunningServer

beforeAll(async () => {
  // Patient with peers that read nothing, however slow this machine is, and with a short memory.
  const patient = ['--slow-timeout', '300', '--heartbeat-timeout', '300', '--tail-bytes', '1048576']
  server = await startServer({ args: ['--rate-limit', 'off', ...patient] })
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

const isMessage = (item: RawFrame): boolean =>
  item.opcode === OPCODE.text && item.payload.length > TEXT.length

function seqOf(item: RawFrame): number {
  const frame: unknown = JSON.parse(item.payload.toString('utf8'))
  if (typeof frame !== 'object' || frame === null || !('seq' in frame)) throw new Error('no seq')
  return Number(frame.seq)
}

/** Sends all messages, never more than 50 ahead of the sender's own reading. */
async function talk(on: RunningServer, room: string): Promise<void> {
  const sender = await enter(on, 'Sender', { room })
  for (let sent = 0; sent < MESSAGES; sent += 50) {
    for (let count = 0; count < 50; count++) sender.say(TEXT)
    for (let count = 0; count < 50; count++) await sender.next('message')
  }
  await sender.leave()
}

async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024
}

describe('slow readers', () => {
  it('ER13, P5: do not slow the others, keep no queue, and catch up in order', async () => {
    const room = freshRoom()
    const witness = await enter(server, 'Witness', { room })
    const slow: RawClient[] = []
    for (let count = 0; count < 8; count++) {
      const peer = await RawClient.open(server.port, `/ws/chat/Slow${count}?room=${room}`)
      await peer.nextText('"welcome"')
      peer.pause()
      slow.push(peer)
    }
    const before = await memoryOf(server.pid)
    await talk(server, room)
    expect(witness.inbox.all.filter((frame) => frame.type === 'message')).toHaveLength(MESSAGES)
    // The log itself may be in memory, a queue per reader must not.
    expect((await memoryOf(server.pid)) - before).toBeLessThan(6 * VOLUME)

    const [reader] = slow
    if (reader === undefined) throw new Error('unreachable')
    expect(reader.inbox.all.filter(isMessage).length).toBeLessThan(MESSAGES)
    reader.resume()
    await reader.inbox.until(
      () => reader.inbox.all.filter(isMessage).length === MESSAGES,
      'everything',
      30_000,
    )
    expect(reader.inbox.all.filter(isMessage).map(seqOf)).toEqual(
      Array.from({ length: MESSAGES }, (_, i) => i + 1),
    )
    witness.say('live again')
    await reader.nextText('live again')
    const isText = ({ opcode }: RawFrame) => opcode === OPCODE.text
    expect(seqOf(reader.inbox.all.findLast(isText) as RawFrame)).toBe(MESSAGES + 1)
  })

  it('ER13: without progress they are closed with 4010', async () => {
    const args = [
      '--slow-timeout',
      '2',
      '--heartbeat-interval',
      '1',
      '--heartbeat-timeout',
      '60',
      '--rate-limit',
      'off',
    ]
    const strict = await startServer({ args })
    try {
      const room = freshRoom()
      const witness = await enter(strict, 'Witness', { room })
      const peer = await RawClient.open(strict.port, `/ws/chat/Stuck?room=${room}`)
      await peer.nextText('"welcome"')
      peer.pause()
      await talk(strict, room)
      const gone = (): boolean =>
        witness.inbox.all.some(
          (frame) => frame.type === 'system' && frame.event === 'leave' && frame.username === 'Stuck',
        )
      await witness.inbox.until(gone, 'the leave of Stuck')
      peer.resume()
      expect(await peer.closeFrame()).toEqual({ code: 4010, reason: 'Slow consumer' })
      await peer.ended()
      witness.say('unharmed')
      await witness.hears('unharmed')
    } finally {
      await emptyServer(strict)
      await strict.kill()
    }
  })
})
