import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../packages/server/testing/daemon.mjs'
import { closePayload, frame, OPCODE, RawClient } from '../support/raw-client.ts'
import { type RunningProgram, startProgram } from '../support/server.ts'

let testee: RunningProgram
let port: number

beforeAll(async () => {
  port = await freePort()
  testee = startProgram('dist/echo-testee.js', ['--port', String(port)])
  await testee.until(async () => {
    const peer = await RawClient.connect(port).catch(() => null)
    await peer?.destroy()
    return peer !== null
  })
})
afterAll(async () => {
  await RawClient.destroyAll()
  await testee.kill()
})

const open = (): Promise<RawClient> => RawClient.open(port, '/')

describe('echo testee', () => {
  it('sends text back byte for byte', async () => {
    const peer = await open()
    for (const text of [
      '',
      'x',
      'Echo: x',
      '你好 👋',
      '\u0000\ufeff',
      'x'.repeat(125),
      'x'.repeat(126),
      'x'.repeat(65_535),
    ]) {
      peer.text(text)
      const back = await peer.next(OPCODE.text)
      expect([back.payload.toString('utf8'), back.fin, back.masked]).toEqual([text, true, false])
    }
  })

  it('sends binary back byte for byte', async () => {
    const peer = await open()
    for (const size of [0, 1, 125, 126, 127, 128, 65_535, 65_536]) {
      const payload = randomBytes(size)
      peer.frame({ opcode: OPCODE.binary, payload })
      expect((await peer.next(OPCODE.binary)).payload.equals(payload)).toBe(true)
    }
  })

  it('joins fragments, with a ping between them', async () => {
    const peer = await open()
    const bytes = Buffer.from('在兩段之間的文字')
    peer.frame({ payload: bytes.subarray(0, 4), fin: false })
    peer.frame({ opcode: OPCODE.ping, payload: 'mid' })
    peer.frame({ opcode: OPCODE.continuation, payload: bytes.subarray(4, 7), fin: false })
    peer.frame({ opcode: OPCODE.continuation, payload: bytes.subarray(7) })
    expect((await peer.next(OPCODE.pong)).payload.toString()).toBe('mid')
    expect((await peer.next(OPCODE.text)).payload.equals(bytes)).toBe(true)
  })

  it('reads frames that arrive byte by byte and several at once', async () => {
    const peer = await open()
    const bytes = frame({ payload: 'slowly' })
    await peer.sendSplit(
      bytes,
      Array.from({ length: bytes.length - 1 }, (_, index) => index + 1),
    )
    await peer.nextText('slowly')
    peer.send(
      Buffer.concat([frame({ payload: 'one' }), frame({ payload: 'two' }), frame({ payload: 'three' })]),
    )
    for (const text of ['one', 'two', 'three'])
      expect((await peer.next(OPCODE.text)).payload.toString()).toBe(text)
  })

  it('answers pings with their payload, and pongs not at all', async () => {
    const peer = await open()
    const payload = randomBytes(125)
    peer.frame({ opcode: OPCODE.pong, payload: 'unasked' })
    peer.frame({ opcode: OPCODE.ping, payload })
    expect((await peer.next(OPCODE.pong)).payload.equals(payload)).toBe(true)
    expect(peer.inbox.all).toHaveLength(1)
  })

  it.each([1000, 1001, 1003, 1011, 3000, 4999])('answers a close with %i by the same code', async (code) => {
    const peer = await open()
    peer.answers = false
    peer.frame({ opcode: OPCODE.close, payload: closePayload(code, 'bye') })
    expect((await peer.closeFrame()).code).toBe(code)
    await peer.ended()
  })

  it('answers a close without a code', async () => {
    const peer = await open()
    peer.answers = false
    peer.frame({ opcode: OPCODE.close })
    expect([1000, 1005]).toContain((await peer.closeFrame()).code)
    await peer.ended()
  })

  it.each([
    ['an unmasked frame', 1002, frame({ payload: 'x', masked: false })],
    ['invalid UTF-8', 1007, frame({ payload: Buffer.from('c328', 'hex') })],
    ['a message over the limit', 1009, frame({ payload: 'x'.repeat(65_537) })],
  ])('closes after %s with %i', async (_, code, bytes) => {
    const peer = await open()
    peer.send(bytes)
    expect((await peer.closeFrame()).code).toBe(code)
    await peer.ended()
    const next = await open()
    next.text('unharmed')
    await next.nextText('unharmed')
  })
})
