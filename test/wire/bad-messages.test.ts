import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChatClient, emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer({ args: ['--rate-limit', 'off'] })
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

/** The one who errs, and a healthy client beside it. */
interface Pair {
  readonly wrong: ChatClient
  readonly healthy: ChatClient
}

async function pair(name: string | null = 'Wrong'): Promise<Pair> {
  const room = freshRoom()
  const healthy = await enter(server, 'Healthy', { room })
  const wrong = await enter(server, name, { room, lang: 'en' })
  await healthy.next('system')
  return { wrong, healthy }
}

let marks = 0

/** ER15: nothing of it was relayed, both connections live, messages go on. */
async function unharmed({ wrong, healthy }: Pair): Promise<void> {
  marks += 1
  await healthy.quiet()
  healthy.say(`mark ${marks}`)
  expect((await healthy.next('message')).message).toBe(`mark ${marks}`)
  await wrong.hears(`mark ${marks}`)
  wrong.say(`answer ${marks}`)
  expect((await healthy.hears(`answer ${marks}`)).seq).toBe((await wrong.hears(`answer ${marks}`)).seq)
  expect(server.alive()).toBe(true)
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
const nestedObjects = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)

describe('ER1', () => {
  it.each([
    ['plain text', 'hello'],
    ['nothing', ''],
    ['spaces', '   '],
    ['half an object', '{"message":"x"'],
    ['a trailing comma', '{"message":"x",}'],
    ['single quotes', "{'message':'x'}"],
    ['two objects', '{"message":"x"}{"message":"y"}'],
    ['an unescaped control', '{"message":"a\nb"}'],
    ['a byte order mark', '\ufeff{"message":"x"}'],
    ['NaN', 'NaN'],
    ['a bare bracket', '{'],
    ['only brackets', '}}}}]]]]'],
    ['an open string', '{"message":"x'],
    ['an array', '[{"type":"message","message":"x"}]'],
    ['an empty array', '[]'],
    ['a number', '7'],
    ['a huge number', '1e400'],
    ['null', 'null'],
    ['true', 'true'],
    ['a string', '"message"'],
  ])('ER1: %s is answered with the literal error', async (_, text) => {
    const both = await pair()
    expect(await both.wrong.refused(text)).toMatchObject({
      type: 'error',
      message: 'Invalid message format',
      code: 'bad_message',
    })
    await unharmed(both)
  })

  it('ER1: on the anonymous and the heartbeat endpoint too', async () => {
    const room = freshRoom()
    for (const client of [
      await enter(server, null, { room }),
      await enter(server, 'H', { room, heartbeat: true }),
    ])
      expect(await client.refused('hello')).toMatchObject({
        message: 'Invalid message format',
        code: 'bad_message',
      })
  })
})

describe('ER2', () => {
  it('ER2: every refusal has a code and a sentence in the language of the client', async () => {
    const room = freshRoom()
    const chinese = await enter(server, 'Zhang', { room })
    const english = await enter(server, 'Eng', { room, lang: 'en' })
    const requests = [
      { type: 'nonsense' },
      { message: '' },
      { message: 'x'.repeat(20_000) },
      { message: 'x', target_user: 'Nobody' },
      { message: 'x', room: 'elsewhere' },
      { type: 'join', room: '*' },
      { type: 'leave', room: 'elsewhere' },
    ]
    for (const request of requests) {
      const [inChinese, inEnglish] = [await chinese.refused(request), await english.refused(request)]
      expect(inChinese.message).toMatch(/\p{Script=Han}/u)
      expect(inEnglish.message).toMatch(/^[\x20-\x7e]+$/)
      expect(inChinese.code).toBe(inEnglish.code)
    }
  })
})

describe('ER3', () => {
  const serverTypes = ['system', 'private', 'error', 'confirmation', 'ack', 'ping', 'heartbeat_ack']
  const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
  const unknown = [
    'shout',
    '',
    'Message',
    'MESSAGE',
    ' message',
    'message\u0000',
    '*',
    'x'.repeat(10_000),
    '\ud800',
  ]

  it.each([...serverTypes, ...inherited, ...unknown].map((type) => [type.slice(0, 20), type]))(
    'ER3: type %j from a client is refused and relayed to nobody',
    async (_, type) => {
      const both = await pair()
      const sent = {
        type,
        message: 'spoofed',
        from: 'Healthy',
        username: 'Healthy',
        target_user: 'Healthy',
        event: 'join',
      }
      expect(await both.wrong.refused(sent)).toMatchObject({ code: 'unknown_type' })
      await unharmed(both)
    },
  )

  it('V2: a request of an unknown type is refused with its id', async () => {
    const both = await pair()
    const client_id = randomUUID()
    expect(await both.wrong.refused({ type: 'poke', client_id })).toMatchObject({
      code: 'unknown_type',
      client_id,
    })
    await unharmed(both)
  })

  it('ER3: v1 requests are unknown to a classic client', async () => {
    const both = await pair()
    expect(await both.wrong.refused({ type: 'history', after: 0 })).toMatchObject({ code: 'unknown_type' })
    await unharmed(both)
  })

  const noText: [string, unknown][] = [7, null, true, {}, ['message'], { toString: 'x' }].map((type) => [
    JSON.stringify(type),
    type,
  ])

  it.each(noText)('ER3: type %s is no text and refused', async (_, type) => {
    const both = await pair()
    expect((await both.wrong.refused({ type, message: 'x' })).code).toMatch(/^(?:bad_message|unknown_type)$/)
    await unharmed(both)
  })
})

describe('ER4', () => {
  it.each([
    ['10,000 arrays', nested(10_000)],
    ['10,000 objects', nestedObjects(10_000)],
    ['10,000 arrays that never end', '['.repeat(10_000)],
    ['10,000 levels as the message', `{"message":${nested(10_000)}}`],
    ['10,000 levels in an unknown field', `{"message":"x","extra":${nested(10_000)}}`],
    ['10,000 levels under __proto__', `{"message":"x","__proto__":${nestedObjects(9_000)}}`],
    ['5 levels', `{"message":"x","extra":${nested(4)}}`],
    ['5 levels of objects', `{"message":"x","extra":${nestedObjects(4)}}`],
    ['the same key twice', '{"message":"a","message":"b"}'],
    ['the same type twice', '{"type":"message","message":"a","type":"status"}'],
    ['the same key escaped', '{"message":"a","\\u006dessage":"b"}'],
    ['an unknown key twice', '{"message":"a","x":1,"x":1}'],
    ['__proto__ twice', '{"message":"a","__proto__":1,"__proto__":2}'],
    ['the same key around a nested object', '{"message":"a","x":{"y":"z"},"message":"b"}'],
    ['the same key behind a tricky string', '{"a":"\\\\\\"{[","message":"a","message":"b"}'],
  ])('ER4: %s is bad_message', async (_, text) => {
    const both = await pair()
    expect(await both.wrong.refused(text)).toMatchObject({ code: 'bad_message' })
    await unharmed(both)
  })

  it('ER4: 4 levels, brackets in text and one key in several objects pass', async () => {
    const { wrong, healthy } = await pair()
    const texts = [
      `{"message":"m1","extra":${nested(3)}}`,
      `{"message":"m2","extra":{"message":{"message":{}}}}`,
      `{"message":"m3","extra":"${'[{'.repeat(5_000)}"}`,
      `{"message":"m4","extra":[{"a":1},{"a":1},{"a":1}],"a":1}`,
      `{"message":"m5","extra":"\\"message\\":1"}`,
    ]
    for (const text of texts) wrong.send(text)
    for (const message of ['m1', 'm2', 'm3', 'm4', 'm5'])
      expect((await healthy.next('message')).message).toBe(message)
  })
})

describe('ER15', () => {
  it('ER15: names of Object.prototype are keys and texts as any other', async () => {
    const both = await pair(null)
    for (const key of ['__proto__', 'constructor', 'toString', 'prototype']) {
      both.wrong.send(`{"message":"${key}","${key}":{"username":"evil","type":"system"}}`)
      expect(await both.healthy.hears(key)).toMatchObject({ username: 'Anonymous', type: 'message' })
      both.wrong.send(`{"${key}":"x"}`)
      expect(await both.wrong.next('error')).toMatchObject({ code: 'bad_message', field: 'message' })
      const asType = `{"__proto__":{"type":"status"},"message":"own"}`
      both.wrong.send(asType)
      await both.healthy.hears('own')
    }
    await both.wrong.hears('own')
    await both.wrong.rest()
    await unharmed(both)
  })

  it('ER15: hundreds of unknown fields harm nobody', async () => {
    const both = await pair()
    const many = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`field${index}`, index]))
    both.wrong.say('many fields', many)
    await both.healthy.hears('many fields')
    await both.wrong.hears('many fields')
    await unharmed(both)
  })

  it.each(['join', 'leave'])('ER15: %s without a usable room is an error', async (type) => {
    const both = await pair()
    for (const room of [
      undefined,
      null,
      7,
      '',
      [],
      {},
      '*',
      '>',
      '#',
      'a/b',
      'a b',
      'x'.repeat(65),
      '\ud800',
    ])
      expect((await both.wrong.refused({ type, room })).type).toBe('error')
    await unharmed(both)
  })
})

it('ER15: none of this was logged as a mistake of the server', () => {
  expect(server.output()).not.toContain('"level":50')
})
