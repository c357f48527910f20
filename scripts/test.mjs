// npm test: everything that must hold. Words behind -- choose test files, as vitest does: npm test -- page
import './lib/require-node.mjs'

const { ensureBuilt } = await import('./lib/build.mjs')
const { CHECKS, check } = await import('./lib/checks.mjs')
const { ensureInstalled } = await import('./lib/install.mjs')
const { explain } = await import('./lib/steps.mjs')
const { endWithShell } = await import('./lib/shell.mjs')
const { ensureSystemPackages } = await import('./lib/system-packages.mjs')
const { runTests } = await import('./lib/vitest.mjs')

const chosen = process.argv.slice(2)

/** A test of its own covers the protocol rules. */
const checks = chosen.length === 0 ? CHECKS.filter(({ name }) => name !== 'rules') : []

endWithShell()
try {
  await ensureInstalled()
  await ensureBuilt()
  const missing = await ensureSystemPackages()
  const unmet = process.env['CI'] === 'true' ? missing.length : 0
  const faults = unmet + (await check(checks))
  const { passed, failed, skipped } = await runTests(chosen)
  console.log(`${passed} passed, ${failed + faults} failed, ${skipped} skipped`)
  process.exitCode = failed + faults === 0 ? 0 : 1
} catch (error) {
  explain(error)
  process.exitCode = 1
}
