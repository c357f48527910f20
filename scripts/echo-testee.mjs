// npm run echo-testee: a plain echo over our socket layer and its limits, for foreign conformance suites.
import './lib/require-node.mjs'

const { launch } = await import('./lib/launch.mjs')
await launch('packages/server/dist/echo-testee.js')
