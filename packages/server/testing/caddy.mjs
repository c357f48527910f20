/** A Caddy of one's own before Roomful nodes, with the configuration that stands in `deploy/caddy`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Daemon } from './daemon.mjs'

const CONFIGURATION = fileURLToPath(new URL('../../../deploy/caddy/Caddyfile', import.meta.url))

/** Rejects with one sentence. @param {{ nodes: readonly number[] }} plan `nodes`: ports of the loopback interface */
export async function startCaddy({ nodes }) {
  const daemon = await Daemon.start({
    name: 'caddy',
    program: 'caddy',
    prepare: ({ folder, port }) => writeFileSync(join(folder, 'Caddyfile'), configuration(port, nodes)),
    args: () => ['run', '--config', 'Caddyfile', '--adapter', 'caddyfile'],
    env: ({ folder }) => ({ HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }),
    ready: { say: 'GET /livez HTTP/1.0\r\n\r\n', answers: ['HTTP'] },
  })
  return Object.assign(daemon, {
    url: `http://127.0.0.1:${daemon.port}`,
    wsUrl: `ws://127.0.0.1:${daemon.port}`,
    accessLog: () => daemon.output,
  })
}

/** @param {number} port @param {readonly number[]} nodes */
function configuration(port, nodes) {
  /** @type {(readonly [from: RegExp, to: string])[]} */
  const own = [
    // Its own interface for changes is one port for the whole machine.
    [/^:80 \{$/m, `{\n\tadmin off\n}\n\nhttp://127.0.0.1:${port} {`],
    [
      /reverse_proxy(?: 127\.0\.0\.1:\d+)+/,
      `reverse_proxy ${nodes.map((node) => `127.0.0.1:${node}`).join(' ')}`,
    ],
  ]
  return own.reduce(
    (text, [from, to]) => {
      const after = text.replace(from, to)
      if (after === text) throw new Error(`the Caddyfile does not hold ${from}`)
      return after
    },
    readFileSync(CONFIGURATION, 'utf8'),
  )
}
