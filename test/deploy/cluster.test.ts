/** `npm run cluster` as a person starts it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { NotInstalled, pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { cutAll, enter, freshRoom } from '../support/chat-client.ts'

const SCRIPT = fileURLToPath(new URL('../../scripts/cluster.mjs', import.meta.url))

const hasNginx = pathOfProgram('nginx') !== null || process.env['CI'] === 'true'

let folder = ''
let stop = async (): Promise<unknown> => null
afterEach(async () => {
  await cutAll()
  await stop()
  if (folder !== '') await rm(folder, { recursive: true, force: true })
})

function start(...args: string[]) {
  const child: ChildProcess = spawn(process.execPath, [SCRIPT, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.err += text))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  return { child, said, ended }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('npm run cluster', () => {
  it.runIf(hasNginx)(
    'joins nodes behind one address, keeps them running, and ends all that it has started',
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'roomful-cluster-'))
      const { child: cluster, said, ended } = start('--nodes', '2', '--folder', folder, '--', '--lang', 'en')
      await expect.poll(() => said.out + said.err, { timeout: 90_000 }).toContain('Stop with Ctrl+C.')
      const port = /Chat: http:\/\/127\.0\.0\.1:(\d+)\/chat/.exec(said.out)?.[1]
      const pids = () => [...said.out.matchAll(/\(process (\d+)\)/g)].map((match) => Number(match[1]))
      expect(pids()).toHaveLength(2)

      // With fewest connections first, these two are on different nodes.
      const address = { wsUrl: `ws://127.0.0.1:${port}` }
      const room = freshRoom()
      const alice = await enter(address, 'Alice', { room })
      const bob = await enter(address, 'Bob', { room })
      bob.say('from the other node')
      await alice.hears('from the other node')
      alice.say('and back')
      await bob.hears('and back')

      process.kill(pids()[0] ?? 0, 'SIGKILL')
      await expect.poll(pids, { timeout: 60_000 }).toHaveLength(3)
      cluster.kill('SIGINT')
      expect(await ended).toBe(0)
      expect(pids().filter(isAlive)).toEqual([])
      expect(said.err).toBe('')
    },
  )

  it.each([
    [['--bus', 'pigeons'], 'there is no bus pigeons'],
    [['--nodes', '0'], '--nodes must be 1 to 16, not 0'],
    [['up'], 'what is up?'],
    [['--colour', 'red'], "Unknown option '--colour'"],
  ])('%j is not understood, and says how it is used', async (args, sentence) => {
    const { said, ended } = start(...args)
    expect(await ended).toBe(2)
    expect(said.err).toContain(sentence)
    expect(said.err).toContain('usage: npm run cluster')
  })
})

it('a program that is not there is named with its package', () => {
  expect(pathOfProgram('roomful-no-such-program')).toBeNull()
  expect(new NotInstalled('nginx', 'nginx').message).toBe(
    'nginx is not installed: on Debian, sudo apt-get install nginx.',
  )
})
