/** Requests for every route, bent as messages are. */
import { SECURITY_HEADERS } from '../../../packages/server/src/adapters/http/headers.ts'
import type { Http } from '../../../packages/server/src/adapters/http/app.ts'
import type { Chance } from '../../sim/chance.ts'
import { type Known, messageText } from './message-plans.ts'
import type { Tally } from './tally.ts'

const SEGMENTS = [
  'lobby',
  '%2e%2e',
  '..',
  '%00',
  '%ff',
  '%E5%A4%A7',
  '@me',
  '*',
  '%2F',
  'x'.repeat(65),
  '__proto__',
  '',
  '%',
]
const QUERIES = [
  '',
  '?limit=1',
  '?limit=-1',
  '?limit=1e9',
  '?before=1&after=1',
  '?after=%ff',
  '?room[]=x',
  '?__proto__=1',
  '?limit=1&limit=2',
  '?lang=en',
  '?lang=xx',
]
const METHODS = ['GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'] as const
const TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'multipart/form-data',
  '',
  'application/JSON',
  'x',
]

/** One request: none may be answered with a mistake of the server, or without the headers that all answers have. */
export async function askHttp(
  { app, routes }: Http,
  chance: Chance,
  known: Known,
  tally: Tally,
): Promise<void> {
  const route = chance.pick(routes).url
  // A stream of events has no end.
  if (route.endsWith('/events')) return
  const url = route.replaceAll(/:\w+|\*/g, () => chance.pick(SEGMENTS)) + chance.pick(QUERIES)
  const method = chance.pick(METHODS)
  const headers: Record<string, string> = { host: chance.pick(['chat.example', 'x', '', 'a b', '[::1]:80']) }
  if (chance.chance(0.4)) headers['authorization'] = `Bearer ${chance.pick(known.tokens)}`
  if (chance.chance(0.3))
    headers['origin'] = chance.pick(['null', 'http://chat.example', 'http://evil.example', ''])
  if (chance.chance(0.1)) headers['content-encoding'] = chance.pick(['gzip', 'br', 'identity', ''])
  if (chance.chance(0.1)) headers['accept-encoding'] = chance.pick(['gzip', '*', 'x;q=2', ','])
  if (method !== 'GET' && method !== 'HEAD') headers['content-type'] = chance.pick(TYPES)
  const body = method === 'GET' || method === 'HEAD' ? {} : { payload: messageText(chance, known) }
  const request = { method, url, headers, ...body }
  tally.tried++
  const answer = await app.inject(request)
  tally.outcome(`HTTP ${answer.statusCode}`)
  const missing = Object.keys(SECURITY_HEADERS).find((name) => answer.headers[name] === undefined)
  const shown = JSON.stringify(request).slice(0, 500)
  if (answer.statusCode >= 500 && answer.statusCode !== 503) tally.fault(`${answer.statusCode} for ${shown}`)
  if (missing !== undefined) tally.fault(`no ${missing} for ${shown}`)
}
