import { describe, expect, it } from 'vitest'
import { enter, harness, online, welcome } from '../testing/harness.ts'
import { FakeOutboxStorage } from '../testing/outbox-storage.ts'
import { ack, id, phases, posting, settled, texts } from '../testing/posting.ts'
import { MAX_OUTBOX_BYTES, MAX_OUTBOX_ENTRIES } from './outbox.ts'
import { STORAGE_TIMEOUT_MS } from './outbox-writer.ts'

const refusal = (clientId: unknown, code: string, more: object = {}): object => ({
  type: 'error',
  code,
  message: `${code}!`,
  client_id: clientId,
  ...more,
})

describe('add', () => {
  it('shows the entry at once, keeps it, sends it, and forgets it after the ack', async () => {
    const { outbox, server, told, kept } = await posting()
    const entry = outbox.add({ text: 'hello' })
    expect(entry).toMatchObject({ kind: 'message', text: 'hello', room: 'lobby', state: { phase: 'queued' } })
    expect(outbox.entries).toEqual([entry])
    expect(told).toEqual(['hello queued'])
    expect(server.flushToServer()).toEqual([])
    await settled()
    expect(kept.log).toEqual(['all', 'put hello queued'])
    const frame = { type: 'message', message: 'hello', room: 'lobby', client_id: entry.clientId }
    expect(server.flushToServer()).toEqual([frame])
    server.say(ack(entry.clientId, 1)).flushToClient()
    await settled()
    expect(told).toEqual(['hello queued', 'hello sending', 'hello sent'])
    expect(outbox.entries).toEqual([])
    expect(kept.kept.size).toBe(0)
  })

  it('sends nothing before the storage has it', async () => {
    const { outbox, server, kept } = await posting()
    kept.hold()
    outbox.add({ text: 'hello' })
    outbox.discard(outbox.add({ text: 'never mind' }).clientId)
    await settled()
    expect(server.flushToServer()).toEqual([])
    kept.release?.()
    await settled()
    expect(texts(server)).toEqual(['hello'])
  })

  it('with `to` whispers', async () => {
    const { outbox, server } = await posting()
    const { clientId, room } = outbox.add({ text: 'psst', to: 'Bob' })
    await settled()
    expect(room).toBe('@me')
    expect(server.flushToServer()).toEqual([
      { type: 'message', message: 'psst', target_user: 'Bob', client_id: clientId },
    ])
  })

  it('refuses more than 1,000 entries and more than 4 MiB, and takes nothing then', async () => {
    const many = harness().client.outbox
    for (let i = 0; i < MAX_OUTBOX_ENTRIES; i++) many.add({ text: 'x' })
    expect(() => many.add({ text: 'x' })).toThrow(expect.objectContaining({ code: 'outbox_full' }))
    expect(many.entries).toHaveLength(MAX_OUTBOX_ENTRIES)
    const large = harness().client.outbox
    large.add({ text: 'é'.repeat(MAX_OUTBOX_BYTES / 2) })
    expect(() => large.add({ text: 'x' })).toThrow(expect.objectContaining({ code: 'outbox_full' }))
    expect(large.entries).toHaveLength(1)
  })
})

describe('the order', () => {
  it('is that of adding within a log; logs do not wait for each other', async () => {
    const { outbox, server } = await posting()
    for (const text of ['a', 'b']) outbox.add({ text })
    outbox.add({ text: 'c', to: 'Bob' })
    await settled()
    const first = server.flushToServer()
    expect(first.map(({ message }) => message)).toEqual(['a', 'c'])
    server.say(ack(first[0]?.['client_id'], 1)).flushToClient()
    await settled()
    expect(texts(server)).toEqual(['b'])
  })

  it('holds across a refusal that is tried again, and goes past one that is final', async () => {
    const { outbox, server, clock, client } = await posting()
    const [a, b] = ['a', 'b', 'c'].map((text) => outbox.add({ text }))
    await settled()
    server.flushToServer()
    server.say(refusal(a?.clientId, 'unavailable', { retryable: true })).flushToClient()
    await settled()
    expect(texts(server)).toEqual([])
    expect(phases(client)).toEqual(['a queued', 'b queued', 'c queued'])
    clock.advance(250)
    expect(texts(server)).toEqual(['a'])
    server.say(ack(a?.clientId, 1)).flushToClient()
    await settled()
    expect(texts(server)).toEqual(['b'])
    server.say(refusal(b?.clientId, 'too_large')).flushToClient()
    await settled()
    expect(texts(server)).toEqual(['c'])
    expect(phases(client)).toEqual(['b failed', 'c sending'])
  })
})

describe('a refusal', () => {
  it('that may be tried again is, with growing delays', async () => {
    const { outbox, server, clock } = await posting()
    const { clientId } = outbox.add({ text: 'a' })
    await settled()
    for (const delay of [250, 500, 1_000]) {
      server.flushToServer()
      server.say(refusal(clientId, 'unavailable', { retryable: true })).flushToClient()
      await settled()
      expect(outbox.entries[0]?.state).toEqual({
        phase: 'queued',
        code: 'unavailable',
        retryAt: clock.now() + delay,
      })
      clock.advance(delay - 1)
      expect(server.flushToServer()).toEqual([])
      clock.advance(1)
    }
    expect(server.flushToServer()).toMatchObject([{ client_id: clientId }])
  })

  it('`rate_limited` silences every log for as long as the server asks', async () => {
    const { outbox, server, clock } = await posting()
    const { clientId } = outbox.add({ text: 'a' })
    await settled()
    server.flushToServer()
    server.say(refusal(clientId, 'rate_limited', { retryable: true, retry_after_ms: 2_000 })).flushToClient()
    await settled()
    outbox.add({ text: 'b', to: 'Bob' })
    await settled()
    clock.advance(1_999)
    expect(texts(server)).toEqual([])
    clock.advance(1)
    expect(texts(server)).toEqual(['b'])
    clock.advance(250)
    expect(texts(server)).toEqual(['a'])
  })

  it('that is final waits for a person: sent again under the same id, or thrown away', async () => {
    const { outbox, server, kept, told } = await posting()
    const [a, b] = [outbox.add({ text: 'a', to: 'Bob' }), outbox.add({ text: 'b' })]
    await settled()
    server.flushToServer()
    for (const { clientId } of [a, b]) server.say(refusal(clientId, 'user_not_found')).flushToClient()
    await settled()
    const failed = { phase: 'failed', code: 'user_not_found', message: 'user_not_found!' }
    expect(outbox.entries.map(({ state }) => state)).toEqual([failed, failed])
    expect([...kept.kept.values()].map(({ state }) => state)).toEqual([failed, failed])
    outbox.retry(a.clientId)
    await settled()
    expect(server.flushToServer()).toMatchObject([{ client_id: a.clientId, message: 'a' }])
    expect(outbox.discard(a.clientId)).toBeUndefined()
    expect(outbox.discard(b.clientId)).toMatchObject({ text: 'b', state: failed })
    await settled()
    expect(outbox.entries.map(({ text }) => text)).toEqual(['a'])
    expect(told.at(-1)).toBe('b discarded')
    expect([...kept.kept.keys()]).toEqual([a.clientId])
    outbox.retry(b.clientId)
    expect(outbox.discard(b.clientId)).toBeUndefined()
  })

  it('a timeout is tried again under the same id, and a late answer still counts', async () => {
    const { outbox, server, clock } = await posting()
    const { clientId } = outbox.add({ text: 'a' })
    await settled()
    server.flushToServer()
    for (let i = 0; i < 15; i++) {
      server.say({ type: 'ping', timestamp: 't' }).flushToClient()
      clock.advance(1_000)
    }
    await settled()
    expect(outbox.entries[0]?.state).toMatchObject({ phase: 'queued', code: 'timeout' })
    clock.advance(250)
    expect(server.flushToServer().filter(({ type }) => type === 'message')).toMatchObject([
      { client_id: clientId },
    ])
  })
})

describe('across connections', () => {
  it('what is added offline is sent when online, what was cut off is sent again under the same id', async () => {
    const made = await posting()
    const { outbox } = made
    const { clientId } = outbox.add({ text: 'a' })
    await settled()
    made.server.flushToServer()
    made.server.close(1006).flushToClient()
    await settled()
    expect(outbox.entries[0]?.state).toEqual({ phase: 'queued', code: 'closed' })
    outbox.add({ text: 'b' })
    await settled()
    made.client.retryNow()
    const server = enter(made)
    const [again] = server.flushToServer()
    expect(again).toMatchObject({ client_id: clientId, message: 'a' })
    server.say(ack(clientId, 1)).flushToClient()
    await settled()
    expect(texts(server)).toEqual(['b'])
  })

  it('what is for a joined room waits until one is in it again', async () => {
    const made = await posting()
    const { outbox } = made
    outbox.add({ text: 'early', room: 'tea' })
    await settled()
    expect(made.server.flushToServer()).toEqual([])
    void made.client.join('tea')
    made.server.say(welcome({ room: 'tea' })).flushToClient()
    await settled()
    const [, early] = made.server.flushToServer()
    expect(early).toMatchObject({ message: 'early', room: 'tea' })
    made.server.close(1006).flushToClient()
    made.client.retryNow()
    const server = enter(made)
    await settled()
    expect(server.flushToServer().map(({ type }) => type)).toEqual(['join'])
    server.say(welcome({ room: 'tea' })).flushToClient()
    await settled()
    expect(server.flushToServer()).toMatchObject([{ message: 'early' }])
  })

  it('leaves no timer behind after a disconnect', async () => {
    const { outbox, client, clock, server } = await posting()
    const { clientId } = outbox.add({ text: 'a' })
    await settled()
    server.say(refusal(clientId, 'unavailable', { retryable: true, retry_after_ms: 500 })).flushToClient()
    await settled()
    client.disconnect()
    await settled()
    expect(clock.timers).toBe(0)
  })
})

describe('the next life of the page', () => {
  it('finds what was not acknowledged, before what it adds itself, and sends it under the same id', async () => {
    const first = await posting()
    const cut = first.outbox.add({ text: 'cut off' })
    const failed = first.outbox.add({ text: 'failed', to: 'Bob' })
    await settled()
    first.server.say(refusal(failed.clientId, 'user_not_found')).flushToClient()
    await settled()

    const second = harness({ outbox: first.kept })
    second.clock.stepWall(-3_600_000)
    second.client.outbox.add({ text: 'new' })
    await settled()
    expect(phases(second.client)).toEqual(['cut off queued', 'failed failed', 'new queued'])
    second.client.connect()
    const server = enter(second)
    await settled()
    expect(server.flushToServer()).toMatchObject([{ client_id: cut.clientId, message: 'cut off' }])
  })

  it('is not disturbed by what another version wrote', async () => {
    const storage = new FakeOutboxStorage()
    const odd = [{}, { clientId: id(1) }, { kind: 'hologram', clientId: id(2), state: null }, null, 'x']
    storage.all = async () => odd
    const { client } = harness({ outbox: storage })
    client.outbox.add({ text: 'mine' })
    await settled()
    expect(phases(client)).toEqual(['mine queued'])
    expect(client.outbox.persistent).toBe(true)
  })
})

describe('a storage that fails', () => {
  it.each(['put', 'load'])('costs nothing typed and is told once: %s', async (when) => {
    const storage = new FakeOutboxStorage()
    const error = new Error('QuotaExceededError')
    if (when === 'load') storage.fault = error
    const made = online({ outbox: storage })
    const keepings: object[] = []
    made.client.outbox.onKeeping((keeping) => keepings.push(keeping))
    if (when === 'put') await settled()
    storage.fault = error
    for (const text of ['a', 'b']) made.client.outbox.add({ text })
    await settled()
    expect(keepings).toEqual([{ persistent: false, error }])
    expect(made.client.outbox.persistent).toBe(false)
    expect(phases(made.client)).toEqual(['a sending', 'b queued'])
    expect(texts(made.server)).toEqual(['a'])
  })

  it.each([
    [true, ['a', 'b']],
    [false, ['a']],
  ])(
    'is asked for the next thing at once only when it keeps the order itself (%s)',
    async (ordered, asked) => {
      const puts: string[] = []
      const { client } = online({
        outbox: {
          ordered,
          all: () => Promise.resolve([]),
          delete: () => Promise.resolve(),
          put: ({ text }) => {
            puts.push(text)
            return new Promise(() => undefined)
          },
        },
      })
      await settled()
      client.outbox.add({ text: 'a' })
      client.outbox.add({ text: 'b' })
      await settled()
      expect(puts).toEqual(asked)
    },
  )

  it('is waited for no longer than 2 s when it is silent', async () => {
    const storage = new FakeOutboxStorage()
    storage.fault = 'hang'
    const made = online({ outbox: storage })
    made.client.outbox.add({ text: 'a' })
    await settled()
    made.clock.advance(STORAGE_TIMEOUT_MS - 1)
    await settled()
    expect(texts(made.server)).toEqual([])
    made.clock.advance(1)
    await settled()
    expect(texts(made.server)).toEqual(['a'])
    expect(made.client.outbox.persistent).toBe(false)
  })

  it('that answers late is heard: what waited is sent after all, once and in its order', async () => {
    const first = await posting()
    for (const text of ['old 1', 'old 2']) first.outbox.add({ text })
    await settled()
    const { kept } = first
    let answer: () => void = () => undefined
    const late = new Promise<void>((resolve) => (answer = resolve))
    const all = kept.all.bind(kept)
    kept.all = async () => await late.then(all)
    const made = online({ outbox: kept })
    for (const text of ['a', 'b']) made.client.outbox.add({ text })
    await settled()
    made.clock.advance(STORAGE_TIMEOUT_MS)
    await settled()
    const sent: unknown[] = []
    const served = async (): Promise<void> => {
      for (const { message, client_id } of made.server.flushToServer()) {
        sent.push(message)
        made.server.say(ack(client_id, sent.length)).flushToClient()
        await settled()
      }
    }
    answer()
    for (let i = 0; i < 5; i++) {
      await settled()
      await served()
    }
    expect(sent).toEqual(['a', 'old 1', 'old 2', 'b'])
    expect(made.client.outbox.entries).toEqual([])
    expect(kept.kept.size).toBe(0)
  })

  it('without one it lives in memory', async () => {
    const { client } = online({ outbox: null })
    expect(client.outbox.persistent).toBe(false)
    client.outbox.add({ text: 'a' })
    await settled()
    expect(phases(client)).toEqual(['a sending'])
  })
})
