// npm run test:torture [-- NAME... --seed N --scale S]: every fault run, every lie of a server and the simulation, in full; writes
// docs/torture-report.md. With names only those runs, and no simulation.
import './lib/require-node.mjs'

const { launch } = await import('./lib/launch.mjs')
await launch('test/fault/torture.mjs')
