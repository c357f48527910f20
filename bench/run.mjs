// npm run bench: Roomful and what one would take instead, measured side by side on this machine. --help says more.
import '../scripts/lib/require-node.mjs'

const { ensureBuilt } = await import('../scripts/lib/build.mjs')
const { ensureInstalled } = await import('../scripts/lib/install.mjs')
const { endWithShell } = await import('../scripts/lib/shell.mjs')
const { explain } = await import('../scripts/lib/steps.mjs')
const { installPeers } = await import('./runner/install.mjs')
const { machine: machineOf } = await import('./runner/machine.mjs')
const { chosenPeers, chosenScenarios, measure } = await import('./runner/measure.mjs')
const { HELP, readOptions } = await import('./runner/options.mjs')
const { reportOf, save, verdictsOn } = await import('./runner/report.mjs')
const { scenarioTable } = await import('./runner/table.mjs')
const { verdictTable } = await import('./runner/targets.mjs')
const { ownCores } = await import('./runner/trial.mjs')

/** @typedef {import('./runner/options.mjs').Options} Options */

/** The line at the bottom of a terminal that says what is going on. @param {string} text */
function tell(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

/** @param {Options} options @param {string} command @param {(text: string) => void} print */
async function bench(options, command, print) {
  const started = performance.now()
  const date = new Date()
  const machine = machineOf()
  const { cpu, cores, system, disk, load } = machine
  print(
    `${date.toISOString().slice(0, 10)}  ${cores} cores of ${cpu}, ${system}, data on ${disk}, load ${load}`,
  )
  const own = ownCores()
  print(
    own === null
      ? 'server and generator not pinned to cores'
      : `server on core ${own.server}, generator on core ${own.generator}`,
  )
  const panels = []
  for (const scenario of chosenScenarios(options)) {
    if (chosenPeers(scenario, options).length === 0) continue
    const panel = await measure(scenario, options, tell)
    tell('')
    panels.push(panel)
    print(`\n${scenarioTable(scenario, panel.title, panel.rows)}`)
  }
  const verdicts = verdictsOn(panels)
  if (verdicts.length > 0) print(`\n${verdictTable(verdicts)}`)
  const report = reportOf({ command, date, repetitions: options.repetitions, machine, panels })
  if (panels.some(({ rows }) => rows.some(({ runs }) => runs.length > 0))) {
    const name = save(report, panels)
    print(`\n${name}.json and .svg, ${((performance.now() - started) / 1000).toFixed(0)} s`)
  }
  return report
}

/** @param {Options} options */
const measuresRoomful = (options) =>
  chosenScenarios(options).some((scenario) =>
    chosenPeers(scenario, options).some(({ id }) => id === 'roomful' || id === 'memory'),
  )

async function main() {
  const argv = process.argv.slice(2)
  const options = readOptions(argv)
  if (options.help) {
    process.stdout.write(HELP)
    return
  }
  const write = process.stdout.write.bind(process.stdout)
  // What installs and builds says so on standard output, which belongs to the result here.
  if (options.json) process.stdout.write = process.stderr.write.bind(process.stderr)
  await ensureInstalled()
  if (options.install) {
    await installPeers()
    return
  }
  if (measuresRoomful(options)) await ensureBuilt()
  const command = ['npm run bench', ...(argv.length > 0 ? ['--', ...argv] : [])].join(' ')
  const print = options.json ? () => {} : console.log
  const report = await bench(options, command, print)
  if (options.json) write(`${JSON.stringify(report)}\n`)
}

endWithShell()
try {
  await main()
} catch (error) {
  if (error instanceof Error && error.name !== 'StepFailed') {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  } else {
    explain(error)
    process.exitCode = 1
  }
}
