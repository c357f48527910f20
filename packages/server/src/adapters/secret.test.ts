import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { randomSecret, secretOf } from './secret.ts'

describe('the secret of a server', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roomful-secret-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is made once', async () => {
    const secret = await secretOf(folder)
    expect(secret).toHaveLength(32)
    expect(await secretOf(folder)).toEqual(secret)
  })

  it('is readable by its owner only, and leaves nothing else behind', async () => {
    await secretOf(folder)
    expect(await readdir(folder)).toEqual(['server.secret'])
    expect((await stat(join(folder, 'server.secret'))).mode & 0o777).toBe(0o600)
  })

  it('is not made anew when it is damaged', async () => {
    await writeFile(join(folder, 'server.secret'), 'short')
    await expect(secretOf(folder)).rejects.toThrow(/is damaged: restore it from a backup/)
  })

  it('says when the folder cannot be used', async () => {
    await expect(secretOf(join(folder, 'none'))).rejects.toThrow(/Cannot use the server's secret .*ENOENT/)
    await mkdir(join(folder, 'server.secret'))
    await expect(secretOf(folder)).rejects.toThrow(/EISDIR/)
  })

  it('differs from server to server', () => {
    expect(randomSecret()).toHaveLength(32)
    expect(randomSecret()).not.toEqual(randomSecret())
  })
})
