import { randomBytes } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** The file in a data folder that holds the server's secret. It is in no backup: whoever has it can sign for anybody. */
export const SECRET_FILE = 'server.secret'
const BYTES = 32

/** A new secret, forgotten when the process ends. */
export function randomSecret(): Buffer {
  return randomBytes(BYTES)
}

/**
 * The server's secret in a data folder that exists and that this process alone uses: 32 random bytes, made once, readable
 * by the owner only. Rejects with one sentence for the operator.
 */
export async function secretOf(folder: string): Promise<Buffer> {
  const path = join(folder, SECRET_FILE)
  try {
    const secret = (await readSecret(path)) ?? (await makeSecret(path))
    if (secret.length === BYTES) return secret
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
    throw new Error(
      `Cannot use the server's secret ${path} (${code}): make the file and its folder readable and writable.`,
      { cause },
    )
  }
  throw new Error(
    `The server's secret ${path} is damaged: restore it from a backup, or delete it to let a new one be made.`,
  )
}

async function readSecret(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Never leaves half a secret: it is written under another name and gets its own when it is on the disk. */
async function makeSecret(path: string): Promise<Buffer> {
  const draft = `${path}.new`
  const secret = randomSecret()
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(secret)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  return secret
}
