import { MAX_RETRY_AGE_MS } from '@roomful/protocol'
import { describe, expect, it } from 'vitest'
import { enter, harness, settled as soon } from '../testing/harness.ts'
import { FakeOutboxStorage } from '../testing/outbox-storage.ts'
import type { SocketPair } from '../testing/socket-pair.ts'

/** A storage answers some turns later. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 8; i++) await soon()
}

const texts = (server: SocketPair): unknown[] => server.flushToServer().map(({ message }) => message)

/** A page of Alice's over this storage, and what her outbox says. */
function page(storage: FakeOutboxStorage) {
  const made = harness({ outbox: storage })
  const states = (): object[] =>
    made.client.outbox.entries.map(({ text, state }) => ({
      text,
      ...('code' in state ? { code: state.code } : { phase: state.phase }),
    }))
  const comeOnline = async (person_id: string): Promise<SocketPair> => {
    made.client.connect()
    const server = enter(made, { person_id })
    await settled()
    return server
  }
  return { ...made, states, comeOnline }
}

/** What Alice, as person p1, said and whispered before the page was gone in the middle of it. */
async function cutOff(): Promise<FakeOutboxStorage> {
  const storage = new FakeOutboxStorage()
  const { client, comeOnline } = page(storage)
  const server = await comeOnline('p1')
  client.outbox.add({ text: 'psst', to: 'Bob' })
  client.outbox.add({ text: 'hello' })
  await settled()
  expect(texts(server)).toEqual(['psst', 'hello'])
  return storage
}

describe('an entry belongs to a person, not to a name', () => {
  it('the same one sends it again', async () => {
    const { comeOnline } = page(await cutOff())
    expect(texts(await comeOnline('p1'))).toEqual(['psst', 'hello'])
  })

  it('another one does not, is told, and may send it as new or throw it away', async () => {
    const storage = await cutOff()
    const { client, comeOnline, states } = page(storage)
    const server = await comeOnline('p2')
    expect(texts(server)).toEqual([])
    expect(states()).toEqual([
      { text: 'psst', code: 'other_person' },
      { text: 'hello', code: 'other_person' },
    ])
    const [psst, hello] = client.outbox.entries
    client.outbox.retry(psst?.clientId ?? '')
    client.outbox.discard(hello?.clientId ?? '')
    await settled()
    expect(server.flushToServer()).toMatchObject([{ message: 'psst', client_id: psst?.clientId }])
    expect([...storage.kept.values()]).toMatchObject([{ text: 'psst', person: 'p2' }])
  })

  it('one that was added before the first welcome is bound before it is sent', async () => {
    const storage = new FakeOutboxStorage()
    const { client, comeOnline, states } = page(storage)
    client.outbox.add({ text: 'early' })
    await settled()
    expect([...storage.kept.values()]).toMatchObject([{ text: 'early', person: undefined }])
    storage.hold()
    const server = await comeOnline('p1')
    expect(texts(server)).toEqual([])
    storage.release?.()
    await settled()
    expect(texts(server)).toEqual(['early'])
    expect([...storage.kept.values()]).toMatchObject([{ text: 'early', person: 'p1' }])
    expect(states()).toEqual([{ text: 'early', phase: 'sending' }])
  })

  it('who becomes another one between two connections sends nothing of before either', async () => {
    const made = page(new FakeOutboxStorage())
    const first = await made.comeOnline('p1')
    first.close(1006).flushToClient()
    made.client.outbox.add({ text: 'meanwhile' })
    await settled()
    made.client.retryNow()
    const second = enter(made, { person_id: 'p2' })
    await settled()
    expect(texts(second)).toEqual([])
    expect(made.states()).toEqual([{ text: 'meanwhile', code: 'other_person' }])
  })
})

describe('an entry has an age', () => {
  it('one that is too old fails as expired; sent again it is new, and behind the others', async () => {
    const storage = await cutOff()
    const made = page(storage)
    made.clock.stepWall(MAX_RETRY_AGE_MS + 2)
    made.client.outbox.add({ text: 'new' })
    await settled()
    expect(made.states()).toEqual([
      { text: 'psst', code: 'expired' },
      { text: 'hello', code: 'expired' },
      { text: 'new', phase: 'queued' },
    ])
    made.client.outbox.retry(made.client.outbox.entries[1]?.clientId ?? '')
    await settled()
    const server = await made.comeOnline('p1')
    expect(texts(server)).toEqual(['new'])
    expect(made.states()).toEqual([
      { text: 'psst', code: 'expired' },
      { text: 'new', phase: 'sending' },
      { text: 'hello', phase: 'queued' },
    ])
    expect([...storage.kept.values()].map(({ text, state }) => `${text} ${state.phase}`).toSorted()).toEqual([
      'hello queued',
      'new queued',
      'psst failed',
    ])
  })

  it('one that is as old as may be is sent', async () => {
    const made = page(await cutOff())
    made.clock.stepWall(MAX_RETRY_AGE_MS - 1)
    expect(texts(await made.comeOnline('p1'))).toEqual(['psst', 'hello'])
  })
})

describe('taking it', () => {
  it('costs the same however much waits: 1,000 texts are measured once each', async () => {
    const { client } = page(new FakeOutboxStorage())
    let measured = 0
    const { encode } = TextEncoder.prototype
    TextEncoder.prototype.encode = function (text = '') {
      measured += text.length
      return encode.call(this, text)
    }
    try {
      for (let i = 0; i < 1_000; i++) client.outbox.add({ text: 'x'.repeat(10) })
    } finally {
      TextEncoder.prototype.encode = encode
    }
    await settled()
    expect(measured).toBeLessThanOrEqual(20_000)
  })
})
