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

const USAGE = `usage: npm run sec

Tries ${FILES.length} groups of test files against the server and the page, each payload in an address too, and prints one table.
It takes some minutes and has no flags.
`

if (process.argv.length > 2) {
  const asked = ['--help', '-h'].includes(process.argv[2] ?? '')
  ;(asked ? process.stdout : process.stderr).write(USAGE)
  process.exit(asked ? 0 : 2)
}

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
