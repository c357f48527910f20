/** `node --expose-gc --import gauge-hook.mjs`: on SIGUSR2 the process writes into the file GAUGE_FILE what it holds when all garbage is gone, on SIGWINCH only how much memory: to count objects stops it for long. */
import { renameSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import * as v8 from 'node:v8'

const file = process.env['GAUGE_FILE'] ?? ''
const probe = setTimeout(() => {}, 0)
const Timeout = /** @type {new () => object} */ (probe.constructor)
clearTimeout(probe)
/** What Node.js says of a timer; one that has fired and is still named somewhere is none any more. */
const RUNS = '_destroyed: false'
let count = 0

/** Its types do not know of it yet. @type {(of: Function, options: { format: 'summary' }) => string[]} */
const summaries = Reflect.get(v8, 'queryObjects')
/** @type {(of: Function, options: { format: 'count' }) => number} */
const countObjects = Reflect.get(v8, 'queryObjects')

/** @param {{ timers: number, sockets: number }} counted */
function tell(counted) {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  count += 1
  writeFileSync(`${file}.new`, JSON.stringify({ count, heapUsed, external, arrayBuffers, ...counted }))
  renameSync(`${file}.new`, file)
}

process.on('SIGUSR2', () => {
  globalThis.gc?.()
  const timers = summaries(Timeout, { format: 'summary' }).filter((text) => text.includes(RUNS)).length
  tell({ timers, sockets: countObjects(Socket, { format: 'count' }) })
})
process.on('SIGWINCH', () => {
  globalThis.gc?.()
  tell({ timers: 0, sockets: 0 })
})
