import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, it } from 'vitest'

/**
 * Bytes of the whole SDK with what it takes from the protocol, minified and compressed. The aim is 8,192; without its outbox it would be
 * there, and without it something would be lost.
 */
const BUDGET = 10_496

/** The same with what tabs need to share a connection, and to tell where something waits. */
const SHARED_BUDGET = 13_504

async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('..', import.meta.url)),
    resolve: { conditions: ['source', 'module', 'browser'] },
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      rollupOptions: {
        input: fileURLToPath(new URL(entry, import.meta.url)),
        preserveEntrySignatures: 'strict',
      },
    },
  })
  if (Array.isArray(result) || !('output' in result)) throw new Error('one bundle was expected')
  expect(result.output).toHaveLength(1)
  return result.output[0].code
}

it('stays within its budget in a browser bundle, and brings no schemas or name tables', {
  timeout: 30_000,
}, async () => {
  const code = await bundle('index.ts')
  expect(code).toContain('createClient')
  expect(code).not.toContain('confusable')
  expect(code).not.toMatch(/\\p\{|typebox|Cyrillic|аa/)
  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(BUDGET)
})

it('with shared tabs it stays within theirs', { timeout: 30_000 }, async () => {
  const code = await bundle('shared.ts')
  expect(code).toContain('createSharedClient')
  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(SHARED_BUDGET)
})
