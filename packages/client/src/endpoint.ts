import {
  JWT_SUBPROTOCOL_PREFIX,
  type Lang,
  RESUME_SUBPROTOCOL_PREFIX,
  V1_SUBPROTOCOL,
} from '@roomful/protocol'

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
export function endpointOf({ url, username, room, lang }: Target): string | null {
  const endpoint = new URL(url)
  endpoint.protocol = endpoint.protocol.replace('http', 'ws')
  endpoint.hash = ''
  let path = '/ws/chat'
  if (username !== undefined) {
    if (/^\.{0,2}$/.test(username) || !username.isWellFormed()) return null
    path += `/${encodeURIComponent(username)}/heartbeat`
  }
  endpoint.pathname = endpoint.pathname.replace(/\/*$/, path)
  for (const [name, value] of Object.entries({ room, lang }))
    if (value !== undefined) endpoint.searchParams.set(name, value)
  return endpoint.href
}

export function withTicket(endpoint: string, ticket: string): string {
  const url = new URL(endpoint)
  url.searchParams.set('ticket', ticket)
  return url.href
}

/** Dialect v1, and the proof of being the same person as before (V6), or of who one is (AU2). */
export function subprotocols(resumeToken: string | null, token?: string): string[] {
  if (token !== undefined) return [V1_SUBPROTOCOL, JWT_SUBPROTOCOL_PREFIX + token]
  return [V1_SUBPROTOCOL, ...(resumeToken === null ? [] : [RESUME_SUBPROTOCOL_PREFIX + resumeToken])]
}
