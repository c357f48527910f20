// npm run matrix: tests of the core, the SDK and the stores, and a smoke test on the wire, by each supported version of Node.
// npm run matrix -- 22 26: by these only.
import './lib/require-node.mjs'

const { ensureBuilt } = await import('./lib/build.mjs')
const { ensureInstalled } = await import('./lib/install.mjs')
const { explain } = await import('./lib/steps.mjs')
const { endWithShell } = await import('./lib/shell.mjs')
const { runMatrix } = await import('./lib/matrix.mjs')

endWithShell()
try {
  await ensureInstalled()
  await ensureBuilt()
  process.exitCode = (await runMatrix(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  explain(error)
  process.exitCode = 1
}
