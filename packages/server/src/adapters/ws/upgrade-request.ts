import type { IncomingMessage } from 'node:http'
import { JWT_SUBPROTOCOL_PREFIX, RESUME_SUBPROTOCOL_PREFIX, V1_SUBPROTOCOL } from '@roomful/protocol'
import type { Attach, Shown } from '../../ports/service.ts'
import { bearerToken } from '../bearer-token.ts'
import { langInQuery } from '../language.ts'

const CHAT = /^\/ws\/chat\/([^/]*)(\/heartbeat)?$/

/**
 * Reads what a client at this address asks for with its upgrade (EP1-EP6, EP9, AU2). `takesQueryTokens`: whether `?token=` counts. Returns `null` for a path that is no endpoint.
 * Nothing is judged here: a name that cannot be decoded is handed on as it stands and refused by the core.
 */
export function readUpgrade(
  request: IncomingMessage,
  address: string,
  takesQueryTokens = false,
): Attach | null {
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))
  const offered = subprotocols(request)
  const shown = shownBy(request, offered, query, takesQueryTokens)
  if (path === '/ws') return { endpoint: 'echo', address, echoPrefix: 'Echo: ', shown }
  const named = CHAT.exec(path)
  if (path !== '/ws/chat' && named === null) return null
  return {
    endpoint: 'chat',
    address,
    dialect: offered.includes(V1_SUBPROTOCOL) ? 'v1' : 'classic',
    username: named === null ? null : decodeSegment(named[1] ?? ''),
    heartbeat: named?.[2] !== undefined,
    room: query.get('room'),
    lang: langInQuery(query),
    resumeToken: entryBehind(offered, RESUME_SUBPROTOCOL_PREFIX),
    shown,
  }
}

/** A token in an address that may not be there is handed on as an empty one, which never holds: whoever shows one is no guest. */
function shownBy(
  { headers }: IncomingMessage,
  offered: readonly string[],
  query: URLSearchParams,
  takesQueryTokens: boolean,
): Shown {
  const ticket = query.get('ticket')
  const inHeader = bearerToken(headers.authorization) ?? entryBehind(offered, JWT_SUBPROTOCOL_PREFIX)
  const inQuery = takesQueryTokens || !query.has('token') ? query.get('token') : ''
  const token = inHeader ?? (ticket === null ? inQuery : null)
  return { token, ticket, awaitsToken: query.get('auth') === 'frame' }
}

function subprotocols(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
}

/** What a client shows as a further subprotocol. */
function entryBehind(offered: readonly string[], prefix: string): string | null {
  return offered.find((name) => name.startsWith(prefix))?.slice(prefix.length) ?? null
}

/** A segment that is not percent-encoded UTF-8 keeps its `%`; U+FFFF makes sure that it is no valid name. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return `${segment}\uffff`
  }
}
