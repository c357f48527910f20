import { describe, expect, it } from 'vitest'
import { createEventEncoder, isRefusal, positionOf } from './event-stream.ts'

const encoder = createEventEncoder('e-1_x')
const text = (json: string, seq?: number): string => Buffer.from(encoder.encode(json, seq)).toString()

describe('the encoder of events', () => {
  it('SS1: makes an event of the type, with an id where it moves a reader', () => {
    expect(text('{"type":"message","message":"a\\nb"}', 7)).toBe(
      'id: e-1_x:7\nevent: message\ndata: {"type":"message","message":"a\\nb"}\n\n',
    )
    expect(text('{"type":"system"}')).toBe('event: system\ndata: {"type":"system"}\n\n')
    expect(text('{"type":"system"}', 0)).toMatch(/^id: e-1_x:0\n/)
  })

  it('SS1: calls an error a refusal', () => {
    const frame = encoder.encode('{"type":"error","code":"inactive"}')
    expect(Buffer.from(frame).toString()).toMatch(/^event: refusal\n/)
    expect([isRefusal(frame), isRefusal(encoder.encode('{"type":"message"}'))]).toEqual([true, false])
  })

  it('SS7: tells the slot by which an EventSource comes back', () => {
    const json = '{"type":"going_away","retry_after_ms":3210,"reason":"restart"}'
    expect(text(json)).toBe(`retry: 3210\nevent: going_away\ndata: ${json}\n\n`)
  })

  it('gives the text of a frame back, whatever stands in front of it', () => {
    for (const json of [
      '{"type":"message","message":"\\ndata: x"}',
      '{"type":"going_away","retry_after_ms":1}',
    ])
      expect(encoder.decode(encoder.encode(json, 5))).toBe(json)
  })

  it('joins events', () => {
    const parts = [encoder.encode('{"type":"a"}', 1), encoder.encode('{"type":"b"}')]
    const size = parts.reduce((sum, { length }) => sum + length, 0)
    expect(Buffer.from(encoder.join(parts, size)).toString()).toBe(
      text('{"type":"a"}', 1) + text('{"type":"b"}'),
    )
  })
})

describe('an id', () => {
  it('SS3: is read back', () => {
    expect(positionOf('e-1_x:7')).toEqual({ epoch: 'e-1_x', seq: 7 })
    expect(positionOf('a:b:0')).toEqual({ epoch: 'a:b', seq: 0 })
  })

  it('SS3: is none where nothing is said', () => {
    expect([positionOf(undefined), positionOf('')]).toEqual([null, null])
  })

  it.each(['7', ':7', 'e:', 'e:-1', 'e:1.5', 'e:1e3', 'e:9999999999999999', `${'e'.repeat(200)}:1`])(
    'SS4: %j is of no epoch',
    (id) => {
      expect(positionOf(id)).toEqual({ epoch: '', seq: 0 })
    },
  )
})
