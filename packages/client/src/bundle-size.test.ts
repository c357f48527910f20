import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, it } from 'vitest'

/** Bytes of the whole SDK with what it takes from the protocol, minified and compressed. */
const BUDGET = 8_192

it('stays within 8 KB in a browser bundle, and brings no schemas or name tables', {
  timeout: 30_000,
}, async () => {
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
        input: fileURLToPath(new URL('index.ts', import.meta.url)),
        preserveEntrySignatures: 'strict',
      },
    },
  })
  if (Array.isArray(result) || !('output' in result)) throw new Error('one bundle was expected')
  expect(result.output).toHaveLength(1)
  const { code } = result.output[0]
  expect(code).toContain('createClient')
  expect(code).not.toContain('confusable')
  expect(code).not.toMatch(/\\p\{|typebox|Cyrillic|аa/)
  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(BUDGET)
})
