import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FramePipe } from './frame-pipe.ts'

type Frame = readonly [kind: number, content: string]

/** The bytes of frames as a pipe writes them. */
async function bytesOf(frames: readonly Frame[]): Promise<Buffer> {
  const stream = new PassThrough()
  const chunks: Buffer[] = []
  const pipe = new FramePipe(stream, { onFrame() {}, onEnd() {} })
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  for (const [kind, content] of frames) pipe.send(kind, Buffer.from(content))
  await new Promise((resolve) => setImmediate(resolve))
  return Buffer.concat(chunks)
}

/** What a pipe makes of bytes that come in these pieces. */
async function read(pieces: readonly Uint8Array[]): Promise<Frame[]> {
  const stream = new PassThrough()
  const heard: Frame[] = []
  const pipe = new FramePipe(stream, {
    onFrame: (kind, content) => heard.push([kind, content.toString()]),
    onEnd() {},
  })
  for (const piece of pieces) {
    stream.write(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(pipe.waiting).toBe(0)
  return heard
}

describe('a frame pipe', () => {
  it('gives whole frames in order, however their bytes are cut', async () => {
    const frame = fc.tuple(fc.nat(255), fc.string({ maxLength: 40 }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(frame, { maxLength: 6 }),
        fc.array(fc.nat(200), { maxLength: 8 }),
        async (frames, cuts) => {
          const bytes = await bytesOf(frames)
          const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
          const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
          expect(await read(pieces)).toEqual(frames)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('writes what is sent in one turn at once', async () => {
    const stream = new PassThrough()
    const pipe = new FramePipe(stream, { onFrame() {}, onEnd() {} })
    pipe.send(1, Buffer.from('a'))
    pipe.send(2, Buffer.from('b'))
    expect(stream.writableCorked).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(stream.writableCorked).toBe(0)
  })

  it('tells of the end once, and sends nothing behind it', async () => {
    const stream = new PassThrough()
    let ends = 0
    const pipe = new FramePipe(stream, { onFrame() {}, onEnd: () => ends++ })
    stream.destroy(new Error('planted'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(() => pipe.send(1, Buffer.from('a'))).not.toThrow()
    expect(ends).toBe(1)
  })
})
