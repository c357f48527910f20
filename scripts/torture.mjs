// npm run test:torture [-- NAME... --seed N --scale S]: every fault run in full; writes docs/torture-report.md.
import './lib/require-node.mjs'

const { launch } = await import('./lib/launch.mjs')
await launch('test/fault/torture.mjs')
