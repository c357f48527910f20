/** The SDK as it is published: installed in an empty folder, it needs nothing else. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const windows = process.platform === 'win32'
let folder: string

async function run(command: string, args: string[], cwd = folder): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd, shell: windows })
  return stdout
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomful-sdk-'))
  await run(process.execPath, ['scripts/sdk.mjs'], root)
  await run('npm', ['pack', join(root, '.cache', 'sdk')])
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`])
})

afterAll(() => rm(folder, { recursive: true, force: true }))

it('brings nothing with it, and no sources', async () => {
  expect(await readdir(join(folder, 'node_modules'))).toEqual(['.package-lock.json', '@roomful'])
  expect(await readdir(join(folder, 'node_modules', '@roomful'))).toEqual(['client'])
  const files = await readdir(join(folder, 'node_modules', '@roomful', 'client'))
  expect(files.toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json'])
})

it('is imported in Node', async () => {
  const code = `
    import { ClientError, createClient, indexedDbOutbox, storedOutbox } from '@roomful/client'
    import { createSharedClient } from '@roomful/client/shared'
    const WebSocket = class {}
    const client = createClient({ url: 'http://localhost:1', username: 'Alice', WebSocket, outbox: storedOutbox() })
    client.outbox.add({ text: 'hello' })
    console.log(client.state.phase, client.outbox.entries[0].text, typeof createSharedClient, typeof indexedDbOutbox, new ClientError('offline', '').code)`
  await writeFile(join(folder, 'app.mjs'), code)
  expect(await run(process.execPath, ['app.mjs'])).toBe('idle hello function function offline\n')
})

it('is bundled for a browser', async () => {
  await writeFile(join(folder, 'page.js'), "export { createSharedClient } from '@roomful/client/shared'\n")
  const result = await build({
    configFile: false,
    logLevel: 'error',
    root: folder,
    build: { write: false, lib: { entry: 'page.js', formats: ['es'], fileName: 'page' } },
  })
  const [bundle] = [result].flat()
  if (bundle === undefined || !('output' in bundle)) throw new Error('one bundle was expected')
  const { output } = bundle
  expect(output).toHaveLength(1)
  expect(output[0]).toMatchObject({ imports: [], dynamicImports: [] })
  expect(output[0].code).toContain('createSharedClient')
})

it('has types of its own', async () => {
  const code = `
    import { createClient, type ClientErrorCode } from '@roomful/client'
    import { createSharedClient } from '@roomful/client/shared'
    const client = createClient({ url: '' })
    client.onMessage(({ username, seq }) => [username.length, seq.toFixed()])
    client.onChange((change) => (change.type === 'edit' ? change.message : change.target.id))
    client.onSystem(({ person_id }) => person_id?.length)
    createSharedClient({ url: '' }).onRole((role) => role === 'leader')
    export const known: ClientErrorCode = 'other_person'
    // @ts-expect-error no such code
    export const unknown: ClientErrorCode = 'hologram'
    // @ts-expect-error a number, not a text
    client.onMessage(({ seq }) => seq.length)`
  await writeFile(join(folder, 'app.ts'), code)
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = [
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2024,dom',
    '--strict',
    '--noEmit',
  ]
  await run(process.execPath, [tsc, ...options, '--types', '', 'app.ts']).catch((error: unknown) => {
    throw new Error(error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error))
  })
})
