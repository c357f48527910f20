/** Every route and every type of message x whoever is not let in: refused, and all alike. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage, type Stage } from '../../testing/stage.ts'
import { type Frame, StageSocket } from '../../testing/stage-socket.ts'
import { SECRET, tokenOf } from '../../testing/tokens.ts'
import { createJwtAuth } from '../adapters/jwt/jwt-auth.ts'
import { secretKeys } from '../adapters/jwt/keys.ts'
import { createSystemClock } from '../adapters/system-clock.ts'
import { MESSAGE_TYPES } from '../core/dispatch.ts'

/** Whom a route is for. `room`: bearers who may do this in that room. */
type Access =
  | 'all'
  | 'machine'
  | 'bearers'
  | 'administrators'
  | { readonly room: string; readonly body?: object }

/** Not for Ann, nor for her name: whether it exists she must not learn. */
const CLOSED = 'closed'
/** Ann may be here and say nothing. */
const QUIET = 'quiet'

/** A new route without a row breaks the test: whoever adds one says whom it is for. */
const ROUTES: Readonly<Record<string, Access>> = {
  'GET /': 'all',
  'GET /health': 'all',
  'GET /livez': 'all',
  'GET /readyz': 'all',
  'GET /admin': 'all',
  'GET /chat': 'all',
  'GET /static/chat.html': 'all',
  'GET /static/*': 'all',
  'GET /docs': 'all',
  'GET /docs/ws': 'all',
  'GET /docs/errors': 'all',
  'GET /docs/style.css': 'all',
  'GET /openapi.json': 'all',
  'GET /asyncapi.json': 'all',
  'GET /ws': 'all',
  'GET /ws/chat': 'all',
  'GET /ws/chat/:username': 'all',
  'GET /ws/chat/:username/heartbeat': 'all',
  'GET /metrics': 'machine',
  'GET /ws/status': { room: '/ws/status?room=' },
  'GET /api/v1/rooms': 'bearers',
  'GET /api/v1/rooms/:room': { room: '/api/v1/rooms/' },
  'GET /api/v1/rooms/:room/members': { room: '/api/v1/rooms/:room/members' },
  'GET /api/v1/rooms/:room/messages': { room: '/api/v1/rooms/:room/messages' },
  'POST /api/v1/rooms/:room/messages': { room: '/api/v1/rooms/:room/messages', body: { message: 'x' } },
  'GET /api/v1/rooms/:room/events': { room: '/api/v1/rooms/:room/events' },
  'GET /api/v1/session': 'bearers',
  'POST /api/v1/tickets': 'bearers',
  'GET /api/v1/stats': 'administrators',
  'POST /api/v1/revocations': 'administrators',
  'GET /api/v1/permissions': 'administrators',
  'GET /api/v1/moderation': 'administrators',
  'POST /api/v1/moderation': 'administrators',
  'GET /api/v1/rooms/:room/moderation': { room: '/api/v1/rooms/:room/moderation' },
  'POST /api/v1/rooms/:room/moderation': {
    room: '/api/v1/rooms/:room/moderation',
    body: { action: 'lock' },
  },
}

/** What a type needs. `enter`: to be let into the room; `be`: to be in it; `write`: to be heard there; `moderate`: to be a moderator of it; `none`: nothing of a room. */
type Need = 'enter' | 'be' | 'write' | 'moderate' | 'none'

const MESSAGES: Readonly<
  Record<string, { readonly need: Need; readonly fields?: object; readonly isV1?: true }>
> = {
  message: { need: 'write', fields: { message: 'x' } },
  join: { need: 'enter' },
  leave: { need: 'be' },
  history: { need: 'be', isV1: true },
  edit: { need: 'write', fields: { seq: 1, message: 'x' }, isV1: true },
  delete: { need: 'write', fields: { seq: 1 }, isV1: true },
  reaction: { need: 'write', fields: { seq: 1, emoji: '👍' }, isV1: true },
  typing: { need: 'write', isV1: true },
  read: { need: 'write', fields: { seq: 1 }, isV1: true },
  away: { need: 'none', fields: { away: true }, isV1: true },
  status: { need: 'be' },
  heartbeat: { need: 'none' },
  pong: { need: 'none' },
  auth: { need: 'none', fields: { token: 'x.y.z' } },
  moderate: { need: 'moderate', fields: { action: 'lock' }, isV1: true },
}

const RULES = {
  algorithms: ['HS256'],
  audience: [],
  issuer: [],
  nameClaim: 'name',
  adminClaim: 'roomful_admin',
  roomsClaim: 'roomful',
  keptClaims: [],
  needsIat: false,
  leewayS: 0,
  maxLifetimeS: 86_400,
  letsGuestsIn: false,
}

const rooms = { [CLOSED]: [], 'closed-*': [], [QUIET]: ['join', 'read'] }
const token = (claims: object = {}): string =>
  tokenOf({ sub: 'ann', name: 'Ann', roomful: { rooms }, ...claims })
const good = token()
const admin = token({ sub: 'root', name: 'Root', roomful_admin: true })
const banned = token({ sub: 'bea', name: 'Bea' })
const revoked = token({ sub: 'eve', name: 'Eve', jti: 'taken-back' })

/** Who shows these is nobody. The last one is closed in a way of its own over WebSockets (AU10). */
const STRANGERS: Readonly<Record<string, string | null>> = {
  'no token': null,
  'a bad token': `${good.slice(0, -2)}xx`,
  'an expired token': token({ exp: Math.floor(Date.now() / 1_000) - 10 }),
  'a revoked token': revoked,
}

let stage: Stage
let webRoot: string
const lurkers: StageSocket[] = []
beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), 'roomful-web-'))
  await writeFile(join(webRoot, 'index.html'), '<!doctype html>')
  const clock = createSystemClock()
  stage = await openStage({ auth: createJwtAuth(secretKeys(SECRET), RULES, clock), clock, webRoot })
  const answer = await ask('POST /api/v1/revocations', '/api/v1/revocations', admin, {
    token_id: 'taken-back',
  })
  expect(answer.statusCode).toBe(201)
  for (const room of [CLOSED, QUIET]) {
    const said = await ask('POST /', `/api/v1/rooms/${room}/messages`, admin, { message: 'planted' })
    expect(said.statusCode).toBe(201)
  }
  await banBea()
})
/** Of the whole server, as an administrator does it. */
async function banBea(): Promise<void> {
  const bea = socket('/ws/chat', true, banned)
  await bea.next('system')
  const root = socket('/ws/chat', true, admin)
  await root.next('system')
  root.say({ type: 'moderate', action: 'ban', room: '*', target_user: 'Bea' })
  await root.next('confirmation')
  await bea.until(() => bea.closed !== null)
  expect(bea.closed?.code).toBe(4503)
}

afterAll(async () => {
  for (const socket of lurkers) socket.cut()
  await stage.close()
  await rm(webRoot, { recursive: true })
})

function ask(
  route: string,
  url: string,
  shown: string | null,
  body?: object,
): Promise<LightMyRequestResponse> {
  const method = route.startsWith('POST') ? 'POST' : 'GET'
  const headers = shown === null ? {} : { authorization: `Bearer ${shown}` }
  return stage.http.app.inject({ method, url, headers, ...(body && { payload: body }) })
}

const pathOf = (route: string, access: Access, room: string): string => {
  const path = typeof access === 'object' ? access.room : (route.split(' ')[1] ?? '')
  if (path.includes(':room')) return path.replace(':room', room)
  if (path === '/api/v1/permissions') return `${path}?room=lobby`
  const isOpenEnded = path.endsWith('=') || path === '/api/v1/rooms/'
  return isOpenEnded ? path + room : path.replace(':username', 'Ann').replace('*', 'index.html')
}

/** All that whoever is refused can tell one route from another by. */
const shapeOf = ({ statusCode, headers, json }: LightMyRequestResponse) => {
  const { instance: _own, ...body } = json<Record<string, unknown>>()
  const names = ['content-type', 'www-authenticate', 'content-security-policy'] as const
  return { statusCode, headers: names.map((name) => headers[name]), body }
}

const socket = (path: string, isV1: boolean, shown: string | null): StageSocket => {
  const headers = shown === null ? [] : [`Authorization: Bearer ${shown}`]
  const made = new StageSocket(stage, { path, headers, subprotocols: isV1 ? ['roomful.v1'] : [] })
  lurkers.push(made)
  return made
}

const ENDPOINTS = ['/ws', '/ws/chat', '/ws/chat/Ann', '/ws/chat/Ann/heartbeat'] as const
const DIALECTS = [false, true] as const

describe('every entry has a row, and every row an entry', () => {
  it('AU4: of the routes', () => {
    const served = stage.http.routes
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, url }) => `${method} ${url}`)
    expect(served.sort()).toEqual(Object.keys(ROUTES).sort())
  })

  it('AU2: of the types of messages', () => {
    expect([...MESSAGE_TYPES].sort()).toEqual(Object.keys(MESSAGES).sort())
  })
})

describe('over HTTP', () => {
  const guarded = Object.entries(ROUTES).filter(([, access]) => access !== 'all' && access !== 'machine')

  it.each(Object.entries(STRANGERS))(
    'AU4: %s is refused alike on every route that is not for all',
    async (what, shown) => {
      const shapes = new Map<string, string[]>()
      for (const [route, access] of guarded) {
        const shape = shapeOf(await ask(route, pathOf(route, access, 'lobby'), shown))
        expect([route, shape.statusCode, shape.body['code']]).toEqual([route, 401, 'unauthorized'])
        const key = JSON.stringify(shape)
        shapes.set(key, [...(shapes.get(key) ?? []), route])
      }
      expect([what, [...shapes.values()]]).toEqual([what, [guarded.map(([route]) => route)]])
    },
  )

  it('MO5: whoever is banned is refused alike on every route that is not for all', async () => {
    const shapes = new Map<string, string[]>()
    for (const [route, access] of guarded) {
      const body = typeof access === 'object' ? access.body : { subject: 'x' }
      const shape = shapeOf(await ask(route, pathOf(route, access, 'lobby'), banned, body))
      const key = JSON.stringify(shape)
      shapes.set(key, [...(shapes.get(key) ?? []), route])
    }
    expect([...shapes.keys()].map((key) => JSON.parse(key) as unknown)).toMatchObject([
      { statusCode: 403, body: { code: 'banned' } },
    ])
  })

  it('AU4: what is for all is the same for all', async () => {
    for (const [route, access] of Object.entries(ROUTES).filter(([, each]) => each === 'all')) {
      const answers = []
      for (const shown of [...Object.values(STRANGERS), good, banned])
        answers.push((await ask(route, pathOf(route, access, 'lobby'), shown)).statusCode)
      expect([route, new Set(answers).size]).toEqual([route, 1])
    }
  })

  it('AU10, OP6: what is for administrators is refused alike to everybody else', async () => {
    const shapes = new Set<string>()
    for (const [route] of guarded.filter(([, access]) => access === 'administrators')) {
      const { body, ...rest } = shapeOf(
        await ask(route, pathOf(route, 'administrators', ''), good, { subject: 'x', action: 'kick' }),
      )
      expect([route, body['code']]).toEqual([route, 'forbidden'])
      // Only the sentence says what it was that only administrators may.
      shapes.add(JSON.stringify({ ...rest, names: Object.keys(body) }))
    }
    expect(shapes.size).toBe(1)
  })

  it('PE5, PE7: a room that is not for one is refused alike on every route of rooms, there or not', async () => {
    for (const [route, access] of guarded) {
      if (typeof access !== 'object') continue
      const shapes = new Set<string>()
      for (const room of [CLOSED, 'closed-1', 'closed-2']) {
        const shape = shapeOf(await ask(route, pathOf(route, access, room), good, access.body))
        expect([route, room, shape.statusCode, shape.body['code'], shape.body['field']]).toEqual([
          route,
          room,
          403,
          'forbidden',
          'room',
        ])
        shapes.add(JSON.stringify(shape))
      }
      expect([route, shapes.size]).toEqual([route, 1])
    }
    expect((await ask('GET /', '/api/v1/rooms', good)).body).not.toContain(CLOSED)
  })
})

describe('over WebSockets', () => {
  const refused = async (made: StageSocket) => {
    await made.until(() => made.closed !== null)
    const { message: _sentence, ...error } = made.frames.at(-1) ?? {}
    return { frames: made.frames.length, error, closed: made.closed }
  }
  const UNAUTHORIZED = {
    frames: 1,
    error: { type: 'error', code: 'unauthorized', field: 'token' },
    closed: { code: 1008, reason: 'Unauthorized' },
  }

  it.each(Object.entries(STRANGERS).filter(([, shown]) => shown !== null))(
    'AU3: %s is refused alike on every endpoint, in both dialects',
    async (what, shown) => {
      const closed =
        what === 'a revoked token' ? { code: 4501, reason: 'Kicked or revoked' } : UNAUTHORIZED.closed
      for (const endpoint of ENDPOINTS)
        for (const isV1 of DIALECTS)
          expect([endpoint, await refused(socket(endpoint, isV1, shown))]).toEqual([
            endpoint,
            { ...UNAUTHORIZED, closed },
          ])
    },
  )

  it('MO5: whoever is banned is refused alike on every endpoint, in both dialects', async () => {
    for (const endpoint of ENDPOINTS.map((each) => each.replace('Ann', 'Bea')))
      for (const isV1 of DIALECTS) {
        const { error, closed } = await refused(socket(endpoint, isV1, banned))
        expect([endpoint, error, closed]).toEqual([
          endpoint,
          { type: 'error', code: 'banned' },
          { code: 4503, reason: 'Banned' },
        ])
      }
  })

  it('AU3: without a token every type of message is refused alike, and so is a bad token in the first frame', async () => {
    const attempts = MESSAGE_TYPES.flatMap((type) =>
      ENDPOINTS.flatMap((endpoint) => DIALECTS.map((isV1) => ({ type, endpoint, isV1 }))),
    )
    const outcomes = await Promise.all(
      attempts.map(async ({ type, endpoint, isV1 }) => {
        const made = socket(endpoint, isV1, null)
        made.say({ type, room: 'lobby', ...MESSAGES[type]?.fields })
        return [type, endpoint, isV1, await refused(made)]
      }),
    )
    expect(outcomes).toEqual(attempts.map(({ type, endpoint, isV1 }) => [type, endpoint, isV1, UNAUTHORIZED]))
  })

  it('PE4, PE7: a room that is not for one is refused alike on every endpoint, there or not', async () => {
    for (const endpoint of ENDPOINTS.slice(1))
      for (const isV1 of DIALECTS)
        for (const room of [CLOSED, 'closed-1']) {
          const { error, closed } = await refused(socket(`${endpoint}?room=${room}`, isV1, good))
          expect(error).toEqual({ type: 'error', code: 'forbidden', field: 'room', room })
          expect(closed?.code).toBe(4500)
        }
  })

  /** What comes of a request of somebody who is let in. */
  async function answerTo(made: StageSocket, request: object): Promise<Frame> {
    made.frames.length = 0
    made.say(request)
    const { message: _sentence, ...error } = await made.next('error')
    return error
  }

  it('PE4, PE6: of a wrong room every type is refused alike, there or not', async () => {
    const made = socket('/ws/chat/Ann', true, good)
    await made.next('system')
    made.say({ type: 'join', room: QUIET })
    await made.next('system')
    for (const [type, { need, fields }] of Object.entries(MESSAGES)) {
      if (need === 'none') continue
      for (const room of [CLOSED, 'closed-1']) {
        const code = need === 'enter' || need === 'moderate' ? 'forbidden' : 'not_in_room'
        const expected = { type: 'error', code, field: 'room', room }
        expect([type, await answerTo(made, { type, room, ...fields })]).toEqual([type, expected])
      }
      if (need !== 'write') continue
      const expected = { type: 'error', code: 'forbidden', field: 'room', room: QUIET }
      expect([type, await answerTo(made, { type, room: QUIET, ...fields })]).toEqual([type, expected])
    }
  })

  it('EP9: what belongs to v1 is refused alike to classic clients', async () => {
    const made = socket('/ws/chat/Ann', false, good)
    await made.next('system')
    for (const [type, { isV1, fields }] of Object.entries(MESSAGES)) {
      if (!isV1) continue
      const error = await answerTo(made, { type, room: CLOSED, ...fields })
      expect([type, error]).toEqual([type, { type: 'error', code: 'unknown_type', field: 'type' }])
    }
  })
})
