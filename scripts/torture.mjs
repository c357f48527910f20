// npm run test:torture [-- NAME... --seed N --scale S]: every fault run, every lie of a server and the simulation; writes
// docs/torture-report.md. Less than all of it in full (names, a small scale) goes to .cache/torture-report.md.
import './lib/require-node.mjs'

const { launch } = await import('./lib/launch.mjs')
await launch('test/fault/torture.mjs')
