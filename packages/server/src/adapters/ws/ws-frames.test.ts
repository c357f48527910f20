import { describe, expect, it } from 'vitest'
import { wsDeflateEncoder, wsEncoder } from './ws-frames.ts'
import type { Audience } from '../../core/audience.ts'
import { Frame, Tail } from '../../core/tail.ts'

const PLAIN: Audience = { index: 0, dialect: 'classic', lang: 'en', encoder: wsEncoder }
const CHINESE: Audience = { ...PLAIN, index: 1, lang: 'zh-Hant' }
const DEFLATED: Audience = { ...PLAIN, index: 2, encoder: wsDeflateEncoder }

const text = (seq: number): string => JSON.stringify({ seq, message: '大廳 hall '.repeat(20) })
const texts = (bytes: Uint8Array | null, { encoder }: Audience): string[] => {
  const found: string[] = []
  let rest = Buffer.from(bytes ?? [])
  while (rest.length > 0) {
    const short = (rest[1] as number) & 0x7f
    const length = short < 126 ? 2 + short : 4 + rest.readUInt16BE(2)
    found.push(encoder.decode(rest.subarray(0, length)))
    rest = rest.subarray(length)
  }
  return found
}

describe('frames that a tail keeps', () => {
  it('joins a turn once, and gives any part of it again to any audience', () => {
    const tail = new Tail(1e6, 0)
    for (let seq = 1; seq <= 4; seq++) tail.push(new Frame(seq, text(seq)))
    const all = [1, 2, 3, 4].map(text)
    expect(texts(tail.join(0, 4, PLAIN).bytes, PLAIN)).toEqual(all)
    tail.markFlushed()
    for (const audience of [PLAIN, CHINESE, DEFLATED]) {
      expect(texts(tail.join(0, 4, audience).bytes, audience)).toEqual(all)
      expect(texts(tail.join(1, 3, audience).bytes, audience)).toEqual(all.slice(1, 3))
      expect(texts(tail.join(3, 4, audience).bytes, audience)).toEqual(all.slice(3))
    }
  })

  it('gives back what was compressed first to those who read it plain', () => {
    const tail = new Tail(1e6, 0)
    for (let seq = 1; seq <= 2; seq++) tail.push(new Frame(seq, text(seq)))
    tail.join(0, 2, DEFLATED)
    tail.markFlushed()
    expect(texts(tail.join(0, 2, PLAIN).bytes, PLAIN)).toEqual([text(1), text(2)])
  })

  it('keeps the languages of a notice apart, also in a turn with messages', () => {
    const tail = new Tail(1e6, 0)
    tail.push(new Frame(1, text(1)))
    tail.push(new Frame(0, { en: '"came"', 'zh-Hant': '"來了"' }))
    expect(texts(tail.join(0, 2, CHINESE).bytes, CHINESE)).toEqual([text(1), '"來了"'])
    expect(texts(tail.join(0, 2, PLAIN).bytes, PLAIN)).toEqual([text(1), '"came"'])
    tail.markFlushed()
    expect(texts(tail.join(0, 2, CHINESE).bytes, CHINESE)).toEqual([text(1), '"來了"'])
    expect(texts(tail.join(1, 2, PLAIN).bytes, PLAIN)).toEqual(['"came"'])
  })
})
