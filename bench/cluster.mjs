// npm run bench:cluster -- units | pair | workers | doc: what a cluster costs, and how far it goes. docs/scaling.md is made from it.
import '../scripts/lib/require-node.mjs'

const { writeFileSync } = await import('node:fs')
const { ensureBuilt } = await import('../scripts/lib/build.mjs')
const { ensureInstalled } = await import('../scripts/lib/install.mjs')
const { inTree } = await import('../scripts/lib/tree.mjs')

const USAGE = `npm run bench:cluster -- COMMAND

  units    measures what one piece of work costs, on a PostgreSQL of its own: bench/scaling/units.json
  pair     two nodes over a Redis of its own against one node, some five minutes: bench/scaling/pair.json
  workers  two workers against one process, on cores that are made slower, some three minutes: bench/scaling/workers.json
  doc      writes the tables of docs/scaling.md from all three
`

/** @param {string} file @param {object} result */
function save(file, result) {
  const text = `${JSON.stringify(result, null, 2)}\n`
  writeFileSync(inTree(file), text)
  process.stdout.write(text)
}

/** @type {Readonly<Record<string, () => Promise<void>>>} */
const COMMANDS = {
  async units() {
    const { measureUnits } = await import('./scaling/units.mjs')
    save('bench/scaling/units.json', await measureUnits())
  },
  async pair() {
    const { measurePair } = await import('./scaling/pair.mjs')
    save('bench/scaling/pair.json', await measurePair((text) => process.stderr.write(`${text}\n`)))
  },
  async workers() {
    const { measureWorkers } = await import('./scaling/workers.mjs')
    save('bench/scaling/workers.json', await measureWorkers((text) => process.stderr.write(`${text}\n`)))
  },
  async doc() {
    const { SCALING_DOC, scalingDoc, writtenDoc } = await import('./scaling/doc.mjs')
    writeFileSync(inTree(SCALING_DOC), scalingDoc(writtenDoc()))
  },
}

const [name = '', ...rest] = process.argv.slice(2)
const command = Object.hasOwn(COMMANDS, name) && rest.length === 0 ? COMMANDS[name] : undefined
if (command === undefined) {
  process.stderr.write(USAGE)
  process.exitCode = 2
} else {
  await ensureInstalled()
  await ensureBuilt()
  await command()
}
