// node scripts/rules.mjs: lists the rules of PROTOCOL.md and the promises of README.md without a test, and tests of rules that are none.
import './lib/require-node.mjs'

const { protocolFaults } = await import('./lib/sources.mjs')

const { rules, faults } = protocolFaults()
for (const fault of faults) console.log(fault)
console.log(`${rules} rules, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
