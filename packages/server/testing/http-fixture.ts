/** The HTTP side over a service that answers from a table and remembers what it was asked. */
import { createHttp, type Http } from '../src/adapters/http/app.ts'
import type { HttpSettings } from '../src/adapters/http/options.ts'
import type { Identity } from '../src/ports/auth.ts'
import type { Fields, Logger } from '../src/ports/logger.ts'
import { type ChatService, type Check, type PublishRequest, Refusal } from '../src/ports/service.ts'
import type { Range } from '../src/ports/store.ts'

const TIME = '2024-01-01T12:00:00Z'
const WELL: readonly Check[] = [{ name: 'store', ok: true, detail: 'writable', age_ms: 12 }]

const FAMILIES = [
  {
    name: 'roomful_people',
    help: 'People.',
    type: 'gauge',
    samples: [{ name: 'roomful_people', labels: {}, value: 2 }],
  },
]

export interface Asked {
  readonly history: Array<{ room: string; range: Range; limit: number }>
  readonly rooms: Array<{ after: string; limit: number }>
  readonly published: PublishRequest[]
  readonly status: Array<string | undefined>
}

export interface LogLine {
  readonly level: string
  readonly event: string
  readonly fields: Fields
}

interface State {
  checks: readonly Check[]
  failure: Error | undefined
  identity: Identity | null
}

export interface HttpFixture extends Http {
  readonly asked: Asked
  readonly log: LogLine[]
  /** What the next readiness check says. */
  checks: readonly Check[]
  /** Who asks from now on. */
  identity: Identity | null
  /** When set, every call of the service throws it. */
  failure: Error | undefined
  /** Forgets what was asked and makes everything well again. */
  reset(): void
}

export interface FixtureOptions {
  readonly settings?: Partial<HttpSettings>
  readonly webRoot?: string
  readonly roomNames?: readonly string[]
}

export async function httpFixture(options: FixtureOptions = {}): Promise<HttpFixture> {
  const asked: Asked = { history: [], rooms: [], published: [], status: [] }
  const log: LogLine[] = []
  const state: State = {
    checks: WELL,
    failure: undefined,
    identity: null,
  }
  const http = await createHttp({
    service: fakeService(asked, state, options.roomNames ?? []),
    settings: {
      lang: 'en',
      origins: [],
      trustedProxies: [],
      metrics: 'loopback',
      auth: 'guest',
      ...options.settings,
    },
    logger: recorder(log),
    version: '1.2.3',
    webRoot: options.webRoot ?? '/nowhere',
    scrape: async () => ({
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      text: 'numbers\n',
      families: FAMILIES,
    }),
  })
  const reset = (): void => {
    for (const list of [asked.history, asked.rooms, asked.published, asked.status, log]) list.length = 0
    state.checks = WELL
    state.failure = undefined
    state.identity = null
  }
  return Object.assign(state, { ...http, asked, log, reset })
}

function fakeService(asked: Asked, state: State, names: readonly string[]): ChatService {
  const fail = (): void => {
    if (state.failure !== undefined) throw state.failure
  }
  const service: ChatService = {
    inLanguage: () => service,
    epoch: 'e',
    refusal: () => null,
    admit: () => {},
    arrive: () => () => {},
    identify: async () => state.identity,
    redeem: async () => state.identity,
    attach: () => {
      throw new Error('no WebSocket here')
    },
    status: (room) => {
      fail()
      asked.status.push(room)
      return {
        connected_count: 1,
        connected_users: ['Alice'],
        heartbeat_timeout: 30,
        connections: [{ username: 'Alice', last_activity: TIME, idle_seconds: 4 }],
        status: 'active',
      }
    },
    rooms: async (after, limit) => {
      fail()
      asked.rooms.push({ after, limit })
      const found = names.filter((name) => name > after).slice(0, limit)
      return { rooms: found.map((room) => ({ room, connected_count: 1, head_seq: 7 })) }
    },
    members: (room) => {
      fail()
      return { room, connected_count: 2, connected_users: ['Bob', 'Alice'], truncated: false }
    },
    history: async (room, range, limit) => {
      fail()
      asked.history.push({ room, range, limit })
      const entry = { username: 'Alice', message: 'Hello', timestamp: TIME, id: 'a-1', seq: 7, room }
      return {
        room,
        epoch: 'e',
        entries: [{ type: 'message', ...entry }],
        first_available: 3,
        head_seq: 7,
        complete: true,
      }
    },
    moderate: async ({ room, action, client_id }) => {
      fail()
      const id = client_id ?? 'a-1'
      return { id, seq: 1, room, action, timestamp: TIME, created: client_id === undefined }
    },
    moderation: async (room, before, limit) => {
      fail()
      const act = { id: 'a-1', seq: before - 1, action: 'lock', by: 'Root', timestamp: TIME } as const
      const now = { slow_seconds: 0, locked: true, read_only: false, sanctions: [] }
      return { room, ...now, acts: [act].slice(0, limit), next_before: null }
    },
    publish: async (request) => {
      fail()
      asked.published.push(request)
      const isNew = asked.published.filter((earlier) => earlier.client_id === request.client_id).length === 1
      return { id: 'a-8', seq: 8, room: request.room, timestamp: TIME, created: isNew }
    },
    issueTicket: async () => ({ ticket: 'ticket', expires_at: TIME }),
    revoke: async () => {
      throw new Refusal('forbidden', 'Only an administrator may revoke tokens')
    },
    explain: async ({ room, user = null }) => {
      fail()
      const decided_by = { source: 'default', rule: null }
      const considered = [{ ...decided_by, outcome: 'decided', message: 'This decides.' }]
      return { room, username: user, subject: null, issuer: null, may: ['read'], decided_by, considered }
    },
    overview: async () => {
      fail()
      return {
        nodes: [{ node: null, people: 2, answers: true, complete: true }],
        rooms: [{ room: 'lobby', connected_count: 2, head_seq: 7 }],
      }
    },
    readiness: async () => {
      fail()
      return state.checks
    },
  }
  return service
}

function recorder(log: LogLine[]): Logger {
  const at =
    (level: string) =>
    (event: string, fields: Fields = {}) => {
      log.push({ level, event, fields })
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
