/** P8: every way of naming an author, tried by whoever could try it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { nameKey } from '@roomful/protocol'
import { part, SECRET, signed, tokenOf } from '../../packages/server/testing/tokens.ts'
import { type ChatClient, type ChatOptions, cutAll, dial, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer
beforeAll(async () => {
  const args = [
    '--auth',
    'jwt+guest',
    '--jwt-in-query',
    'on',
    '--rate-limit',
    'off',
    '--request-rate-limit',
    'off',
  ]
  server = await startServer({ args, env: { ROOMFUL_JWT_SECRET: SECRET } })
  // A bearer who is away from now on.
  const ann = await enter(server, 'Ann', { v1: true, token: ANN })
  await ann.leave()
})
afterEach(cutAll)
afterAll(() => server.kill())

const ANN = tokenOf({ sub: 'u-ann', name: 'Ann' })
const EVE = tokenOf({ sub: 'u-eve', name: 'Eve' })
const now = Math.floor(Date.now() / 1_000)
const claims = { sub: 'u-ann', name: 'Ann', iat: now, exp: now + 600 }

let guests = 0

const ATTACKERS = {
  'somebody without a name': (room: string) => enter(server, null, { room, v1: true }),
  'a guest': (room: string) => enter(server, `Mal-${(guests += 1)}`, { room, v1: true }),
  'another bearer': (room: string) => enter(server, 'Eve', { room, v1: true, token: EVE }),
} as const

/** Fields of a frame that could be taken for its author. */
const FIELDS: Readonly<Record<string, unknown>> = {
  username: 'Ann',
  'username in capitals': 'ANN',
  'username in full width': 'Ａnn',
  'username with a Cyrillic letter': 'Аnn',
  'username as a list': ['Ann'],
  'username as an object': { name: 'Ann' },
  from: 'Ann',
  author: 'Ann',
  name: 'Ann',
  user: 'Ann',
  sub: 'u-ann',
  person_id: '~ann',
  author_id: '~ann',
  token: ANN.slice(0, -4),
  authorization: `Bearer ${ANN.slice(0, -4)}`,
}

/** Frames that are no messages of one's own. */
const FRAMES: Readonly<Record<string, (seq: number, bob: string) => object>> = {
  'an edit of Bob’s message': (seq, bob) => ({ type: 'edit', seq, message: 'forged', username: bob }),
  'a deletion of Bob’s message': (seq, bob) => ({ type: 'delete', seq, username: bob }),
  'a reaction': (seq, bob) => ({ type: 'reaction', seq, emoji: '👍', username: bob, from: bob }),
  'a reply': (seq, bob) => ({ type: 'message', message: 'forged', reply_to: seq, username: bob, from: bob }),
  'a whisper': (_seq, bob) => ({
    type: 'message',
    message: 'forged',
    target_user: bob,
    from: 'Ann',
    username: 'Ann',
  }),
  'a private frame': (_seq, bob) => ({ type: 'private', message: 'forged', from: 'Ann', to: bob }),
  'a system frame': () => ({ type: 'system', event: 'join', message: 'forged', username: 'Ann' }),
  'a notice of presence': () => ({ type: 'presence', event: 'back', username: 'Ann' }),
  'a sign of typing': () => ({ type: 'typing', username: 'Ann', usernames: ['Ann'] }),
  'a read marker': (seq) => ({
    type: 'read',
    seq,
    username: 'Ann',
    markers: [{ username: 'Ann', seq }],
  }),
  'a token of nobody’s in the middle': () => ({ type: 'auth', token: ANN.slice(0, -4) }),
}

/** Ways in: what is shown with the upgrade. Whoever gets in says something, as whoever that made of them. */
const DOORS: Readonly<Record<string, readonly [path: string, options?: ChatOptions]>> = {
  'the path': ['/ws/chat/Ann'],
  'the path in capitals': ['/ws/chat/ANN'],
  'the path in full width': [`/ws/chat/${encodeURIComponent('Ａｎｎ')}`],
  'the path with a Cyrillic letter': [`/ws/chat/${encodeURIComponent('Аnn')}`],
  'the path with a zero-width space': [`/ws/chat/Ann${encodeURIComponent('\u200b')}`],
  'the path with a space': ['/ws/chat/Ann%20'],
  'the path with a zero byte': ['/ws/chat/Ann%00'],
  'the path, encoded twice': ['/ws/chat/%2541nn'],
  'the path with heartbeat': ['/ws/chat/Ann/heartbeat'],
  'the query': ['/ws/chat?username=Ann&user=Ann&name=Ann&from=Ann'],
  'a header': ['/ws/chat', { headers: { 'x-user': 'Ann', 'x-forwarded-user': 'Ann', 'remote-user': 'Ann' } }],
  'a cookie': ['/ws/chat', { headers: { cookie: 'username=Ann; user=Ann' } }],
  'basic credentials': ['/ws/chat', { headers: { authorization: `Basic ${btoa('Ann:')}` } }],
  'a forged resume token': ['/ws/chat/Ann', { v1: true, resumeToken: `${part('["~ann","ann",9e15]')}.x` }],
  'a token as a resume token': ['/ws/chat/Ann', { v1: true, resumeToken: ANN.replaceAll('.', '-') }],
  'the token of another': ['/ws/chat/Ann', { v1: true, token: EVE }],
  'an unsigned token': ['/ws/chat', { v1: true, token: `${part({ alg: 'none' })}.${part(claims)}.` }],
  'a token of another key': [
    '/ws/chat',
    { v1: true, token: signed({ alg: 'HS256' }, claims, 'x'.repeat(40)) },
  ],
  'a token that has ended': ['/ws/chat', { v1: true, token: tokenOf({ ...claims, exp: now - 60 }) }],
  'a forged ticket': [`/ws/chat?ticket=${part({ ticket: 'x', identity: claims })}.x`],
  'a resume token as a ticket': [`/ws/chat?ticket=${part('["~ann","ann",9e15]')}.x`],
  'a bad token in the query': [`/ws/chat?token=${ANN.slice(0, -4)}`],
}

/** Stands for the name of the guest who is here. */
const GUEST = '(guest)'

/** Publishing over HTTP. */
const PUBLISHED: Readonly<
  Record<string, readonly [body: object, headers?: Record<string, string>, query?: string]>
> = {
  username: [{ username: 'Ann' }],
  'username in full width': [{ username: 'Ａnn' }],
  'username of a guest who is here': [{ username: GUEST }],
  'username beside the token of another': [{ username: 'Ann' }, { authorization: `Bearer ${EVE}` }],
  'from and author': [{ from: 'Ann', author: 'Ann', name: 'Ann' }],
  'a header': [{}, { 'x-user': 'Ann', 'x-forwarded-user': 'Ann', cookie: 'username=Ann' }],
  'the query': [{}, {}, '?username=Ann&token=x'],
  'a bad token': [{}, { authorization: `Bearer ${ANN.slice(0, -4)}` }],
}

interface Scene {
  readonly room: string
  /** Nobody else bears this name, so nobody waits for it to be free. */
  readonly name: string
  readonly bob: ChatClient
  /** Number of what Bob has said. */
  readonly seq: number
}

async function scene(): Promise<Scene> {
  const room = freshRoom()
  const name = `Bob-${room}`
  const bob = await enter(server, name, { room, v1: true })
  bob.say('Bob’s own', { client_id: crypto.randomUUID() })
  const { seq } = await bob.next('ack')
  return { room, name, bob, seq }
}

/** Nobody but Bob is Bob, and nobody at all is Ann, in the log and in what Bob was told of. */
async function forgeries({ room, name, bob, seq }: Scene): Promise<string[]> {
  const victims = new Set(['ann', nameKey(name), 'system'])
  const response = await fetch(`${server.url}/api/v1/rooms/${room}/messages?limit=100`)
  const { entries } = (await response.json()) as { entries: Entry[] }
  expect(entries.find((entry) => entry.seq === seq)).toMatchObject({ username: name, message: 'Bob’s own' })
  const found = entries.filter((entry) => entry.seq !== seq && victims.has(nameKey(entry.username)))
  const told = (await bob.rest()).filter((frame) => {
    if (frame.type === 'private') return frame.from === 'Ann'
    if (frame.type === 'system' || frame.type === 'presence') return frame.username === 'Ann'
    if (frame.type === 'typing') return frame.usernames.includes('Ann')
    return frame.type === 'read' && frame.markers.some(({ username }) => username === 'Ann')
  })
  return [...found, ...told].map((each) => JSON.stringify(each))
}

interface Entry {
  readonly seq: number
  readonly username: string
  readonly message?: string
}

/** A request that is answered behind all others of this connection; a connection that is closed has said all that it may. */
async function settled(client: ChatClient): Promise<void> {
  client.send({ type: 'status' })
  await client.next('status').catch(() => client.closed())
}

const shapes = [FIELDS, FRAMES].flatMap((table) =>
  Object.keys(ATTACKERS).flatMap((who) => Object.keys(table).map((label) => `${who}: ${label}`)),
)
shapes.push(...Object.keys(DOORS), ...Object.keys(PUBLISHED))

describe('the author of what is said', () => {
  it.each(Object.entries(ATTACKERS))('P8: is named by no field of a message of %s', async (_who, comes) => {
    const here = await scene()
    const attacker = await comes(here.room)
    for (const [label, value] of Object.entries(FIELDS))
      attacker.say(label, { [label.split(' ')[0] ?? '']: value, client_id: crypto.randomUUID() })
    await settled(attacker)
    expect(await forgeries(here)).toEqual([])
  })

  it.each(Object.entries(ATTACKERS))('P8: is named by no other frame of %s', async (_who, comes) => {
    const here = await scene()
    for (const frame of Object.values(FRAMES)) {
      const attacker = await comes(here.room)
      attacker.send(frame(here.seq, here.name))
      await settled(attacker)
    }
    expect(await forgeries(here)).toEqual([])
  })

  it('P8: is made by nothing that an upgrade shows but a good token', async () => {
    const here = await scene()
    const tries = Object.entries(DOORS).map(async ([label, [path, options]]) => {
      const url = `${path}${path.includes('?') ? '&' : '?'}room=${here.room}`
      const client = await dial(server, url, options).catch(() => null)
      if (client === null) return
      client.say(label)
      await client.inbox.next(() => true, 'a frame')
      await settled(client)
    })
    await Promise.all(tries)
    expect(await forgeries(here)).toEqual([])
  })

  it('P8: is named by nothing that is published over HTTP but a good token', async () => {
    const here = await scene()
    const tries = Object.entries(PUBLISHED).map(([label, [body, headers, query = '']]) =>
      fetch(`${server.url}/api/v1/rooms/${here.room}/messages${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ message: label, ...body }).replace(GUEST, here.name),
      }),
    )
    await Promise.all(tries)
    expect(await forgeries(here)).toEqual([])
  })

  it('P8: was tried in more than 90 shapes, and is Ann with her token', async () => {
    expect(shapes.length).toBeGreaterThan(90)
    const here = await scene()
    const ann = await enter(server, 'Ann', { room: here.room, v1: true, token: ANN })
    ann.say('my own', { username: 'Bob' })
    expect(await ann.hears('my own')).toMatchObject({ username: 'Ann' })
    expect(await forgeries(here)).not.toEqual([])
  })
})
