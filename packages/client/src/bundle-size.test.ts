import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, it } from 'vitest'

/** Bytes of what a page bundles, with what that takes from the protocol, minified and compressed. */
const BUDGETS = { client: 8_240, outbox: 10_350, shared: 13_490 } as const

/** What a page with this one line brings along. */
async function bundle(line: string): Promise<{ code: string; bytes: number }> {
  const page = fileURLToPath(new URL('page.ts', import.meta.url))
  const result = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('..', import.meta.url)),
    resolve: { conditions: ['source', 'module', 'browser'] },
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === page ? id : null),
        load: (id) => (id === page ? line : null),
      },
    ],
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      rollupOptions: { input: page, preserveEntrySignatures: 'strict' },
    },
  })
  if (Array.isArray(result) || !('output' in result)) throw new Error('one bundle was expected')
  expect(result.output).toHaveLength(1)
  const { code } = result.output[0]
  return { code, bytes: gzipSync(code, { level: 9 }).length }
}

it('stays within its budget in a browser bundle, and brings no schemas, name tables or outbox', async () => {
  const { code, bytes } = await bundle("export { ClientError, createClient } from './index.ts'")
  expect(code).toContain('GoingAway')
  expect(code).not.toContain('confusable')
  expect(code).not.toContain('outbox_full')
  expect(code).not.toMatch(/\\p\{|typebox|Cyrillic|pcty/)
  expect(bytes).toBeLessThanOrEqual(BUDGETS.client)
})

it('with an outbox it stays within its budget', async () => {
  const { code, bytes } = await bundle("export { createClient, storedOutbox } from './index.ts'")
  expect(code).toContain('outbox_full')
  expect(code).toContain('indexedDB')
  expect(bytes).toBeLessThanOrEqual(BUDGETS.outbox)
})

it('with shared tabs it stays within theirs', async () => {
  const { code, bytes } = await bundle("export * from './shared.ts'")
  expect(code).toContain('createSharedClient')
  expect(bytes).toBeLessThanOrEqual(BUDGETS.shared)
})
