/** Security headers of every response. */

/** Answers that no browser should show as a page. */
const NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

/** Our own generated pages: a style sheet, no script. */
export const DOCUMENT_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

export const SECURITY_HEADERS = {
  'content-security-policy': NOTHING,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** The same for answers that are written by hand. */
export const SECURITY_LINES: string = Object.entries(SECURITY_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

const HOST = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i

/** The `Host` of a request when it is fit to be shown, otherwise undefined. */
export function shownHost(host: string | undefined): string | undefined {
  return host !== undefined && HOST.test(host) ? host.toLowerCase() : undefined
}

/**
 * Content security policy of the chat page (CSP level 3). `'self'` covers WebSockets of the same host in current
 * browsers; older ones need the host spelled out.
 */
export function pagePolicy(host: string | undefined): string {
  const own = shownHost(host)
  const sockets = own === undefined ? '' : ` ws://${own} wss://${own}`
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self'${sockets}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
    // No policy may be made, so no text becomes HTML or script in any way.
    "trusted-types 'none'",
  ].join('; ')
}
