/** Where public keys that change are read from. */
import { readFile } from 'node:fs/promises'
import { limitedText } from '../limited-text.ts'
import { MAX_KEYS_BYTES } from './key-set.ts'

/** Calls `take` with the text unless it is the one that `take` took last. Rejects when it cannot be read, and as `take` does. */
export type KeySource = (take: (text: string) => Promise<void>) => Promise<void>

/** Milliseconds for the whole answer. */
const TIMEOUT_MS = 5_000

/** Times in headers are whole seconds: what was changed so shortly before the answer may be changed once more under the same one. */
const SETTLED_MS = 1_000

/** Asks for what is newer than what was taken (RFC 9110 section 13.1). */
export function keysAtAddress(url: URL): KeySource {
  let taken: string | null = null
  let conditions: Record<string, string> = {}
  return async (take) => {
    const response = await fetch(url, {
      headers: { accept: 'application/jwk-set+json, application/json', ...conditions },
      // A cache on the way may still have the set with the key that is gone.
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (response.status === 304 && taken !== null) return
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`The answer was ${response.status}.`)
    }
    const text = await limitedText(response, MAX_KEYS_BYTES)
    if (text !== taken) await take(text)
    taken = text
    conditions = conditionsFor(response.headers)
  }
}

export function keysInFile(path: string): KeySource {
  let taken: string | null = null
  return async (take) => {
    const text = await readFile(path, 'utf8')
    if (text === taken) return
    await take(text)
    taken = text
  }
}

function conditionsFor(headers: Headers): Record<string, string> {
  const tag = headers.get('etag')
  const changed = headers.get('last-modified')
  if (changed !== null && !(Date.parse(headers.get('date') ?? '') - Date.parse(changed) >= SETTLED_MS))
    return {}
  return {
    ...(tag !== null && { 'if-none-match': tag }),
    ...(changed !== null && { 'if-modified-since': changed }),
  }
}
