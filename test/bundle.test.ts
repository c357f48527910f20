/** The program as it is built into few files: what it needs besides them, and whose work they hold. */
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { freePort } from '../packages/server/testing/daemon.mjs'
import { type RunningProgram, startProgram } from './support/server.ts'

const PACKAGE = fileURLToPath(new URL('../packages/server/', import.meta.url))
const BUNDLE = join(PACKAGE, 'bundle')

let folder = ''
let program: RunningProgram | null = null
afterEach(async () => {
  await program?.kill()
  if (folder !== '') await rm(folder, { recursive: true, force: true })
})

it('runs where no package is installed', async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomful-bundle-'))
  await cp(BUNDLE, join(folder, 'bundle'), { recursive: true })
  await cp(join(PACKAGE, 'package.json'), join(folder, 'package.json'))
  const port = await freePort()
  program = startProgram(join(folder, 'bundle', 'main.js'), ['--port', String(port), '--data', ':memory:'])
  const status = async (path: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    await response.body?.cancel()
    return response.status
  }
  await program.until(() =>
    status('/readyz').then(
      (is) => is === 200,
      () => false,
    ),
  )
  // A document from everything that the routes know, a checked query, and one that is refused.
  expect(await status('/openapi.json')).toBe(200)
  expect(await status('/api/v1/rooms?limit=3')).toBe(200)
  expect(await status('/api/v1/rooms?limit=none')).toBe(400)
})

it('holds the licence of every package of which it has a part', async () => {
  const licences = await readFile(join(BUNDLE, 'third-party-licenses.md'), 'utf8')
  const maps = (await readdir(BUNDLE)).filter((name) => name.endsWith('.js.map'))
  const sources = await Promise.all(
    maps.map(async (name) => JSON.parse(await readFile(join(BUNDLE, name), 'utf8')) as { sources: string[] }),
  )
  const packages = new Set(
    sources
      .flatMap((map) => map.sources)
      .flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  )
  expect(packages).toContain('fastify')
  expect([...packages].filter((name) => !licences.includes(`\n## ${name} - `))).toEqual([])
})
