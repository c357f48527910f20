import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headText, MarkReader, Spacing } from './marks.mjs'

interface Heard {
  sender: number
  stamp: number
}

/** A stream as a server writes it: messages of one length, here and there something without a mark. */
function streamOf(messages: readonly Heard[], noise: readonly number[]): Uint8Array {
  const parts = messages.map(({ sender, stamp }, index) => {
    const seq = String(index).padStart(5, '0')
    const gap = 'n'.repeat(noise[index % noise.length] ?? 0)
    return `${gap}{"message":"${headText(sender, stamp)}....","seq":${seq}}`
  })
  return Buffer.from(parts.join(''))
}

function readInChunks(reader: MarkReader, bytes: Uint8Array, cuts: readonly number[]): number {
  let count = 0
  let at = 0
  for (let turn = 0; at < bytes.length; turn++) {
    const chunk = bytes.subarray(at, at + (cuts[turn % cuts.length] ?? 1))
    // The generator's buffer is longer than what was read, and full of old bytes.
    const buffer = Buffer.concat([chunk, Buffer.from('^^^^^^^^')])
    count += reader.read(buffer, chunk.length)
    at += chunk.length
  }
  return count
}

const message = fc.record({
  sender: fc.integer({ min: 0, max: 9_999 }),
  stamp: fc.integer({ min: 0, max: 9_999_999_999 }),
})
const messages = fc.array(message, { minLength: 1, maxLength: 300 })
const noise = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 9 })
const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 9 })

describe('finding messages', () => {
  it('finds each message with its sender and time, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(messages, noise, cuts, (sent, gaps, sizes) => {
        const heard: Heard[] = []
        const reader = new MarkReader(new Spacing(), (sender, stamp) => heard.push({ sender, stamp }))
        expect(readInChunks(reader, streamOf(sent, gaps), sizes)).toBe(sent.length)
        expect(heard).toEqual(sent)
      }),
    )
  })

  it('finds them also when it jumps, after it has learnt how far they are apart', () => {
    const warmup = Array.from({ length: 200 }, (_none, index) => ({ sender: index, stamp: index }))
    fc.assert(
      fc.property(messages, noise, cuts, (sent, gaps, sizes) => {
        const spacing = new Spacing()
        const heard: Heard[] = []
        const reader = new MarkReader(spacing, (sender, stamp) => heard.push({ sender, stamp }))
        readInChunks(reader, streamOf(warmup, [0, 0, 7]), sizes)
        spacing.settle()
        expect(spacing.stride).toBeGreaterThan(20)
        heard.length = 0
        expect(readInChunks(reader, streamOf(sent, gaps), sizes)).toBe(sent.length)
        expect(heard).toEqual(sent)
      }),
    )
  })

  it('does not jump when it has seen too little', () => {
    const spacing = new Spacing()
    new MarkReader(spacing, null).read(streamOf([{ sender: 1, stamp: 1 }], [0]), 50)
    spacing.settle()
    expect(spacing.stride).toBe(1)
  })
})
