import { createSecretKey } from 'node:crypto'
import type { JWTVerifyGetKey } from 'jose'
import type { KeysState } from '../../ports/auth.ts'

/** Keys to verify with. */
export interface Keys {
  /** Rejects with a `JOSEError` when no key fits, and with another error when that cannot be told now. */
  readonly keyOf: JWTVerifyGetKey
  /** The algorithms that they are for, unless settings say which. */
  readonly algorithms: readonly string[]
  /** What `Identity.key` is for a key that `keyOf` found. */
  idOf(key: unknown): Promise<string>
  has(id: string): boolean
  onGone(listener: () => void): void
  /** `null`: they stay what they are as long as the process lives. */
  state(): KeysState | null
  close(): void
}

export function secretKeys(secret: string): Keys {
  const key = createSecretKey(Buffer.from(secret))
  return {
    keyOf: async () => key,
    algorithms: ['HS256'],
    idOf: async () => '',
    has: () => true,
    onGone() {},
    state: () => null,
    close() {},
  }
}
