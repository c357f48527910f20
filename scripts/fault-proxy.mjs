// npm run fault-proxy -- --listen 9001 --to 8000: a TCP proxy that delays, slows, swallows and cuts. docs/fault-proxy.md has its words.
import './lib/require-node.mjs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const { obey, openControl } = await import('../test/fault/proxy/control.mjs')
const { FaultProxy } = await import('../test/fault/proxy/proxy.mjs')

const USAGE =
  'usage: npm run fault-proxy -- --to [HOST:]PORT [--listen PORT] [--host ADDRESS] [--control PORT]'

/** @param {string} text */
function portOf(text) {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new TypeError(`no port: ${text}`)
  return port
}

async function run() {
  const { values } = parseArgs({
    options: {
      to: { type: 'string' },
      listen: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      control: { type: 'string' },
    },
  })
  if (values.to === undefined) throw new TypeError('--to is missing')
  const colon = values.to.lastIndexOf(':')
  const toHost = colon < 0 ? '127.0.0.1' : values.to.slice(0, colon)
  const to = portOf(values.to.slice(colon + 1))
  const proxy = await FaultProxy.open({ to, toHost, listen: portOf(values.listen), host: values.host })
  const control = values.control === undefined ? null : await openControl(proxy, portOf(values.control))
  const where = control === null ? '' : `, control on 127.0.0.1:${control.port}`
  console.log(
    `${values.host}:${proxy.port} -> ${toHost}:${to}${where}; commands on standard input, help lists them`,
  )
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line.trim() !== '') console.log(obey(proxy, line))
  })
}

try {
  await run()
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  process.exitCode = 2
}
