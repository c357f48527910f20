import { constants, deflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { frame, OPCODE } from '../support/raw-client.ts'
import { openStage } from '../../packages/server/testing/stage.ts'
import { seedOf, tried } from './tried.ts'
import { fuzzFrames } from './fuzz/frames.ts'
import { fuzzMessages } from './fuzz/messages.ts'
import { ServerFrames } from './fuzz/oracle.ts'

const FRAMES = 100_000
const MESSAGES = 100_000

it(`ER15: ${FRAMES} frames, right and wrong, harm nobody else`, async ({ task }) => {
  const tally = await fuzzFrames(seedOf(), FRAMES)
  tried(task, tally)
  expect(tally.faults).toEqual([])
  // Nothing of it would prove anything if all were refused, or none.
  for (const outcome of ['let through', 'close 1002', 'close 1003', 'close 1007', 'close 1009'])
    expect(tally.outcomes.get(outcome) ?? 0).toBeGreaterThan(10)
})

it(`ER15: ${MESSAGES} messages, right and wrong, in both dialects and over HTTP, harm nobody else`, async ({
  task,
}) => {
  const tally = await fuzzMessages(seedOf(), MESSAGES)
  tried(task, tally)
  expect(tally.faults).toEqual([])
  for (const outcome of ['ack', 'reaction', 'history', 'error not_found', 'close 4011', 'HTTP 200'])
    expect(tally.outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(0)
})

it('ER15: a fault behind a message that is still being inflated ends that connection only', async () => {
  const stage = await openStage()
  const packed = deflateRawSync('x'.repeat(60_000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
  const client = stage.dial()
  const frames = new ServerFrames(true)
  const closed = new Promise<number>((resolve) => {
    let head = ''
    client.on('data', (chunk: Buffer) => {
      const isHead = !head.includes('\r\n\r\n')
      head += isHead ? chunk.toString('latin1') : ''
      const read = frames.read(isHead ? Buffer.from(head.split('\r\n\r\n')[1] ?? '', 'latin1') : chunk)
      if (typeof read === 'string') throw new Error(read)
      for (const { opcode, payload } of read) if (opcode === OPCODE.close) resolve(payload.readUInt16BE(0))
    })
  })
  const lines = [
    'GET /ws HTTP/1.1',
    'Host: a',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
  ]
  lines.push(
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Extensions: permessage-deflate',
    '',
    '',
  )
  client.write(lines.join('\r\n'))
  for (const piece of [
    frame({ payload: packed, rsv: 4 }),
    frame({ payload: Buffer.from([0xff]) }),
    frame({ payload: 'x'.repeat(300) }),
  ]) {
    client.write(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await closed).toBe(1007)
  await stage.close()
})

it('the newest ping of a peer that does not read is answered when it reads', async () => {
  const stage = await openStage()
  const client = stage.dial()
  const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13']
  client.write(
    ['GET /ws HTTP/1.1', 'Host: a', ...upgrade, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', ''].join(
      '\r\n',
    ),
  )
  for (let i = 0; i < 4; i++) client.write(frame({ payload: 'x'.repeat(30_000) }))
  for (const payload of ['older', 'newest']) client.write(frame({ opcode: OPCODE.ping, payload }))
  // Nothing is read until all of that was taken.
  await expect.poll(() => client.writableLength).toBe(0)
  let heard = ''
  client.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')))
  await expect.poll(() => heard).toContain('newest')
  expect(heard).not.toContain('older')
  await stage.close()
})
