// npm run test:torture [-- NAME... --seed N --scale S]: every fault run in full; writes docs/torture-report.md. Without arguments also
// the simulation, 10,000 seeds.
import './lib/require-node.mjs'

const { launch } = await import('./lib/launch.mjs')
const { runNode, explain } = await import('./lib/steps.mjs')
const { inTree } = await import('./lib/tree.mjs')

const everything = process.argv.length === 2
await launch('test/fault/torture.mjs')
if (everything) {
  try {
    process.stdout.write(await runNode(inTree('scripts', 'sim.mjs'), ['--seeds', '10000']))
  } catch (error) {
    explain(error)
    process.exitCode = 1
  }
}
