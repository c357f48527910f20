import { type Lang, RESUME_SUBPROTOCOL_PREFIX, V1_SUBPROTOCOL } from '@roomful/protocol'

/** What a client connects to. */
export interface Target {
  /** Base URL of the server: `ws:`, `wss:`, `http:` or `https:`, with or without a path. */
  readonly url: string
  readonly username: string | undefined
  readonly room: string | undefined
  readonly lang: Lang | undefined
}

/**
 * The URL of the chat endpoint (EP2, EP4, EP5, EP6), or `null` when no URL can carry the username: an empty one, ill-formed
 * Unicode, and the names `.` and `..`, which every URL parser takes for path steps. Throws a `TypeError` when `url` is none.
 */
export function endpointOf(target: Target): string | null {
  const { username, room, lang } = target
  const url = new URL(target.url)
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:'
  url.hash = ''
  const segment = username === undefined ? undefined : pathSegment(username)
  if (segment === null) return null
  const base = url.pathname.replace(/\/+$/, '')
  url.pathname = segment === undefined ? `${base}/ws/chat` : `${base}/ws/chat/${segment}/heartbeat`
  if (room !== undefined) url.searchParams.set('room', room)
  if (lang !== undefined) url.searchParams.set('lang', lang)
  return url.href
}

/** Dialect v1, and the proof of being the same person as before (V6). */
export function subprotocols(resumeToken: string | null): string[] {
  return resumeToken === null ? [V1_SUBPROTOCOL] : [V1_SUBPROTOCOL, RESUME_SUBPROTOCOL_PREFIX + resumeToken]
}

function pathSegment(username: string): string | null {
  if (username === '' || username === '.' || username === '..') return null
  try {
    return encodeURIComponent(username)
  } catch {
    return null
  }
}
