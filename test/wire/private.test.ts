import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer({ args: ['--rate-limit', 'off'] })
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

describe('private messages', () => {
  it('PM1, P7: to the addressee and to nobody else', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const carol = await enter(server, 'Carol', { room })
    const guest = await enter(server, null, { room })
    const alice = await enter(server, 'Alice', { room })
    await carol.next('system', (frame) => frame.username === 'Alice')
    await guest.next('system', (frame) => frame.username === 'Alice')
    alice.say('psst', { target_user: 'Bob', timestamp: '2024-01-01T12:00:00Z' })
    const heard = await bob.next('private')
    expect(heard).toMatchObject({
      type: 'private',
      from: 'Alice',
      to: 'Bob',
      message: 'psst',
      room: '@me',
      seq: 1,
    })
    expect(heard.timestamp).toBe('2024-01-01T12:00:00Z')
    expect(heard.id).not.toBe('')
    await alice.next('confirmation')
    await Promise.all([carol.quiet(), guest.quiet(), alice.quiet(), bob.quiet()])
  })

  it('PM1: to every connection of that person', async () => {
    const room = freshRoom()
    const first = await enter(server, 'Bob', { room, v1: true })
    const resumeToken = first.welcome.resume_token ?? ''
    const second = await enter(server, 'Bob', { room: freshRoom(), v1: true, resumeToken })
    const alice = await enter(server, 'Alice', { room })
    alice.say('both', { target_user: 'Bob' })
    expect(await first.next('private')).toEqual(await second.next('private'))
  })

  it('PM1: it takes no number of the room', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const alice = await enter(server, 'Alice', { room })
    for (const seq of [1, 2, 3]) {
      alice.say(`p${seq}`, { target_user: 'Bob' })
      expect((await bob.next('private')).seq).toBe(seq)
    }
    alice.say('public')
    expect((await bob.hears('public')).seq).toBe(1)
  })

  it('PM1: to oneself it comes once', async () => {
    for (const v1 of [false, true]) {
      const alice = await enter(server, 'Alice', { room: freshRoom(), v1 })
      alice.say('a note', { target_user: 'alice' })
      await alice.next('confirmation')
      await alice.rest()
      const heard = alice.inbox.all.filter((frame) => frame.type === 'private')
      expect(heard).toMatchObject([{ from: 'Alice', to: 'Alice', message: 'a note' }])
      await emptyServer(server)
    }
  })

  it('PM2: the sender is told on both named endpoints, in both languages', async () => {
    const room = freshRoom()
    await enter(server, 'Bob', { room })
    const plain = await enter(server, 'Alice', { room })
    const heartbeat = await enter(server, 'Hana', { room, heartbeat: true })
    const english = await enter(server, 'Eve', { room, lang: 'en' })
    for (const sender of [plain, heartbeat, english]) sender.say('psst', { target_user: 'Bob' })
    const told = await plain.next('confirmation')
    expect(told).toMatchObject({ type: 'confirmation', message: '私訊已發送給 Bob' })
    expect(Date.parse(told.timestamp)).toBeGreaterThan(0)
    expect((await heartbeat.next('confirmation')).message).toBe('私訊已發送給 Bob')
    expect((await english.next('confirmation')).message).toBe('Private message sent to Bob')
  })

  it('PM3: an absent target is user_not_found for the sender, nothing for others', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const alice = await enter(server, 'Alice', { room })
    await bob.next('system')
    for (const target_user of ['Nobody', 'constructor', '__proto__', 'system', 'Anonymous', ' Bob']) {
      const error = await alice.refused({ message: 'x', target_user })
      expect(error).toMatchObject({ type: 'error', code: 'user_not_found', target_user })
      expect(error.message).toMatch(/\p{Script=Han}/u)
    }
    alice.say('border')
    await bob.hearsOnly('border')
    await alice.hearsOnly('border')
  })

  it('PM3: whoever has left is absent', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room })
    const bob = await enter(server, 'Bob', { room })
    await bob.leave()
    await alice.next('system', (frame) => frame.event === 'leave')
    expect(await alice.refused({ message: 'x', target_user: 'Bob' })).toMatchObject({
      code: 'user_not_found',
    })
  })

  it('PM3: a target of another type or no text is refused, not broadcast', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const alice = await enter(server, 'Alice', { room })
    await bob.next('system')
    for (const target_user of [7, {}, [], true, ['Bob'], ''])
      expect((await alice.refused({ message: 'x', target_user })).type).toBe('error')
    alice.say('border')
    await bob.hearsOnly('border')
  })

  it('PM4: an anonymous connection neither sends nor receives', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const guest = await enter(server, null, { room })
    await bob.next('system')
    for (const username of [undefined, 'Guest'])
      expect(await guest.refused({ message: 'x', target_user: 'Bob', username })).toMatchObject({
        code: 'name_required',
      })
    guest.say('I am here', { username: 'Guest' })
    await bob.hears('I am here')
    for (const target_user of ['Guest', 'Anonymous'])
      expect(await bob.refused({ message: 'x', target_user })).toMatchObject({ code: 'user_not_found' })
    await guest.hears('I am here')
    await guest.quiet()
  })

  it('PM5: the target is found by key, in all rooms of the server', async () => {
    const bob = await enter(server, 'Bob', { room: freshRoom() })
    const alice = await enter(server, 'Alice', { room: freshRoom() })
    for (const target_user of ['Bob', 'BOB', 'ｂｏｂ', 'Воb']) {
      alice.say('psst', { target_user })
      expect(await bob.next('private')).toMatchObject({ from: 'Alice', to: 'Bob' })
      expect((await alice.next('confirmation')).message).toBe('私訊已發送給 Bob')
    }
  })

  it('PM6: a name that became free hands on no private log', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room })
    const former = await enter(server, 'Bob', { room, v1: true })
    alice.say('secret', { target_user: 'Bob' })
    await former.next('private')
    await former.leave()
    await alice.next('system', (frame) => frame.event === 'leave')
    const next = await enter(server, 'Bob', { room, v1: true })
    expect(next.welcome.private_head_seq).toBe(0)
    next.send({ type: 'history', room: '@me', after: 0 })
    expect(await next.next('history')).toMatchObject({ entries: [], head_seq: 0, complete: true })
    alice.say('for the new one', { target_user: 'Bob' })
    expect(await next.next('private')).toMatchObject({ message: 'for the new one', seq: 1 })
  })
})
