// npm run sdk: makes .cache/sdk, the SDK as it is published: no dependencies. `npm pack ./.cache/sdk` makes a file of it.
import './lib/require-node.mjs'

const { ensureInstalled } = await import('./lib/install.mjs')
const { buildSdk } = await import('./lib/sdk.mjs')
const { explain, step } = await import('./lib/steps.mjs')

try {
  await ensureInstalled()
  await step('Building the SDK', buildSdk)
} catch (error) {
  explain(error)
  process.exitCode = 1
}
