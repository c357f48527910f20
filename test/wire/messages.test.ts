import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer({ args: ['--rate-limit', 'off'] })
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

async function pair(room = freshRoom()) {
  const alice = await enter(server, 'Alice', { room })
  const bob = await enter(server, 'Bob', { room, lang: 'en' })
  await alice.next('system')
  return { room, alice, bob }
}

describe('messages', () => {
  it('MS1: to everybody in the room, the sender included', async () => {
    const { room, alice, bob } = await pair()
    alice.send({ type: 'message', message: 'Hello' })
    const heard = await bob.next('message')
    expect(heard).toMatchObject({ type: 'message', username: 'Alice', message: 'Hello', seq: 1, room })
    expect(heard.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    expect(heard.id).not.toBe('')
    expect(await alice.next('message')).toEqual(heard)
  })

  it('MS1: text comes through unchanged', async () => {
    const { alice, bob } = await pair()
    const texts = [
      '你好 👩‍👩‍👧',
      ' \t\n ',
      '"\\/\b\f\r',
      '<b>&amp;</b>',
      '\u0000\u001f\u007f\u2028\u2029\ufeff',
      'e\u0301',
      '\u202eabc',
      '0',
    ]
    for (const text of texts) {
      alice.say(text)
      expect((await bob.next('message')).message).toBe(text)
    }
  })

  it('MS2: without a type it is a message', async () => {
    const { alice, bob } = await pair()
    alice.send({ message: 'no type' })
    expect(await bob.next('message')).toMatchObject({ username: 'Alice', message: 'no type' })
  })

  it('MS3: on named endpoints a username in a message is ignored', async () => {
    const { room, alice, bob } = await pair()
    const carol = await enter(server, 'Carol', { room, heartbeat: true })
    for (const username of ['Bob', 'system', '', 7, null, { a: 1 }]) {
      alice.say('as', { username })
      expect((await bob.hears('as')).username).toBe('Alice')
      carol.say('as', { username })
      expect((await bob.hears('as')).username).toBe('Carol')
    }
  })

  it('MS4, P8: an anonymous author is a valid free name, or refused', async () => {
    const { room, bob } = await pair()
    const guest = await enter(server, null, { room })
    await bob.next('system')
    for (const username of ['Alice', 'BOB', 'Ａlice', 'Аlice'])
      expect(await guest.refused({ message: 'x', username })).toMatchObject({ code: 'name_taken' })
    for (const username of ['', ' x', 'a/b', 'system', 'ADMIN', 'x'.repeat(33), '\u202ex', '\ud800'])
      expect([username, (await guest.refused({ message: 'x', username })).code]).toEqual([
        username,
        'invalid_name',
      ])
    for (const username of ['Anonymous', '小華', '__proto__']) {
      guest.say('ok', { username })
      expect((await bob.hearsOnly('ok')).username).toBe(username)
    }
  })

  it('MS4: an author that is no text is invalid_name', async () => {
    const guest = await enter(server, null, { room: freshRoom() })
    for (const username of [7, {}, ['Al'], null, true])
      expect(await guest.refused({ message: 'x', username })).toMatchObject({ code: 'invalid_name' })
  })

  it('MS5: a valid RFC 3339 timestamp is relayed, anything else is replaced', async () => {
    const { alice, bob } = await pair()
    const valid = [
      '2024-01-01T12:00:00Z',
      '2024-02-29T23:59:59.123456+08:00',
      '1999-12-31T00:00:00-00:00',
      '1990-12-31T23:59:60Z',
    ]
    for (const timestamp of valid) {
      alice.say('t', { timestamp })
      expect((await bob.hears('t')).timestamp).toBe(timestamp)
    }
    const invalid = [
      'yesterday',
      '',
      '2024-01-01',
      '2024-13-01T00:00:00Z',
      '2024-01-01T24:00:00Z',
      '2024-01-01T12:00:00',
      '2024-01-01T12:00:00+25:00',
      '2024-01-01T12:00:00Z ',
      1_700_000_000,
      null,
      { $date: 1 },
    ]
    for (const timestamp of invalid) {
      const before = Date.now()
      alice.say('t', { timestamp })
      const heard = (await bob.hears('t')).timestamp
      expect(heard).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
      expect(Math.abs(Date.parse(heard) - before)).toBeLessThan(60_000)
    }
  })

  it('MS5: a day that the calendar does not have is no valid time', async () => {
    const { alice, bob } = await pair()
    for (const day of ['2023-02-29', '2024-02-30', '2024-04-31', '2100-02-29']) {
      alice.say('t', { timestamp: `${day}T00:00:00Z` })
      expect((await bob.hears('t')).timestamp).not.toContain(day)
    }
  })

  it('MS5: order is that of seq, never of timestamp', async () => {
    const { alice, bob } = await pair()
    for (const year of [2030, 2010, 2020]) alice.say(String(year), { timestamp: `${year}-01-01T00:00:00Z` })
    const heard = [await bob.next('message'), await bob.next('message'), await bob.next('message')]
    expect(heard.map((frame) => [frame.message, frame.seq])).toEqual([
      ['2030', 1],
      ['2010', 2],
      ['2020', 3],
    ])
  })

  it('MS6: seq is 1, 2, 3 … in each room', async () => {
    const first = await pair()
    const second = await enter(server, 'Carol', { room: freshRoom() })
    for (let seq = 1; seq <= 5; seq++) {
      first.alice.say(`a${seq}`)
      expect((await first.bob.next('message')).seq).toBe(seq)
      second.say(`c${seq}`)
      expect((await second.next('message')).seq).toBe(seq)
    }
  })

  it('MS6: what was refused takes no number', async () => {
    const { alice, bob } = await pair()
    alice.say('one')
    await alice.refused({ message: '' })
    await alice.refused({ message: 'x'.repeat(16_385) })
    await alice.refused({ message: 'x', room: 'elsewhere' })
    alice.say('two')
    await bob.hears('one')
    expect((await bob.hears('two')).seq).toBe(2)
  })

  it('MS8: 16,384 bytes of UTF-8 pass', async () => {
    const { alice, bob } = await pair()
    for (const text of ['x'.repeat(16_384), `${'中'.repeat(5461)}x`, '👋'.repeat(4096), 'y']) {
      alice.say(text)
      expect((await bob.next('message')).message).toBe(text)
    }
  })

  it('MS8: more is too_large, in both languages', async () => {
    const { alice, bob } = await pair()
    for (const message of ['x'.repeat(16_385), '中'.repeat(5462), '👋'.repeat(4097)])
      expect(await alice.refused({ message })).toMatchObject({ code: 'too_large' })
    const chinese = await alice.refused({ message: 'x'.repeat(20_000) })
    const english = await bob.refused({ message: 'x'.repeat(20_000) })
    expect(chinese.message).toMatch(/\p{Script=Han}/u)
    expect(english.message).toMatch(/^[\x20-\x7e]+$/)
    alice.say('alive')
    await bob.hearsOnly('alive')
  })

  it('MS8: missing, empty or of another type is bad_message', async () => {
    const { alice, bob } = await pair()
    const wrong = [
      '{}',
      '{"type":"message"}',
      ...['""', '7', 'null', 'true', '[]', '["x"]', '{}', '{"a":"x"}'],
    ]
    for (const text of wrong) {
      const sent = text === '{}' || text.startsWith('{"type"') ? text : `{"type":"message","message":${text}}`
      expect(await alice.refused(sent)).toMatchObject({ code: 'bad_message', field: 'message' })
    }
    expect(await alice.refused('{"message":{}}')).toMatchObject({ code: 'bad_message', field: 'message' })
    alice.say('alive')
    await bob.hearsOnly('alive')
  })

  it('MS9: fields of others are neither obeyed nor relayed', async () => {
    const { room, alice, bob } = await pair()
    const spoof = {
      from: 'Bob',
      username: 'Bob',
      id: 'mine',
      seq: 999,
      to: 'Bob',
      connected_count: 9000,
      event: 'join',
      code: 'x',
      user: 'root',
      role: 'admin',
      extra: { deep: ['x'] },
      constructor: 'x',
      toString: 'x',
    }
    alice.say('spoofed', spoof)
    const heard = await bob.hears('spoofed')
    expect(Object.keys(heard).sort()).toEqual([
      'id',
      'message',
      'room',
      'seq',
      'timestamp',
      'type',
      'username',
    ])
    expect(heard).toMatchObject({ username: 'Alice', seq: 1, room, type: 'message' })
    expect(heard.id).not.toBe('mine')
    alice.send(
      '{"message":"proto","__proto__":{"username":"Bob","message":"evil"},"constructor":{"prototype":{}}}',
    )
    expect(await bob.hears('proto')).toMatchObject({ username: 'Alice', seq: 2 })
  })

  it('MS9: a room one is not in cannot be written to', async () => {
    const { alice } = await pair()
    const elsewhere = freshRoom()
    const carol = await enter(server, 'Carol', { room: elsewhere })
    expect(await alice.refused({ message: 'x', room: elsewhere })).toMatchObject({ code: 'not_in_room' })
    carol.say('border')
    await carol.hearsOnly('border')
  })

  it('MS10: a lone surrogate is bad_message, a pair passes', async () => {
    const { alice, bob } = await pair()
    for (const escape of ['\\ud800', 'x\\udfffx', '\\udc00\\ud800', '\\uD83D \\uDC4B'])
      expect(await alice.refused(`{"message":"${escape}"}`)).toMatchObject({
        code: 'bad_message',
        field: 'message',
      })
    alice.send('{"message":"\\ud83d\\udc4b"}')
    await bob.hearsOnly('👋')
  })

  it('MS10: a lone surrogate in another field reaches nobody', async () => {
    const { alice, bob } = await pair()
    for (const field of ['target_user', 'room', 'type']) {
      const error = await alice.refused(`{"message":"x","${field}":"\\ud800"}`)
      expect(error.message.isWellFormed()).toBe(true)
    }
    alice.send('{"message":"kept","extra":"\\ud800","timestamp":"\\ud800"}')
    await bob.hearsOnly('kept')
  })
})
