import { describe, expect, it } from 'vitest'
import { keepingLogger } from '../../../testing/sqlite.ts'
import { entry, shown } from '../../../testing/store-support.ts'
import type { Hint, PresenceHint, Signal } from '../../ports/bus.ts'
import { createHmacSigner } from '../hmac-signer.ts'
import { noHints } from '../metrics/bus-counts.ts'
import { createHintBus, type HintChannel } from './hint-bus.ts'
import { createHintCodec, type HintCodec } from './hint-codec.ts'

const signer = createHmacSigner(Buffer.alloc(32, 'a cluster'))
const codecOf = (node: string, logger = keepingLogger()) =>
  createHintCodec({ node, signer, logger, counts: noHints() })

/** A broker that takes one text at a time, when the test lets it. */
class SlowChannel implements HintChannel {
  readonly isLost = false
  readonly sent: string[] = []
  #taken: (() => void)[] = []

  onHint(): void {}

  send(text: string): Promise<void> {
    this.sent.push(text)
    return new Promise((resolve) => this.#taken.push(resolve))
  }

  async takeAll(): Promise<void> {
    while (this.#taken.length > 0) {
      for (const taken of this.#taken.splice(0)) taken()
      for (let i = 0; i < 5; i++) await Promise.resolve()
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

const typing = (n: number): Signal => ({ kind: 'typing', log: 'lobby', person: `p${n}`, name: null })
const changes = (from: number): PresenceHint => ({ kind: 'changes', run: 0, from, changes: [] })

function heardBy(codec: HintCodec, texts: readonly string[]): Hint[] {
  return texts.map((text) => codec.decode(text)?.hint ?? {})
}

describe('a bus over a broker', () => {
  it('lets go of the oldest of each kind when the broker takes too long, and of no other kind for it', async () => {
    const channel = new SlowChannel()
    const bus = createHintBus({ codec: codecOf('here'), channel, logger: keepingLogger(), counts: noHints() })
    bus.publish({ entries: [shown(entry(), 1)] })
    bus.publish({ entries: Array.from({ length: 20_010 }, (_, i) => shown(entry({ text: '' }), i + 2)) })
    bus.publish({ signals: Array.from({ length: 5_007 }, (_, i) => typing(i)) })
    bus.publish({ presence: Array.from({ length: 403 }, (_, i) => changes(i)) })
    await channel.takeAll()
    const [, ...hints] = heardBy(codecOf('there'), channel.sent)
    const entries = hints.flatMap((hint) => hint.entries ?? [])
    expect([entries.length, entries[0]?.seq, entries.at(-1)?.seq]).toEqual([20_000, 12, 20_011])
    const signals = hints.flatMap((hint) => hint.signals ?? [])
    expect([signals.length, signals[0]]).toEqual([5_000, typing(7)])
    const presence = hints.flatMap((hint) => hint.presence ?? [])
    expect([presence.length, presence[0]]).toEqual([400, changes(3)])
    for (const hint of hints) {
      expect(hint.entries?.length).toBeLessThanOrEqual(2_000)
      expect(hint.signals?.length ?? 0).toBeLessThanOrEqual(1_000)
      expect(hint.presence?.length ?? 0).toBeLessThanOrEqual(8)
    }
  })

  it('sends what waits before it is closed', async () => {
    const channel = new SlowChannel()
    const bus = createHintBus({ codec: codecOf('here'), channel, logger: keepingLogger(), counts: noHints() })
    bus.publish({ signals: [typing(0)] })
    bus.publish({ presence: [changes(1)] })
    const closed = bus.close()
    bus.publish({ signals: [typing(2)] })
    await channel.takeAll()
    await closed
    expect(heardBy(codecOf('there'), channel.sent)).toEqual([
      { entries: [], signals: [typing(0)] },
      { entries: [], presence: [changes(1)] },
    ])
  })

  it('is closed when the broker takes nothing any more', async () => {
    const channel = new SlowChannel()
    const bus = createHintBus({ codec: codecOf('here'), channel, logger: keepingLogger(), counts: noHints() })
    bus.publish({ signals: [typing(0)] })
    bus.publish({ presence: [changes(1)] })
    await bus.close()
    await channel.takeAll()
    expect(channel.sent).toHaveLength(1)
  })
})

describe('hints', () => {
  const valid = { kind: 'joined', room: 'r', person: 'p', name: null, away: false, isNew: true }
  const signed = (hint: object) => signer.sign(JSON.stringify({ node: 'there', entries: [], ...hint }))

  it('of a node of an earlier version, which tells of entries only, are heard', () => {
    expect(codecOf('here').decode(signed({}))).toEqual({ from: 'there', hint: { entries: [] } })
  })

  it.each([
    { signals: [{ kind: 'typing', log: 'lobby', person: 'p' }] },
    { signals: [{ kind: 'read', log: 'lobby', person: 'p', name: 'n', seq: -1 }] },
    { signals: [{ kind: 'typing', log: 'x'.repeat(257), person: 'p', name: null }] },
    { presence: [{ kind: 'changes', run: 0, from: 0, changes: [{ ...valid, away: 1 }] }] },
    { presence: [{ kind: 'changes', run: 0, from: 0, changes: Array.from({ length: 251 }, () => valid) }] },
    { presence: [{ kind: 'changes', run: 0, from: 1.5, changes: [] }] },
    { presence: [{ kind: 'changes', from: 0, changes: [] }] },
    { presence: [{ kind: 'part', run: 0, version: 1, part: 0, parts: 1_000_000_000, stays: [] }] },
    { presence: [{ kind: 'part', run: 0, version: 1, part: 0, parts: 1, stays: [{ kind: 'left' }] }] },
    { presence: [{ kind: 'ask', node: 'n', version: 0, missing: [-1] }] },
    { presence: 'all' },
  ])('that say what no node says are refused and counted: %j', (hint) => {
    const logger = keepingLogger()
    expect(codecOf('here', logger).decode(signed(hint))).toBeNull()
    expect(logger.logged).toMatchObject([{ event: 'hints_refused' }])
  })

  it('are not heard by the node that said them', () => {
    const logger = keepingLogger()
    expect(codecOf('there', logger).decode(signed({}))).toBeNull()
    expect(logger.logged).toEqual([])
  })
})
