/** `npm run ops:drill`: what an operator does by the book, done to real processes; exit code 0 when every figure is within its bound. */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { boundOf } from '../fault/report.mjs'
import { holds } from '../fault/runs/run.mjs'
import { history, upgrade } from './history.mjs'
import { canary, drain, secrets } from './watch.mjs'

/** @typedef {import('../fault/runs/run.mjs').Figure} Figure */

/** @typedef {{ messages: number, clients: number, whole: boolean, seed: number }} DrillPlan */

/** The whole drill. @type {DrillPlan} */
const WHOLE = { messages: 1_000_000, clients: 500, whole: true, seed: 20_261_126 }

/** @type {Readonly<Record<string, (plan: DrillPlan) => Promise<Figure[]>>>} */
const DRILLS = { upgrade, history, drain, canary, secrets }

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

const USAGE = `usage: npm run ops:drill -- [NAME …] [--messages N]

  NAME         ${Object.keys(DRILLS).join(', ')}. Default: all of them.
  --messages   In the history that is backed up and restored. Default: ${WHOLE.messages}.
`

function asked() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      messages: { type: 'string', default: String(WHOLE.messages) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const names = positionals.length === 0 ? Object.keys(DRILLS) : positionals
  const drills = names.map((name) => {
    const drill = DRILLS[name]
    if (drill === undefined) throw new TypeError(`there is no drill ${name}`)
    return { name, drill }
  })
  const messages = Number(values.messages)
  if (!Number.isSafeInteger(messages) || messages < 1)
    throw new TypeError(`--messages must be a number from 1, not ${values.messages}`)
  return { help: values.help, drills, plan: { ...WHOLE, messages } }
}

function askedOrUsage() {
  try {
    return asked()
  } catch (error) {
    process.stderr.write(`ops:drill: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exitCode = 2
    return null
  }
}

/** @param {ReturnType<typeof asked>} chosen */
async function main({ drills, plan }) {
  let isWell = true
  for (const { name, drill } of drills) {
    const began = performance.now()
    const figures = await drill(plan)
    say(`${name}: ${((performance.now() - began) / 1_000).toFixed(1)} s`)
    for (const figure of figures) {
      isWell &&= holds(figure)
      const shown = `${Number(figure.value.toFixed(1))} ${figure.unit ?? ''}`.trim()
      say(
        `  ${figure.name.padEnd(48)}${shown.padStart(14)}  ${boundOf(figure)}${holds(figure) ? '' : '  FAILED'}`,
      )
    }
  }
  say(isWell ? 'drill: pass' : 'drill: fail')
  process.exitCode = isWell ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const chosen = askedOrUsage()
  if (chosen?.help === true) process.stdout.write(USAGE)
  else if (chosen !== null) await main(chosen)
  process.exit()
}
