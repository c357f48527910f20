// npm run build: builds everything anew.
import './lib/require-node.mjs'

const { build } = await import('./lib/build.mjs')
const { ensureInstalled } = await import('./lib/install.mjs')
const { explain } = await import('./lib/steps.mjs')

try {
  await ensureInstalled()
  await build()
} catch (error) {
  explain(error)
  process.exitCode = 1
}
