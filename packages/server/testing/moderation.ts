/** Moderators and those whom they moderate, on a core in memory. */
import type { HubOptions } from '../src/core/options.ts'
import type { Store } from '../src/ports/store.ts'
import { fakeAuth, fakeToken } from './fake-auth.ts'
import { ManualClock } from './manual-clock.ts'
import type { MemorySocket, Received } from './memory-socket.ts'
import { createTestHub, type TestHub } from './test-hub.ts'

/** An administrator. */
export const ROOT = fakeToken({ sub: 'u-0', name: 'Root', admin: true })

/** A core where tokens and guests are let in. */
export function moderatedHub(
  options: Partial<HubOptions> = {},
  parts: { store?: Store; clock?: ManualClock } = {},
): TestHub {
  const clock = parts.clock ?? new ManualClock()
  return createTestHub(options, { ...parts, clock, auth: fakeAuth(clock, true) })
}

/** A moderator who speaks v1. */
export function connectRoot(test: TestHub, room: string | null = null): Promise<MemorySocket> {
  return test.connect({ token: ROOT, dialect: 'v1', room, lang: 'en', address: '203.0.113.1' })
}

/** A guest who speaks v1. */
export function connectGuest(
  test: TestHub,
  username: string,
  more: { room?: string; address?: string; resumeToken?: string } = {},
): Promise<MemorySocket> {
  return test.connect({ username, dialect: 'v1', lang: 'en', ...more })
}

/** What was sent after this was said. */
export async function answersTo(test: TestHub, socket: MemorySocket, frame: object): Promise<Received[]> {
  socket.news()
  socket.say(frame)
  await test.clock.settle()
  return socket.news()
}

/** Moderates, and answers with what comes back to the moderator: the ack or confirmation, or the refusal. */
export async function moderate(test: TestHub, socket: MemorySocket, fields: object): Promise<Received> {
  const answers = await answersTo(test, socket, { type: 'moderate', ...fields })
  const found = answers.findLast(({ type }) => ['ack', 'confirmation', 'error'].includes(type))
  if (found === undefined) throw new Error(`no answer among ${JSON.stringify(answers)}`)
  return found
}

export const said = (message: string): object => ({ type: 'message', message })
