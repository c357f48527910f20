// npm run sec: everything that is tried against the server and the page, as one table.
import './lib/require-node.mjs'

const { ensureBuilt } = await import('./lib/build.mjs')
const { ensureInstalled } = await import('./lib/install.mjs')
const { explain } = await import('./lib/steps.mjs')
const { ensureSystemPackages } = await import('./lib/system-packages.mjs')
const { securityTable } = await import('./lib/security-table.mjs')
const { runTests } = await import('./lib/vitest.mjs')

/** Test files, by a part of their path. */
const FILES = [
  'test/security/',
  'packages/server/src/security/',
  'packages/server/src/adapters/jwt/jwt-auth',
  'packages/server/src/adapters/origin',
  'packages/server/src/adapters/proxies',
  'packages/server/src/adapters/http/page-routes',
  'packages/protocol/src/names',
  'packages/protocol/src/look-alikes',
  'test/wire/authors',
  'test/wire/secrets',
  'test/wire/bad-frames',
]

// Each payload is tried in an address then.
process.env['SEC'] = 'full'
try {
  await ensureInstalled()
  await ensureBuilt()
  await ensureSystemPackages()
  const { passed, failed, skipped } = await runTests(FILES)
  console.log(securityTable())
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = failed === 0 ? 0 : 1
} catch (error) {
  explain(error)
  process.exitCode = 1
}
