import type { Writable } from 'node:stream'
import fc from 'fast-check'
import * as ws from 'ws'
import { describe, expect, it } from 'vitest'
import { TextReader } from './text-reader.ts'

/** Its published types leave it out. */
const Receiver = Reflect.get(ws, 'Receiver') as new (options: object) => Writable

interface Sent {
  readonly opcode: number
  readonly fin: boolean
  readonly payload: Buffer
}

const MAX_BYTES = 300

function frame({ opcode, fin, payload }: Sent): Buffer {
  const mask = Buffer.from([0x12, 0xa5, 0xff, 0x00])
  const head = [opcode | (fin ? 0x80 : 0)]
  if (payload.length < 126) head.push(0x80 | payload.length)
  else head.push(0x80 | 126, payload.length >> 8, payload.length & 0xff)
  return Buffer.concat([Buffer.from(head), mask, payload.map((byte, i) => byte ^ (mask[i % 4] as number))])
}

/** What is heard in each chunk, by a receiver of `ws` alone or with a reader in front of it, until the first fault. */
function hear(chunks: readonly Buffer[], withReader: boolean): { heard: string[]; texts: number } {
  const heard: string[] = []
  let faulty = false
  let texts = 0
  const receiver = new Receiver({ isServer: true, maxPayload: MAX_BYTES, allowSynchronousEvents: true })
  receiver.on('message', (data: Buffer, binary: boolean) =>
    heard.push(`${binary ? 'b' : 't'}:${data.toString('hex')}`),
  )
  receiver.on('ping', (data: Buffer) => heard.push(`ping:${data.toString('hex')}`))
  receiver.on('pong', (data: Buffer) => heard.push(`pong:${data.toString('hex')}`))
  receiver.on('conclude', (code: number) => heard.push(`close:${code}`))
  receiver.on('error', (error: Error & { code?: string }) => {
    faulty = true
    heard.push(`fault:${error.code}`)
  })
  const reader = new TextReader(
    (bytes) => receiver.write(bytes),
    (text) => {
      if (receiver.errored !== null) return false
      texts++
      heard.push(`t:${Buffer.from(text).toString('hex')}`)
      return true
    },
    MAX_BYTES,
  )
  for (const chunk of chunks) {
    if (faulty || receiver.errored !== null) break
    const copy = Buffer.from(chunk)
    if (withReader) reader.read(copy)
    else receiver.write(copy)
  }
  return { heard, texts }
}

const short = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text))
const payload = fc.oneof(
  { weight: 6, arbitrary: short },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 120, max: MAX_BYTES + 2 }).map((length) => Buffer.alloc(length, 'x')),
  },
  { weight: 1, arbitrary: fc.constant(Buffer.from('a\uFFFDb')) },
)
const sent = fc.oneof(
  { weight: 6, arbitrary: payload.map((bytes): Sent => ({ opcode: 1, fin: true, payload: bytes })) },
  {
    weight: 2,
    arbitrary: fc.record({ opcode: fc.constantFrom(0, 1, 2, 9, 10), fin: fc.boolean(), payload }),
  },
)

describe('the reader in front of the receiver', () => {
  it('lets the same be heard as the receiver alone, whatever comes and however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(sent, { maxLength: 12 }),
        fc.array(fc.nat(400), { maxLength: 8 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.map(frame))
          const at = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b)
          const chunks = [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length))
          const nonEmpty = chunks.filter(({ length }) => length > 0)
          expect(hear(nonEmpty, true).heard).toEqual(hear(nonEmpty, false).heard)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('takes whole short texts itself, several in one chunk and between frames for the receiver', () => {
    const text = (words: string): Buffer => frame({ opcode: 1, fin: true, payload: Buffer.from(words) })
    const ping = frame({ opcode: 9, fin: true, payload: Buffer.from('?') })
    const chunk = Buffer.concat([text('大廳'), ping, text('two'), text('x'.repeat(200))])
    expect(hear([chunk], true).texts).toBe(3)
    // A text that is cut goes to the receiver, and the next one is ours again.
    const cut = text('three')
    expect(hear([cut.subarray(0, 7), Buffer.concat([cut.subarray(7), text('four')])], true).texts).toBe(1)
  })
})
