import type { Whom } from './sign-in.ts'

/** Longest wait for the server in milliseconds. */
const PATIENCE_MS = 10_000

/** The answer of `/api/v1/session`, as far as it is read. */
interface Answer {
  readonly username: string | null
  readonly administrator: boolean
  readonly expires_at: string | null
  readonly takes_tokens: boolean
}

/** Whom the server takes the bearer of a token for, or somebody without one. Rejects when it does not say. */
export async function askWho(token: string | null): Promise<Whom> {
  const response = await fetch('/api/v1/session', {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
  if (response.status === 401) return { is: 'unauthorized' }
  if (!response.ok) throw new Error(`status ${response.status}`)
  const { username, administrator, expires_at, takes_tokens } = (await response.json()) as Answer
  if (username === null || expires_at === null) return { is: 'guest', takesTokens: takes_tokens }
  // Two clocks: what counts is how long it still holds.
  const now = Date.parse(response.headers.get('date') ?? '') || Date.now()
  const endsAt = Date.now() + Date.parse(expires_at) - now
  return { is: 'bearer', bearer: { username, administrator, endsAt } }
}
