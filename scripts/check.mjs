// npm run check: types, lint, format, dead code and protocol rules. Warnings count as faults.
import './lib/require-node.mjs'

const { check } = await import('./lib/checks.mjs')
const { ensureInstalled } = await import('./lib/install.mjs')
const { explain } = await import('./lib/steps.mjs')

try {
  await ensureInstalled()
  if ((await check()) > 0) process.exitCode = 1
} catch (error) {
  explain(error)
  process.exitCode = 1
}
