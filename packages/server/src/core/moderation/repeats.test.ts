import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  answersTo,
  connectGuest,
  connectRoot,
  moderate,
  moderatedHub,
  said,
} from '../../../testing/moderation.ts'
import type { TestHub } from '../../../testing/test-hub.ts'

async function published(test: TestHub, message: string, client_id: string): Promise<unknown> {
  const request = { identity: null, room: 'lobby', message, username: 'Carl', client_id }
  const answer = test.hub.publish(request).catch((error: unknown) => error)
  await test.clock.settle()
  return await answer
}

describe('what was said before', () => {
  it('V3: a repeat is answered in slow mode too, and costs no turn', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    await moderate(test, root, { action: 'slow', seconds: 20 })
    const first = { ...said('one'), client_id: randomUUID() }
    const ack = (await answersTo(test, bob, first)).find(({ type }) => type === 'ack')
    expect(ack).toMatchObject({ type: 'ack', seq: 1 })
    expect(await answersTo(test, bob, first)).toEqual([ack])
    expect(await answersTo(test, bob, { ...first, message: 'other' })).toMatchObject([{ code: 'conflict' }])
    const second = { ...said('two'), client_id: randomUUID() }
    expect(await answersTo(test, bob, second)).toMatchObject([{ code: 'slow_mode', retry_after_ms: 20_000 }])
    await test.clock.advance(20_000)
    expect(await answersTo(test, bob, first)).toEqual([ack])
    expect(await answersTo(test, bob, second)).toMatchObject([{ type: 'ack', seq: 2 }, { message: 'two' }])
  })

  it('V3: a repeat of whoever was muted meanwhile, or in a room that is read-only, is answered', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const [bob, carl] = [await connectGuest(test, 'Bob'), await connectGuest(test, 'Carl')]
    const frames = [
      said('one'),
      { type: 'edit', seq: 1, message: 'uno' },
      { type: 'reaction', seq: 1, emoji: '👍' },
      { ...said('psst'), target_user: 'Carl' },
    ].map((frame) => ({ ...frame, client_id: randomUUID() }))
    const acks: unknown[] = []
    for (const frame of frames)
      acks.push((await answersTo(test, bob, frame)).find(({ type }) => type === 'ack'))
    expect(acks).toMatchObject(frames.map(({ client_id }) => ({ type: 'ack', client_id })))
    await moderate(test, root, { action: 'read_only' })
    await moderate(test, root, { action: 'mute', room: '*', target_user: 'Bob' })
    carl.news()
    for (const [i, frame] of frames.entries()) {
      bob.news()
      expect(await answersTo(test, bob, frame)).toEqual([acks[i]])
      const client_id = randomUUID()
      expect(await answersTo(test, bob, { ...frame, client_id })).toMatchObject([
        { code: 'muted', client_id },
      ])
    }
    expect(carl.news()).toEqual([])
    await moderate(test, root, { action: 'unmute', room: '*', target_user: 'Bob' })
    expect(await answersTo(test, bob, frames[0] ?? {})).toEqual([acks[0]])
    expect(await answersTo(test, bob, { ...frames[0], client_id: randomUUID() })).toMatchObject([
      { code: 'read_only' },
    ])
  })

  it('V3: a repeat over HTTP is answered whatever moderators have done since', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const [id, other] = [randomUUID(), randomUUID()]
    const first = await published(test, 'hi', id)
    expect(first).toMatchObject({ seq: 1, created: true })
    await moderate(test, root, { action: 'slow', seconds: 20 })
    for (const action of ['mute', 'read_only']) {
      await moderate(test, root, { action, ...(action === 'mute' && { target_user: 'Carl' }) })
      expect(await published(test, 'hi', id)).toEqual({ ...(first as object), created: false })
      expect(await published(test, 'new', other)).toMatchObject({ code: 'muted', field: 'room' })
    }
    await moderate(test, root, { action: 'unmute', target_user: 'Carl' })
    expect(await published(test, 'new', other)).toMatchObject({ code: 'read_only' })
    await moderate(test, root, { action: 'writable' })
    expect(await published(test, 'hi', id)).toMatchObject({ created: false })
    expect(await published(test, 'new', other)).toMatchObject({ seq: 2, created: true })
    expect(await published(test, 'hi', id)).toMatchObject({ created: false })
    expect(await published(test, 'newer', randomUUID())).toMatchObject({ code: 'slow_mode' })
  })
})
