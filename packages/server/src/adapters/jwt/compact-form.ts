/** What a token must look like before anything in it is believed (RFC 7515 section 7.1, RFC 8725 section 3). */

/** Longest token, in characters. It fits into the headers of a request with everything else. */
export const MAX_TOKEN_LENGTH = 6_144

const PARTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/** Keys, or places to fetch them from, that a token brings along, and what changes how it is read. None is ever used. */
const REFUSED_HEADERS: readonly string[] = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc', 'cty']

const TYPES: readonly unknown[] = [undefined, 'JWT', 'jwt', 'at+jwt', 'application/at+jwt']

/**
 * Whether it is three parts of base64url in their one spelling, of which the first two are JSON objects without a name twice, and the header leaves all to
 * the server but the choice among its keys.
 */
export function isWellFormed(token: string): boolean {
  if (token.length > MAX_TOKEN_LENGTH) return false
  const [, header = '', payload = '', signature = ''] = PARTS.exec(token) ?? []
  if (!isCanonical(signature)) return false
  const head = objectIn(header)
  if (head === null || objectIn(payload) === null) return false
  const names = Object.keys(head)
  return (
    typeof head['alg'] === 'string' &&
    (head['kid'] === undefined || typeof head['kid'] === 'string') &&
    TYPES.includes(head['typ']) &&
    !names.some((name) => REFUSED_HEADERS.includes(name))
  )
}

/** Bits that mean nothing could be flipped otherwise, and the token would still hold. */
function isCanonical(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part
}

function objectIn(part: string): Record<string, unknown> | null {
  if (!isCanonical(part)) return null
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(part, 'base64url'),
    )
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return membersIn(text) === membersOf(value) ? { ...value } : null
  } catch {
    return null
  }
}

/** Names of members in a JSON text, each as often as it stands there. */
function membersIn(json: string): number {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/""\s*:/g)?.length ?? 0
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce((sum: number, each) => sum + membersOf(each), own)
}
