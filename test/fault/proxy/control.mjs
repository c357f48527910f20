/** Words for the proxy: one command a line, one JSON answer a line, on standard input or by HTTP. */
import { createServer } from 'node:http'

/** @typedef {import('./proxy.mjs').FaultProxy} FaultProxy */
/** @typedef {import('./proxy.mjs').Direction} Direction */

export const HELP = [
  'latency MS [JITTER_MS] [up|down|both]',
  'bandwidth BYTES_PER_SECOND|off [up|down|both]',
  'blackhole up|down|both|off',
  'refuse on|off',
  'cut',
  'halfclose up|down|both',
  'clear',
  'status',
  'help',
]

/** Longest text that the control port takes, in characters. */
const MAX_CONTROL_CHARACTERS = 16_384

class Misunderstood extends Error {}

/** @param {string | undefined} word @param {string} what @returns {number} */
function numberOf(word, what) {
  const number = Number(word)
  if (word === undefined || !/^\d+(\.\d+)?$/.test(word)) throw new Misunderstood(`${what} must be a number`)
  return number
}

/** @param {string | undefined} word @returns {Direction} */
function directionOf(word = 'both') {
  if (word === 'up' || word === 'down' || word === 'both') return word
  throw new Misunderstood('the direction must be up, down or both')
}

/** @param {string | undefined} word */
function switchOf(word) {
  if (word === 'on' || word === 'off') return word === 'on'
  throw new Misunderstood('say on or off')
}

/** @typedef {(proxy: FaultProxy) => object | void} Act */

/** Each takes the words that it understands and says what is to be done. @type {Readonly<Record<string, (words: string[]) => Act>>} */
const COMMANDS = {
  latency: (words) => {
    const latencyMs = numberOf(words.shift(), 'the latency')
    const jitterMs = /^\d/.test(words[0] ?? '') ? numberOf(words.shift(), 'the jitter') : 0
    const direction = directionOf(words.shift())
    return (proxy) => proxy.set({ latencyMs, jitterMs }, direction)
  },
  bandwidth: (words) => {
    const word = words.shift()
    const bytesPerSecond = word === 'off' ? null : numberOf(word, 'the bandwidth')
    if (bytesPerSecond === 0) throw new Misunderstood('no bandwidth at all is a blackhole')
    const direction = directionOf(words.shift())
    return (proxy) => proxy.set({ bytesPerSecond }, direction)
  },
  blackhole: (words) => {
    const word = words.shift()
    if (word === undefined) throw new Misunderstood('say up, down, both or off')
    if (word === 'off') return (proxy) => proxy.set({ blackHole: false })
    const direction = directionOf(word)
    return (proxy) => proxy.set({ blackHole: true }, direction)
  },
  refuse: (words) => {
    const refusing = switchOf(words.shift())
    return (proxy) => proxy.refuse(refusing)
  },
  cut: () => (proxy) => ({ cut: proxy.cut() }),
  halfclose: (words) => {
    const word = words.shift()
    if (word === undefined) throw new Misunderstood('say up, down or both')
    const direction = directionOf(word)
    return (proxy) => proxy.halfClose(direction)
  },
  clear: () => (proxy) => proxy.clear(),
  status: () => (proxy) => proxy.status(),
  help: () => () => ({ commands: HELP }),
}

/**
 * Does what a line says. Never throws.
 * @param {FaultProxy} proxy @param {string} line @returns {string} one line of JSON with `ok`, and `error` when it is false
 */
export function obey(proxy, line) {
  const [name = '', ...words] = line.trim().split(/\s+/)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  try {
    if (command === undefined) throw new Misunderstood(`no such command: ${name}; try help`)
    const act = command(words)
    if (words.length > 0) throw new Misunderstood(`too many words: ${words.join(' ')}`)
    return JSON.stringify({ ok: true, ...act(proxy) })
  } catch (error) {
    if (!(error instanceof Misunderstood)) throw error
    return JSON.stringify({ ok: false, error: error.message })
  }
}

/**
 * The same by HTTP: the body of a POST is lines, the answer is lines; a line that was not understood makes it 400. GET is `status`.
 * @param {FaultProxy} proxy @param {number} port 0: any free one @param {string} [host]
 * @returns {Promise<{ port: number, close: () => Promise<void> }>}
 */
export async function openControl(proxy, port, host = '127.0.0.1') {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (/** @type {string} */ text) => {
      body += text
      if (body.length > MAX_CONTROL_CHARACTERS) request.destroy()
    })
    request.on('end', () => {
      const lines =
        request.method === 'POST' ? body.split('\n').filter((line) => line.trim() !== '') : ['status']
      const answers = lines.map((line) => obey(proxy, line))
      const status = answers.every((answer) => answer.startsWith('{"ok":true')) ? 200 : 400
      response.writeHead(status, { 'content-type': 'application/x-ndjson' })
      response.end(`${answers.join('\n')}\n`)
    })
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(null))
  })
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
