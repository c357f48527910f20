/** Who may open a WebSocket or publish from a browser: a check of the `Origin` header (RFC 6454, RFC 6455 section 10.2). */

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

// The form in which browsers serialise an origin: lower case, IDN as punycode. Anything else did not come from one.
const ORIGIN = /^(https?):\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?$/
const HOST = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?$/
const LOOPBACK = /^(?:localhost|\[::1\]|127(?:\.(?:0|[1-9][0-9]{0,2})){3})$/

/** What the server is to the client that asks. */
interface Own {
  /** The `Host` header. */
  readonly host: string | undefined
  /** `null`: either may be, as a proxy that is not known may end TLS. */
  readonly scheme: string | null
}

/**
 * Whether a request with this `Origin` is let in.
 *
 * - No `Origin`: yes, it is not a browser.
 * - The server's own host and port, and scheme where it is known, or a loopback host with any port: yes.
 * - An origin of `allowed`, equal in scheme, host and port: yes. `*` there stands for every origin.
 * - `null` (a sandboxed frame, a local file) and everything else: only when `allowed` names it.
 */
export function originAllowed(origin: string | undefined, own: Own, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes('*')) return true
  const [, scheme, name, port] = ORIGIN.exec(origin) ?? []
  if (scheme === undefined || name === undefined) return isNamed(origin, allowed)
  return LOOPBACK.test(name) || isOwnHost(scheme, name, port, own) || isNamed(origin, allowed)
}

function isOwnHost(scheme: string, name: string, port: string | undefined, own: Own): boolean {
  const [, ownName, ownPort] = HOST.exec(own.host?.toLowerCase() ?? '') ?? []
  const usual = DEFAULT_PORTS[scheme]
  const isScheme = own.scheme === null || own.scheme === scheme
  return isScheme && ownName === name && (ownPort ?? usual) === (port ?? usual)
}

function isNamed(origin: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => canonicalOrigin(entry) === origin)
}

/** A configured origin as a browser would write it: `HTTPS://例子.example:443` is `https://xn--fsqu00a.example`. */
function canonicalOrigin(entry: string): string {
  if (!/^https?:/i.test(entry) || !URL.canParse(entry)) return entry
  return new URL(entry).origin
}
