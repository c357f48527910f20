import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChatClient, emptyServer, enter } from '../support/chat-client.ts'
import { closePayload, frame, OPCODE, RawClient } from '../support/raw-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer
let healthy: ChatClient
let marks = 0

beforeAll(async () => {
  server = await startServer({ args: ['--rate-limit', 'off', '--notices-per-second', '1000'] })
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

/** Opens a raw peer beside a healthy one. */
async function open(path = '/ws/chat/Raw'): Promise<RawClient> {
  healthy = await enter(server, 'Healthy')
  return await RawClient.open(server.port, path)
}

/** ER15: the healthy client beside it still gets its messages, and the process lives. */
async function unharmed(): Promise<void> {
  marks += 1
  healthy.say(`mark ${marks}`)
  await healthy.hears(`mark ${marks}`)
  expect(server.alive()).toBe(true)
}

async function closesWith(code: number, bytes: readonly Uint8Array[], path?: string): Promise<void> {
  const peer = await open(path)
  for (const part of bytes) peer.send(part)
  expect((await peer.closeFrame()).code).toBe(code)
  await peer.ended()
  await unharmed()
}

const text = (payload: string | Uint8Array, parts: object = {}): Buffer => frame({ payload, ...parts })
const hello = JSON.stringify({ message: 'hello' })

describe('binary', () => {
  it.each([
    ['a frame', [frame({ opcode: OPCODE.binary, payload: hello })]],
    ['an empty frame', [frame({ opcode: OPCODE.binary })]],
    [
      'two pieces',
      [
        frame({ opcode: OPCODE.binary, payload: 'a', fin: false }),
        frame({ opcode: OPCODE.continuation, payload: 'b' }),
      ],
    ],
  ])('ER5: binary on a chat endpoint closes with 1003: %s', async (_, bytes) => {
    for (const path of ['/ws/chat', '/ws/chat/Raw', '/ws/chat/Raw/heartbeat']) {
      await closesWith(1003, bytes, path)
      await emptyServer(server)
    }
  })
})

describe('size', () => {
  it('ER6: 65,536 bytes are read, one more closes with 1009', async () => {
    const peer = await open()
    const filled = (size: number): string => `{"message":"${'x'.repeat(size - 14)}"}`
    expect(filled(65_536)).toHaveLength(65_536)
    peer.text(filled(65_536))
    expect(await peer.nextText('"error"')).toContain('"too_large"')
    peer.text(filled(65_537))
    expect((await peer.closeFrame()).code).toBe(1009)
    await unharmed()
  })

  it.each([
    ['2^53', 2n ** 53n],
    ['2^62', 2n ** 62n],
    ['2^63', 2n ** 63n],
    ['2^64-1', 2n ** 64n - 1n],
    ['4 GiB', 2n ** 32n],
    ['65,537', 65_537n],
  ])('ER6: a header that declares %s closes with 1009 before anything came', async (_, declaredLength) => {
    await closesWith(1009, [frame({ declaredLength })])
  })

  it('ER6: pieces that are too long together close with 1009', async () => {
    const piece = 'x'.repeat(30_000)
    await closesWith(1009, [
      text(piece, { fin: false }),
      text(piece, { fin: false, opcode: OPCODE.continuation }),
      text(piece, { fin: false, opcode: OPCODE.continuation }),
    ])
  })

  it('ER6: on the echo endpoint too', async () => {
    await closesWith(1009, [frame({ opcode: OPCODE.binary, payload: Buffer.alloc(65_537) })], '/ws')
  })
})

describe('UTF-8', () => {
  it.each([
    ['a broken sequence', [text(Buffer.from('c328', 'hex'))]],
    ['an overlong form', [text(Buffer.from('c0af', 'hex'))]],
    ['a surrogate', [text(Buffer.from('eda080', 'hex'))]],
    ['beyond U+10FFFF', [text(Buffer.from('f4908080', 'hex'))]],
    ['an unfinished sequence', [text(Buffer.from('e4bd', 'hex'))]],
    [
      'inside a message',
      [text(Buffer.concat([Buffer.from('{"message":"'), Buffer.from([0xff]), Buffer.from('"}')]))],
    ],
    [
      'in the second piece',
      [
        text('{"mess', { fin: false }),
        frame({ opcode: OPCODE.continuation, payload: Buffer.from([0xff, 0x22]) }),
      ],
    ],
    [
      'in a close reason',
      [frame({ opcode: OPCODE.close, payload: closePayload(1000, Buffer.from('c328', 'hex')) })],
    ],
  ])('ER7: %s closes with 1007', async (_, bytes) => {
    await closesWith(1007, bytes)
  })

  it('ER7: a character that is divided between two pieces is valid', async () => {
    const peer = await open()
    const bytes = Buffer.from('{"message":"中"}')
    peer.frame({ payload: bytes.subarray(0, 13), fin: false })
    peer.frame({ opcode: OPCODE.continuation, payload: bytes.subarray(13) })
    await healthy.hears('中')
    await unharmed()
  })
})

const control = Buffer.alloc(126, 0x61)
const violations: [string, Buffer[]][] = [
  ['an unmasked frame', [text(hello, { masked: false })]],
  ['an unmasked ping', [frame({ opcode: OPCODE.ping, masked: false })]],
  ['RSV1', [text(hello, { rsv: 4 })]],
  ['RSV2', [text(hello, { rsv: 2 })]],
  ['RSV3', [text(hello, { rsv: 1 })]],
  ['RSV1 on a ping', [frame({ opcode: OPCODE.ping, rsv: 4 })]],
  ['a fragmented ping', [frame({ opcode: OPCODE.ping, fin: false })]],
  ['a fragmented close', [frame({ opcode: OPCODE.close, fin: false })]],
  ['a ping of 126 bytes', [frame({ opcode: OPCODE.ping, payload: control })]],
  ['a pong of 126 bytes', [frame({ opcode: OPCODE.pong, payload: control })]],
  ['a close of 126 bytes', [frame({ opcode: OPCODE.close, payload: control })]],
  ['a lone continuation', [frame({ opcode: OPCODE.continuation, payload: hello })]],
  ['a lone unfinished continuation', [frame({ opcode: OPCODE.continuation, payload: 'x', fin: false })]],
  ['a text inside a text', [text('{', { fin: false }), text(hello)]],
  ['a binary inside a text', [text('{', { fin: false }), frame({ opcode: OPCODE.binary })]],
  ['a close payload of one byte', [frame({ opcode: OPCODE.close, payload: 'x' })]],
]
for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
  violations.push([`opcode ${opcode}`, [frame({ opcode })]])
for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])
  violations.push([`close code ${code}`, [frame({ opcode: OPCODE.close, payload: closePayload(code) })]])

describe('RFC 6455', () => {
  it.each(violations)('ER8: %s closes with 1002', async (_, bytes) => {
    await closesWith(1002, bytes)
  })

  it('ER8: on the echo endpoint too', async () => {
    for (const [, bytes] of violations.slice(0, 16)) {
      await closesWith(1002, bytes, '/ws')
      await emptyServer(server)
    }
  })

  it('ER8: what came before the violation counts, what comes after does not', async () => {
    const peer = await open()
    const after = text(JSON.stringify({ message: 'after' }))
    peer.send(Buffer.concat([text(JSON.stringify({ message: 'before' })), text(hello, { rsv: 4 }), after]))
    await healthy.hears('before')
    expect((await peer.closeFrame()).code).toBe(1002)
    await unharmed()
    expect(healthy.inbox.all.some((item) => item.type === 'message' && item.message === 'after')).toBe(false)
  })

  it('ER8: legal frames are not violations', async () => {
    const peer = await open()
    await peer.sendSplit(text(hello), [1, 2, 3, 5, 6, 7, 12, 20])
    await healthy.hears('hello')
    peer.frame({ opcode: OPCODE.ping, payload: 'x'.repeat(125) })
    expect((await peer.next(OPCODE.pong)).payload.toString()).toBe('x'.repeat(125))
    peer.frame({ opcode: OPCODE.pong, payload: 'unasked' })
    peer.frame({ payload: '{"message":', fin: false })
    peer.frame({ opcode: OPCODE.ping, payload: 'between' })
    peer.frame({ opcode: OPCODE.continuation, payload: '"in pieces"}' })
    expect((await peer.next(OPCODE.pong)).payload.toString()).toBe('between')
    await healthy.hears('in pieces')
    for (const item of peer.inbox.all) expect([item.masked, item.rsv, item.fin]).toEqual([false, 0, true])
  })

  it.each([1000, 1001, 3000, 4000, 4999])(
    'ER8: a close with %i is answered and ends the connection',
    async (code) => {
      const peer = await open()
      await healthy.next('system', (item) => item.event === 'join')
      peer.answers = false
      peer.frame({ opcode: OPCODE.close, payload: closePayload(code, 'bye') })
      expect((await peer.closeFrame()).code).toBe(code)
      await healthy.next('system', (item) => item.event === 'leave')
      await peer.ended()
    },
  )
})

describe('fragments', () => {
  const pieces = (count: number, last: boolean): Buffer[] =>
    Array.from({ length: count }, (_, index) =>
      frame({
        opcode: index === 0 ? OPCODE.text : OPCODE.continuation,
        fin: last && index === count - 1,
        payload: index === 0 ? '{"message":"pieces"}' : ' ',
      }),
    )

  it('ER9: 64 pieces are one message', async () => {
    const peer = await open()
    for (const bytes of pieces(64, true)) peer.send(bytes)
    await healthy.hears('pieces')
    await unharmed()
  })

  it('ER9: 65 pieces close with 1009', async () => {
    await closesWith(1009, pieces(65, true))
  })

  it('ER9: pieces without an end close with 1009, empty ones too', async () => {
    await closesWith(1009, pieces(70, false))
    await emptyServer(server)
    const empty = Array.from({ length: 200 }, () => frame({ opcode: OPCODE.continuation, fin: false }))
    await closesWith(1009, [text('', { fin: false }), ...empty])
  })
})

describe('no WebSocket at all', () => {
  it('ER15: peers that connect and say nothing, or stammer', async () => {
    const peer = await open()
    const mute = await Promise.all(Array.from({ length: 30 }, () => RawClient.connect(server.port)))
    const slow = await RawClient.connect(server.port)
    const head = `GET /ws/chat/Slow HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUpgrade: websocket\r\n`
    await slow.sendSplit(
      Buffer.from(head),
      Array.from({ length: head.length - 1 }, (_, index) => index + 1),
    )
    await unharmed()
    peer.text({ message: 'beside them' })
    await healthy.hears('beside them')
    const rest =
      'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
    await slow.sendSplit(Buffer.from(rest), [3, 9, 40, 90])
    await healthy.next('system', (item) => item.username === 'Slow')
    // Others may hear of him before his own answer has reached him.
    await slow.inbox.until(() => slow.status !== 0, 'an answer to the upgrade')
    expect(slow.status).toBe(101)
    expect(mute.every((client) => !client.isOver)).toBe(true)
  })

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['bytes', '\u0000\u0001\u0002\u0003\r\n\r\n'],
    ['headers without end', `GET /ws/chat HTTP/1.1\r\n${'X-Filler: abcdefgh\r\n'.repeat(2_000)}`],
    [
      'an upgrade without a key',
      'GET /ws/chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    ],
  ])('ER15: %s is answered with an error', async (_, bytes) => {
    await open()
    const peer = await RawClient.connect(server.port)
    peer.send(bytes)
    await peer.ended()
    expect(peer.status).toBeGreaterThanOrEqual(400)
    await unharmed()
  })

  it('ER15: a connection cut inside a frame', async () => {
    const peer = await open()
    peer.send(text(hello).subarray(0, 9))
    await peer.destroy()
    await healthy.next('system', (item) => item.event === 'leave')
    await unharmed()
  })
})

it('ER15: none of this was logged as a mistake of the server', () => {
  expect(server.output()).not.toContain('"level":50')
})
