import { describe, expect, it } from 'vitest'
import { MessageFrame, pongFrame, textFrame } from './frames.mjs'
import { headText } from './marks.mjs'

/** Takes client frames apart, as RFC 6455 section 5.2 says. */
function parse(bytes: Buffer): { opcode: number; text: string }[] {
  const frames = []
  for (let at = 0; at < bytes.length; ) {
    const short = bytes.readUInt8(at + 1) & 0x7f
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0
    const size =
      short === 126
        ? bytes.readUInt16BE(at + 2)
        : short === 127
          ? Number(bytes.readBigUInt64BE(at + 2))
          : short
    expect(bytes.readUInt8(at + 1) & 0x80).toBe(0x80)
    const mask = bytes.subarray(at + 2 + extended, at + 6 + extended)
    const payload = bytes.subarray(at + 6 + extended, at + 6 + extended + size)
    const text = Buffer.from(payload.map((byte, index) => byte ^ mask.readUInt8(index & 3))).toString()
    frames.push({ opcode: bytes.readUInt8(at) & 0x0f, text })
    at += 6 + extended + size
  }
  return frames
}

describe('client frames', () => {
  it.each([0, 100, 200, 70_000])('hold the text, %i bytes longer than its head', (length) => {
    const filler = 'x'.repeat(length)
    const frame = new MessageFrame({ sender: 42, before: '{"message":"', after: '"}', filler })
    const expected = (stamp: number): object => ({
      opcode: 1,
      text: `{"message":"${headText(42, stamp)}${filler}"}`,
    })
    expect(parse(frame.make(9_876_543_210, 1))).toEqual([expected(9_876_543_210)])
    expect(parse(frame.make(7, 3))).toEqual([expected(7), expected(7), expected(7)])
  })

  it('are also plain texts and pongs', () => {
    expect(parse(textFrame('40{}'))).toEqual([{ opcode: 1, text: '40{}' }])
    expect(parse(pongFrame)).toEqual([{ opcode: 10, text: '' }])
  })
})
