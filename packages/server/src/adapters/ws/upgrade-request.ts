import type { IncomingMessage } from 'node:http'
import { type Lang, RESUME_SUBPROTOCOL_PREFIX, V1_SUBPROTOCOL } from '@roomful/protocol'
import type { Attach } from '../../ports/service.ts'

const CHAT = /^\/ws\/chat\/([^/]*)(\/heartbeat)?$/

/**
 * Reads what a client at this address asks for with its upgrade (EP1-EP6, EP9). Returns `null` for a path that is no endpoint.
 * Nothing is judged here: a name that cannot be decoded is handed on as it stands and refused by the core.
 */
export function readUpgrade(request: IncomingMessage, address: string): Attach | null {
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))
  if (path === '/ws') return { endpoint: 'echo', address, echoPrefix: 'Echo: ' }
  const named = CHAT.exec(path)
  if (path !== '/ws/chat' && named === null) return null
  const offered = subprotocols(request)
  return {
    endpoint: 'chat',
    address,
    dialect: offered.includes(V1_SUBPROTOCOL) ? 'v1' : 'classic',
    username: named === null ? null : decodeSegment(named[1] ?? ''),
    heartbeat: named?.[2] !== undefined,
    room: query.get('room'),
    lang: langOf(query.get('lang')),
    resumeToken: resumeToken(offered),
  }
}

function subprotocols(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
}

function resumeToken(offered: readonly string[]): string | null {
  const entry = offered.find((name) => name.startsWith(RESUME_SUBPROTOCOL_PREFIX))
  return entry?.slice(RESUME_SUBPROTOCOL_PREFIX.length) ?? null
}

/** Any Chinese is answered in Traditional Chinese, any English in English. */
function langOf(raw: string | null): Lang | null {
  const tag = raw?.toLowerCase() ?? ''
  if (tag === 'en' || tag.startsWith('en-')) return 'en'
  return tag === 'zh' || tag.startsWith('zh-') ? 'zh-Hant' : null
}

/** A segment that is not percent-encoded UTF-8 keeps its `%`; U+FFFF makes sure that it is no valid name. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return `${segment}\uffff`
  }
}
