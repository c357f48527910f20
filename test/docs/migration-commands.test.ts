/** The commands of the migration guides, run by a shell with programs that know whether somebody has waited for a server. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '../../packages/server/testing/daemon.mjs'

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url))

const blocksOf = (name: string): string[] =>
  [...readFileSync(join(DOCS, name), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(
    ([, block = '']) => (block.includes(' & ') ? [block] : []),
  )

/** Servers listen until they are told to end; clients fail when nobody has waited; curl tries again when it is asked to. */
const PROGRAM = `#!${process.execPath}
const { existsSync, writeFileSync } = require('node:fs')
const { createServer } = require('node:http')
const { setTimeout: pause } = require('node:timers/promises')
const args = process.argv.slice(2)
const asks = async (url) => fetch(url.replace('ws:', 'http:'))
const urls = args.filter((arg) => /^(http|ws):/.test(arg))
const mark = (url) => __dirname + '/' + new URL(url).port
async function main() {
  if (__filename.endsWith('curl')) {
    for (const url of urls)
      while (!(await asks(url).catch(() => false))) {
        if (!args.includes('--retry-connrefused')) process.exit(7)
        await pause(20)
      }
    for (const url of urls) writeFileSync(mark(url), '')
  } else if (/client/.test(args[0])) {
    for (const url of urls) {
      if (!existsSync(mark(url))) throw new Error('nobody has waited for ' + url)
      await asks(url)
    }
    console.log('told')
  } else {
    const port = args.includes('--port') ? args.at(-1) : /server.py/.test(args[0]) ? args[1] : process.env.CHAT_PORT
    createServer((_, response) => response.end()).listen(Number(port), '127.0.0.1')
  }
}
main()
`

const folder = mkdtempSync(join(tmpdir(), 'roomful-migration-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
for (const name of ['curl', 'node', 'python3']) {
  writeFileSync(join(folder, name), PROGRAM)
  chmodSync(join(folder, name), 0o755)
}

describe.each(['migrating-from-fastapi', 'migrating-from-flask-socketio'])('%s', (guide) => {
  const blocks = blocksOf(`${guide}.md`)

  it.each([
    ['before', 0, 1],
    ['after', 1, guide.includes('flask') ? 2 : 1],
  ] as const)('%s: pasted, nobody asks before it listens', async (_, at, told) => {
    const [before, after, chat] = [await freePort(), await freePort(), await freePort()].map(String)
    const ports = new Map([
      ['5000', before],
      ['5001', after],
      ['8000', chat],
    ])
    const block = (blocks[at] ?? '')
      .replaceAll('/usr/bin/', '')
      .replaceAll(/\b(?:5000|5001|8000)\b/g, (port) => ports.get(port) ?? port)
    const input = `${block}echo "ended $?"\n`
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, CHAT_PORT: chat }
    // A server that is not ended holds its output, and the shell's.
    const { status, stdout } = spawnSync('sh', { input, env, encoding: 'utf8', timeout: 60_000 })
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${'told\n'.repeat(told)}ended 0\n` })
  })

  it('has the same commands in both languages', () => {
    expect(blocks).toHaveLength(2)
    expect(blocksOf(`${guide}.zh-TW.md`)).toEqual(blocks)
  })
})
