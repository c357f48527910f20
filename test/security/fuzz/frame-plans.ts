/** Bytes for a WebSocket endpoint, right and wrong: what one connection sends. */
import { constants, deflateRawSync } from 'node:zlib'
import { V1_SUBPROTOCOL } from '@roomful/protocol'
import type { Chance } from '../../sim/chance.ts'
import { closePayload, frame as frameOf, type FrameParts, OPCODE } from '../../support/raw-client.ts'
import type { Rules } from './reference.ts'

const MAX_BYTES = 65_536
const MAX_FRAGMENTS = 64

/** Of a hundred frames so many are wrong. More would end connections before they have met anything. */
const WRONG_IN_100 = 2

/** Below the number of refusals after which a connection is closed (ER12). */
const MOST_FRAMES = 90

export interface FramePlan {
  readonly head: string
  readonly dialect: 'classic' | 'v1'
  readonly isEcho: boolean
  readonly rules: Rules
  readonly frames: readonly Buffer[]
}

/** `serial` keeps names apart, and what takes the place of `{}` in the head. */
export function framePlan(chance: Chance, serial: number): FramePlan {
  const path = chance.pick(['/ws', '/ws/chat', `/ws/chat/F${serial}{}`, `/ws/chat/H${serial}{}/heartbeat`])
  const isEcho = path === '/ws'
  const dialect = !isEcho && chance.chance(0.3) ? 'v1' : 'classic'
  const deflate = chance.chance(0.05)
  const lines = [
    `GET ${path}?room=r${serial % 50} HTTP/1.1`,
    'Host: fuzz.example',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...(dialect === 'v1' ? [`Sec-WebSocket-Protocol: ${V1_SUBPROTOCOL}`] : []),
    ...(deflate ? ['Sec-WebSocket-Extensions: permessage-deflate'] : []),
  ]
  const frames: Buffer[] = []
  const count = chance.between(1, MOST_FRAMES)
  while (frames.length < count) {
    if (chance.between(1, 100) <= WRONG_IN_100) frames.push(wrong(chance, isEcho))
    else frames.push(...right(chance, deflate, isEcho))
  }
  return {
    head: `${lines.join('\r\n')}\r\n\r\n`,
    dialect,
    isEcho,
    rules: { maxBytes: MAX_BYTES, maxFragments: MAX_FRAGMENTS, isChat: !isEcho, deflate },
    frames,
  }
}

/** Masks follow from the seed too. */
function frame(chance: Chance, parts: FrameParts): Buffer {
  return frameOf({ ...parts, mask: noise(chance, 4) })
}

/** The bytes in pieces: at once, cut anywhere, or frame by frame with several cuts. */
export function chunksOf(chance: Chance, bytes: Buffer): Buffer[] {
  const cuts = chance.pick([0, 0, 1, 2, 8, 40])
  const places = Array.from({ length: Math.min(cuts, bytes.length) }, () => chance.between(0, bytes.length))
  const chunks: Buffer[] = []
  let from = 0
  for (const to of [...places.sort((a, b) => a - b), bytes.length]) {
    if (to > from) chunks.push(Buffer.from(bytes.subarray(from, to)))
    from = to
  }
  return chunks
}

const TEXTS = [
  '{"message":"hello"}',
  '{"message":"你好，世界 👋🏽"}',
  '{"type":"status"}',
  '{"type":"heartbeat"}',
  '{"type":"pong"}',
  '{"type":"join","room":"other"}',
  '{"type":"history","limit":3}',
  '{"type":"typing"}',
  '{"message":"x","target_user":"F1"}',
  '',
  'hello',
  '\u0000',
  '\ufffd',
  '\ufeff{}',
  '{"message":"\ufffd"}',
  '𐍈'.repeat(20),
]

function textOf(chance: Chance): Buffer {
  if (chance.chance(0.97)) return Buffer.from(chance.pick(TEXTS))
  const length = chance.pick([0, 1, 124, 125, 126, 127, 128, 200, 1_000, 16_384, 16_385])
  return Buffer.from(`{"message":"${'x'.repeat(length)}"}`)
}

function right(chance: Chance, deflate: boolean, isEcho: boolean): Buffer[] {
  const kind = chance.between(1, 100)
  if (kind <= 10)
    return [frame(chance, { opcode: OPCODE.ping, payload: noise(chance, chance.pick([0, 1, 4, 124, 125])) })]
  if (kind <= 15)
    return [frame(chance, { opcode: OPCODE.pong, payload: noise(chance, chance.between(0, 125)) })]
  if (kind <= 30) return pieces(chance, textOf(chance), chance.pick([2, 2, 3, 5]), {})
  if (kind === 31) return pieces(chance, textOf(chance), chance.pick([63, 64]), {})
  if (kind <= 36 && isEcho)
    return [frame(chance, { opcode: OPCODE.binary, payload: noise(chance, chance.between(0, 300)) })]
  if (deflate && kind <= 60) return squeezed(chance)
  return [frame(chance, { payload: textOf(chance) })]
}

/** One message in several frames; control frames may stand between them. */
function pieces(chance: Chance, payload: Buffer, count: number, first: FrameParts): Buffer[] {
  const frames: Buffer[] = []
  let from = 0
  for (let i = 0; i < count; i++) {
    const isLast = i === count - 1
    const to = isLast ? payload.length : chance.between(from, payload.length)
    const part = payload.subarray(from, to)
    from = to
    frames.push(
      frame(chance, { ...(i === 0 ? first : { opcode: OPCODE.continuation }), payload: part, fin: isLast }),
    )
    if (!isLast && chance.chance(0.1)) frames.push(frame(chance, { opcode: OPCODE.ping, payload: 'between' }))
  }
  return frames
}

function squeezed(chance: Chance): Buffer[] {
  const plain = chance.chance(0.01)
    ? Buffer.alloc(chance.pick([65_536, 65_537, 2_000_000]), 'x')
    : textOf(chance)
  const packed = deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
  const payload = chance.chance(0.05) ? flipped(chance, packed) : packed
  return chance.chance(0.3) ? pieces(chance, payload, 2, { rsv: 4 }) : [frame(chance, { payload, rsv: 4 })]
}

const BAD_UTF8 = ['c328', 'c0af', 'eda080', 'f4908080', 'e4bd', 'ff', 'f8a1a1a1a1', '80', 'c080'].map((hex) =>
  Buffer.from(hex, 'hex'),
)

const WRONG: readonly ((chance: Chance, isEcho: boolean) => FrameParts | Buffer)[] = [
  (chance) => ({ payload: textOf(chance), masked: false }),
  (chance) => ({ payload: textOf(chance), rsv: chance.between(1, 7) }),
  (chance) => ({ opcode: chance.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload: noise(chance, 4) }),
  (chance) => ({ opcode: chance.pick([8, 9, 10]), payload: noise(chance, chance.between(126, 300)) }),
  (chance) => ({ opcode: chance.pick([8, 9, 10]), fin: false, payload: noise(chance, 3) }),
  (chance) => ({ opcode: OPCODE.continuation, payload: textOf(chance), fin: chance.chance(0.5) }),
  (chance) => ({ payload: textOf(chance), fin: false }),
  (chance) => ({
    payload: Buffer.concat([Buffer.from('{"message":"'), chance.pick(BAD_UTF8), Buffer.from('"}')]),
  }),
  (chance) => ({ payload: chance.pick(BAD_UTF8) }),
  (chance) => ({ opcode: OPCODE.binary, payload: noise(chance, chance.between(0, 200)) }),
  (chance) => ({ opcode: OPCODE.close, payload: closePayload(chance.between(0, 65_535), noise(chance, 3)) }),
  (chance) => ({ opcode: OPCODE.close, payload: closePayload(chance.pick([1000, 1001, 3000, 4999]), 'bye') }),
  (chance) => ({ opcode: OPCODE.close, payload: noise(chance, chance.between(0, 2)) }),
  (chance) => ({ declaredLength: 2n ** BigInt(chance.between(0, 63)), payload: textOf(chance) }),
  (chance) => ({ declaredLength: BigInt(chance.pick([126, 127, 65_535, 65_536, 65_537])) }),
  (chance) =>
    Buffer.concat(
      Array.from({ length: 65 }, (_, i) =>
        frame(chance, { opcode: i === 0 ? 1 : 0, fin: false, payload: noise(chance, 1) }),
      ),
    ),
  (chance) => noise(chance, chance.between(1, 60)),
  (chance) => flipped(chance, frame(chance, { payload: textOf(chance) })),
  (chance) => flipped(chance, frame(chance, { opcode: OPCODE.ping, payload: noise(chance, 8) })),
  (chance) => frame(chance, { payload: textOf(chance) }).subarray(0, chance.between(1, 8)),
]

function wrong(chance: Chance, isEcho: boolean): Buffer {
  const made = chance.pick(WRONG)(chance, isEcho)
  return Buffer.isBuffer(made) ? made : frame(chance, made)
}

function noise(chance: Chance, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  for (let i = 0; i < length; i++) bytes[i] = chance.next() * 256
  return bytes
}

/** One to three bits are others. */
function flipped(chance: Chance, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let i = chance.between(1, 3); i > 0 && copy.length > 0; i--) {
    const at = chance.between(0, copy.length - 1)
    copy[at] = copy.readUInt8(at) ^ (1 << chance.between(0, 7))
  }
  return copy
}
