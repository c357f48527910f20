import { stdSerializers } from 'pino'

/** User and password in an address. */
const CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi

/**
 * Of what went wrong: its type, sentence, code and stack, and those of its causes. Nothing else that a library hangs on an error: a database
 * names the row that it refused, and with it what somebody said.
 */
export function loggedError(cause: unknown): object | undefined {
  if (cause === undefined) return undefined
  if (!(cause instanceof Error))
    return { type: typeof cause, message: typeof cause === 'string' ? withoutCredentials(cause) : '' }
  const { type, message, stack } = stdSerializers.err(cause)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  return {
    type,
    code,
    message: withoutCredentials(message),
    stack: withoutCredentials(stack),
    causes: cause instanceof AggregateError ? cause.errors.map(loggedError) : undefined,
  }
}

function withoutCredentials(text: string): string {
  return text.replaceAll(CREDENTIALS, '$1…@')
}
