import { describe, expect, it } from 'vitest'
import { keepingLogger } from '../../../testing/sqlite.ts'
import { entry, shown } from '../../../testing/store-support.ts'
import { createHmacSigner } from '../hmac-signer.ts'
import { noHints } from '../metrics/bus-counts.ts'
import { createHintCodec } from './hint-codec.ts'

const signer = createHmacSigner(Buffer.alloc(32, 'a cluster'))

/** What a node of the next version may say. */
const said = (hint: object): string => signer.sign(JSON.stringify({ node: 'newer', entries: [], ...hint }))

const known = shown(entry(), 1)
const typing = { kind: 'typing', log: 'lobby', person: 'p1', name: 'Alice' }
const left = { kind: 'changes', run: 1, from: 1, changes: [{ kind: 'left', room: 'lobby', person: 'p1' }] }

function opened() {
  const logger = keepingLogger()
  return { logger, codec: createHintCodec({ node: 'this', signer, logger, counts: noHints() }) }
}

describe('hints of a newer version', () => {
  it('are understood with fields that nobody knows yet, at every depth', () => {
    const { codec, logger } = opened()
    const heard = codec.decode(
      said({
        version: '2.0.0',
        entries: [{ ...known, colour: 'red' }],
        signals: [{ ...typing, where: 'page' }],
        presence: [{ ...left, changes: [{ ...left.changes[0], why: 'tired' }], mood: 'good' }],
      }),
    )
    expect(heard).toMatchObject({
      from: 'newer',
      hint: { entries: [known], signals: [typing], presence: [left] },
    })
    expect(logger.logged).toEqual([])
  })

  it('are heard without the parts of an unknown kind, which are counted', () => {
    const { codec, logger } = opened()
    const strange = { kind: 'poll', log: 'lobby', person: 'p1', name: null }
    const text = said({
      entries: [{ ...known, kind: 'poll' }, known],
      signals: [strange, typing],
      presence: [left, { ...left, changes: [{ kind: 'dancing', person: 'p1' }] }],
      votes: [1, 2],
    })
    for (let times = 0; times < 2; times++)
      expect(codec.decode(text)).toMatchObject({
        from: 'newer',
        hint: { entries: [known], signals: [typing], presence: [left] },
      })
    expect(logger.logged).toMatchObject([{ level: 'warn', event: 'hints_unknown', fields: { unknown: 1 } }])
  })

  it('are refused when they are none, though the cluster has signed them', () => {
    const { codec, logger } = opened()
    for (const text of ['[]', '{"node":"newer"}', '{"node":1,"entries":[]}', '{"node":"newer","entries":{}}'])
      expect(codec.decode(signer.sign(text))).toBeNull()
    expect(logger.logged).toMatchObject([{ event: 'hints_refused', fields: { refused: 1 } }])
  })
})
