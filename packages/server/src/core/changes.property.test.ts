import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemorySocket, Received } from '../../testing/memory-socket.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'

type Step =
  | { readonly say: number | null }
  | { readonly edit: number }
  | { readonly delete: number }
  | { readonly react: number; readonly remove: boolean }
  | { readonly whisper: true }
  | { readonly settle: true }

/** Few numbers and one who speaks more than the other, so that changes meet what may be changed. */
const number = fc.integer({ min: 1, max: 5 })
const speaker = fc.constantFrom<0 | 1>(0, 0, 0, 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ say: fc.option(number) }) },
  { weight: 2, arbitrary: fc.record({ edit: number }) },
  { weight: 2, arbitrary: fc.record({ delete: number }) },
  { weight: 1, arbitrary: fc.record({ react: number, remove: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant<Step>({ whisper: true }) },
  { weight: 2, arbitrary: fc.constant<Step>({ settle: true }) },
)

/** Says it; each text is one of its kind, so that what is served too late is found. */
function play(socket: MemorySocket, room: string, to: string, now: Step, text: string): void {
  const target = room === '@me' ? { target_user: to } : { room }
  if ('say' in now)
    socket.say({ message: text, ...target, ...(now.say === null ? null : { reply_to: now.say }) })
  if ('edit' in now) socket.say({ type: 'edit', room, seq: now.edit, message: text })
  if ('delete' in now) socket.say({ type: 'delete', room, seq: now.delete })
  if ('react' in now) socket.say({ type: 'reaction', room, seq: now.react, emoji: '👍', remove: now.remove })
  if ('whisper' in now) socket.say({ message: text, target_user: to })
}

async function served(test: TestHub, socket: MemorySocket, request: object): Promise<Received[]> {
  socket.news()
  socket.say(request)
  await test.clock.settle()
  const frames = socket.news()
  const page = frames.find(({ type }) => type === 'history')
  return page === undefined
    ? frames.filter(({ seq }) => typeof seq === 'number')
    : (page['entries'] as Received[])
}

/** The texts of messages that a `delete` among the frames is about, and of their edits. */
function deletedSeqs(frames: readonly Received[]): Set<unknown> {
  const deleted = new Set(
    frames.flatMap((frame) => (frame.type === 'delete' ? [(frame['target'] as Received)['seq']] : [])),
  )
  for (const frame of frames)
    if (frame.type === 'edit' && deleted.has((frame['target'] as Received)['seq'])) deleted.add(frame['seq'])
  return deleted
}

describe('whatever was said, changed and deleted', () => {
  it.each(['lobby', '@me'])(
    'V12, V15: resuming %s gives what history has, for each reader in its numbers, and no deleted text',
    async (room) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(step, speaker), { maxLength: 40, size: 'max' }),
          fc.constantFrom(300, 524_288),
          async (steps, tailBytes) => {
            const test = createTestHub({ rateLimit: null, lang: 'en', tailBytes })
            const names = ['Alice', 'Bob'] as const
            const sockets = [
              await test.connect({ username: names[0], dialect: 'v1' }),
              await test.connect({ username: names[1], dialect: 'v1' }),
            ] as const
            for (const [i, [now, by]] of steps.entries()) {
              if ('settle' in now) await test.clock.settle()
              play(sockets[by], room, names[by === 0 ? 1 : 0], now, `text ${i};`)
            }
            await test.clock.settle()
            const heard = sockets.map((socket) => socket.all())
            for (const [i, socket] of sockets.entries()) {
              const history = await served(test, socket, { type: 'history', room, after: 0, limit: 100 })
              const since = { epoch: test.store.epoch, seq: 0 }
              expect(await served(test, socket, { type: 'join', room, since })).toEqual(history)
              const live = heard[i]?.filter(
                (frame) => typeof frame['seq'] === 'number' && frame['room'] === room,
              )
              expect(live?.map(({ type, id, seq }) => [type, id, seq])).toEqual(
                history.map(({ type, id, seq }) => [type, id, seq]),
              )
              const deleted = deletedSeqs(history)
              for (const frame of history) {
                if (frame['message'] === undefined) continue
                expect([frame['seq'], frame['message'] === '']).toEqual([
                  frame['seq'],
                  deleted.has(frame['seq']),
                ])
                expect(frame['deleted'] === true).toBe(deleted.has(frame['seq']))
              }
            }
            expect(test.complaints).toEqual([])
          },
        ),
        { numRuns: 60 },
      )
    },
    60_000,
  )
})
