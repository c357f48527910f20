import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { chatPath, dial, emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

/** Tries to enter and returns what the refusal looks like from outside. */
async function attempt(name: string, options: Parameters<typeof chatPath>[1] = {}) {
  const client = await dial(server, chatPath(name, options), options)
  const first = await client.inbox.next(() => true, 'the first frame')
  if (first.type !== 'error') return { code: `let in as ${name}`, close: 0, message: '' }
  const close = await client.closed()
  return { code: first.code, close: close.code, message: first.message }
}

const INVALID_NAMES: [string, string][] = [
  ['a space', ' '],
  ['a leading space', ' Al'],
  ['a trailing space', 'Al '],
  ['an ideographic space at the end', 'Al\u3000'],
  ['a no-break space at the start', '\u00a0Al'],
  ['33 letters', 'x'.repeat(33)],
  ['1,000 letters', 'x'.repeat(1_000)],
  ['33 emoji', '👋'.repeat(33)],
  ['a slash', 'a/b'],
  ['NUL', 'a\u0000b'],
  ['a line feed', 'a\nb'],
  ['DEL', 'a\u007fb'],
  ['a C1 control', 'a\u0085b'],
  ['a right-to-left override', 'a\u202eb'],
  ['a left-to-right mark', 'a\u200eb'],
  ['an isolate', 'a\u2066b\u2069'],
  ['an Arabic letter mark', 'a\u061cb'],
  ['a zero-width space', 'a\u200bb'],
  ['a zero-width non-joiner', 'a\u200cb'],
  ['a zero-width joiner between letters', 'a\u200db'],
  ['a byte order mark', '\ufeffab'],
  ['a word joiner', 'a\u2060b'],
  ['a soft hyphen', 'a\u00adb'],
  ['a line separator', 'a\u2028b'],
  ['a Hangul filler', 'a\u3164b'],
  ['a tag character', 'a\u{e0041}b'],
  ['a stack of marks', `a${'\u0301'.repeat(10)}`],
]

describe('usernames', () => {
  it.each(INVALID_NAMES)('NA1: %s is invalid_name and 4500', async (_, name) => {
    const room = freshRoom()
    const witness = await enter(server, 'Witness', { room })
    expect(await attempt(name, { room })).toMatchObject({ code: 'invalid_name', close: 4500 })
    const english = await attempt(name, { room, heartbeat: true, lang: 'en' })
    expect(english).toMatchObject({ code: 'invalid_name', close: 4500 })
    expect(english.message).toMatch(/^[\x20-\x7e]+$/)
    await witness.quiet()
  })

  it('NA1: an empty name lets nobody in', async () => {
    const room = freshRoom()
    const witness = await enter(server, 'Witness', { room })
    for (const path of ['/ws/chat/', '/ws/chat//heartbeat']) {
      const client = await dial(server, `${path}?room=${room}`).catch((error: Error) => error)
      if (client instanceof Error) expect(client.message).toMatch(/404/)
      else {
        expect(await client.next('error')).toMatchObject({ code: 'invalid_name' })
        expect((await client.closed()).code).toBe(4500)
      }
    }
    await witness.quiet()
  })

  it.each([
    ['32 letters', 'x'.repeat(32)],
    ['32 emoji', '👋'.repeat(32)],
    ['one letter', '我'],
    ['spaces inside', 'Anna Maria'],
    ['punctuation', "O'Neil-Smith_2.0 (x) #1 %41 ?"],
    ['joined emoji', '👩‍👩‍👧'],
    ['Arabic', 'محمد'],
    ['Thai with marks', 'สมชัย'],
    ['a Vietnamese letter with two marks', 'Nguyễn'],
    ['dots', '...'],
  ])('NA1: %s is a name', async (_, name) => {
    expect((await enter(server, name)).welcome).toMatchObject({ username: name, connected_users: [name] })
  })

  it('NA1: a name is brought into NFC', async () => {
    const client = await enter(server, 'Zoe\u0308')
    expect(client.welcome.username).toBe('Zo\u00eb')
  })

  it.each([
    [
      'Alice',
      ['Alice', 'alice', 'ALICE', 'Ａlice', 'ａｌｉｃｅ', 'Аlice', 'Alicе', 'Αlice', '𝐀lice', 'Ⓐlice'],
    ],
    ['office', ['oﬃce', 'oﬀice', 'ОFFICE', 'οffice']],
    ['Straße', ['STRASSE', 'strasse', 'Straẞe']],
    ['Kelvin', ['\u212aelvin', 'ĸelvin'.replace('ĸ', 'K')]],
    ['Zoë', ['zoe\u0308', 'ZOË']],
    ['sos', ['ſos', 'ѕоѕ']],
    ['王小明', ['王小明']],
    ['カタカナ', ['ｶﾀｶﾅ']],
  ])('NA2: %s is one name with its look-alikes', async (name, others) => {
    const room = freshRoom()
    const holder = await enter(server, name, { room })
    for (const other of others)
      expect([other, await attempt(other, { room })]).toMatchObject([
        other,
        { code: 'name_taken', close: 4509 },
      ])
    await holder.quiet()
  })

  it('NA2: different names stay different', async () => {
    const names = ['Alice', 'Alise', 'Alice1', 'Álice', 'A lice', 'Al-ice', '艾莉絲']
    for (const name of names) expect((await enter(server, name)).welcome.username).toBe(name)
  })

  it.each([
    ...['system', 'admin', 'server', 'everyone', 'here', 'Anonymous', 'anonymous', 'SYSTEM', 'Admin'],
    ...['ａｄｍｉｎ', 'аdmin', 'ѕystem', 'ſystem', 'hеre', 'sеrvеr', 'Αnonymous'],
  ])('NA3: %s is reserved', async (name) => {
    expect(await attempt(name)).toMatchObject({ code: 'invalid_name', close: 4500 })
  })

  it('NA4: a second claim of a live name is name_taken and 4509', async () => {
    const room = freshRoom()
    const first = await enter(server, 'Alice', { room })
    const attempts = [
      { room },
      { room: freshRoom() },
      { heartbeat: true },
      { v1: true },
      { v1: true, resumeToken: 'x.y.z' },
    ]
    for (const options of attempts)
      expect(await attempt('Alice', options)).toMatchObject({ code: 'name_taken', close: 4509 })
    const english = await attempt('alice', { lang: 'en' })
    expect(english.message).toMatch(/^[\x20-\x7e]+$/)
    await first.quiet()
    first.say('still me')
    await first.hears('still me')
  })

  it('NA4: twenty claims at once have one winner', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => dial(server, '/ws/chat/Rush')))
    const first = await Promise.all(clients.map((client) => client.inbox.next(() => true, 'the first frame')))
    expect(first.filter((item) => item.type === 'system')).toHaveLength(1)
    expect(first.filter((item) => item.type === 'error' && item.code === 'name_taken')).toHaveLength(19)
  })

  it("NA4: with the first one's resume token it is the same person", async () => {
    const room = freshRoom()
    const first = await enter(server, 'Alice', { room, v1: true })
    const resumeToken = first.welcome.resume_token ?? ''
    const second = await enter(server, 'alice', { room, v1: true, resumeToken })
    expect(second.welcome).toMatchObject({ connected_count: 1, connected_users: ['Alice'] })
    second.say('from the second')
    expect((await first.hears('from the second')).username).toBe('Alice')
    expect(await attempt('Alice')).toMatchObject({ code: 'name_taken', close: 4509 })
  })

  it('NA4: a name is free again when its bearer has left', async () => {
    const room = freshRoom()
    const witness = await enter(server, 'Witness', { room })
    const first = await enter(server, 'Alice', { room })
    await first.leave()
    await witness.next('system', (frame) => frame.event === 'leave')
    expect((await enter(server, 'ALICE', { room })).welcome.username).toBe('ALICE')
  })

  it('NA6: names of Object.prototype are names as any other', async () => {
    const names = [
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'null',
      'undefined',
      'prototype',
      'then',
    ]
    for (const name of names) {
      const room = freshRoom()
      const other = await enter(server, 'Other', { room })
      const client = await enter(server, name, { room })
      expect(client.welcome.connected_users).toEqual(['Other', name])
      expect(await other.next('system')).toMatchObject({ username: name, message: `${name} 加入了聊天室` })
      expect(await attempt(name)).toMatchObject({ code: 'name_taken' })
      other.say('psst', { target_user: name })
      expect(await client.next('private')).toMatchObject({ from: 'Other', to: name })
      client.say('hi')
      expect((await other.hears('hi')).username).toBe(name)
      await emptyServer(server)
    }
  })

  it('NA6: and for rooms', async () => {
    for (const room of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype']) {
      const alice = await enter(server, 'Alice', { room })
      const bob = await enter(server, 'Bob', { room: freshRoom() })
      bob.send({ type: 'join', room })
      expect(await bob.next('system')).toMatchObject({ event: 'welcome', room, connected_count: 2 })
      bob.say('in here', { room })
      expect(await alice.hears('in here')).toMatchObject({ room, seq: 1 })
      bob.send({ type: 'leave', room })
      await bob.next('confirmation')
      expect(await bob.refused({ message: 'x', room })).toMatchObject({ code: 'not_in_room' })
      const page = await fetch(`${server.url}/ws/status`)
      expect(page.status).toBe(200)
      await emptyServer(server)
    }
  })
})

describe('shared names', () => {
  it('NA5: several connections bear one name without a token and are one person', async () => {
    const shared = await startServer({ args: ['--names', 'shared'] })
    try {
      const room = freshRoom()
      const bob = await enter(shared, 'Bob', { room })
      const first = await enter(shared, 'Alice', { room })
      await bob.next('system')
      const second = await enter(shared, 'alice', { room, heartbeat: true })
      expect(second.welcome).toMatchObject({ connected_count: 2, connected_users: ['Bob', 'Alice'] })
      await Promise.all([bob.quiet(), first.quiet()])
      bob.say('both', { target_user: 'Alice' })
      expect(await first.next('private')).toEqual(await second.next('private'))
      second.say('as one')
      expect((await bob.hears('as one')).username).toBe('Alice')
      await first.leave()
      second.say('one is left')
      await bob.hears('one is left')
      expect(bob.inbox.all.some((frame) => frame.type === 'system' && frame.event === 'leave')).toBe(false)
      await second.leave()
      expect(await bob.next('system')).toMatchObject({ event: 'leave', username: 'Alice' })
      await bob.leave()
    } finally {
      await shared.kill()
    }
  })
})
