/** A hook of permissions behind an address: one POST for each question. */
import { readGrants } from '../ports/grants.ts'
import type { HookAnswer, PermissionHook } from '../ports/permissions.ts'
import { limitedText } from './limited-text.ts'

/** Longest answer, in bytes. */
const MAX_ANSWER_BYTES = 262_144

export interface PermissionHookOptions {
  readonly url: string
  /** Shown as `Authorization: Bearer`; empty for none. */
  readonly secret: string
  /** Milliseconds for the whole answer. */
  readonly timeoutMs: number
}

/** Fails for everything but status 200 with the JSON that PROTOCOL.md, PE9, asks for. */
export function createPermissionHook({ url, secret, timeoutMs }: PermissionHookOptions): PermissionHook {
  return {
    async ask(asked) {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(secret !== '' && { authorization: `Bearer ${secret}` }),
        },
        body: JSON.stringify(asked),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (response.status !== 200) {
        await response.body?.cancel()
        throw new Error(`The answer was ${response.status}.`)
      }
      return answerIn(await limitedText(response, MAX_ANSWER_BYTES))
    },
  }
}

function answerIn(text: string): HookAnswer {
  const said = objectIn(text)
  const grants = readGrants(said['rooms'] ?? {})
  const seconds = said['expires_in'] ?? null
  if (grants === null) throw new Error('rooms in the answer is no list of what is allowed.')
  if (!(seconds === null || (typeof seconds === 'number' && seconds >= 0)))
    throw new Error('expires_in in the answer is no number of seconds.')
  return { grants, holdsMs: seconds === null ? null : seconds * 1_000 }
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(text)
    if (typeof said === 'object' && said !== null && !Array.isArray(said)) return { ...said }
  } catch {
    // What it was is nobody's business in a log.
  }
  throw new Error('The answer is no JSON object.')
}
