/** `npm run cluster` as a person starts it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { NotInstalled, pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { RunRecord, takeFolder } from '../../scripts/lib/cluster/record.mjs'
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
      await expect.poll(() => said.out + said.err, { timeout: 200_000 }).toContain('Stop with Ctrl+C.')
      const port = /Chat: http:\/\/127\.0\.0\.1:(\d+)\/chat/.exec(said.out)?.[1]
      const pids = () =>
        [...said.out.matchAll(/(?:Node \d+: .*|is ready) \(process (\d+)\)/g)].map((match) =>
          Number(match[1]),
        )
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

      const [first = 0] = pids()
      process.kill(first, 'SIGKILL')
      await expect.poll(() => said.out).toMatch(/^node-1 is ready/m)
      expect(said.out).toMatch(
        new RegExp(
          `^node-1 \\(process ${first}\\) has ended \\(SIGKILL\\), after saying: .+; it is started again now.$`,
          'm',
        ),
      )
      expect((await readdir(join(folder, 'logs'))).sort()).toEqual(
        ['nginx', 'node-1', 'node-2', 'postgres'].map((name) => `${name}.log`),
      )
      const logs = readFileSync(join(folder, 'logs/node-1.log'), 'utf8')
      expect(logs.split('"msg":"started"')).toHaveLength(3)

      const again = start('--folder', folder)
      expect(await again.ended).toBe(1)
      expect(again.said.err).toMatch(
        /^cluster: a cluster still runs in .* \(npm run cluster \d+, postgres \d+, node-1 \d+, node-2 \d+, nginx \d+\): end it with kill \d+, or choose another --folder.\n$/,
      )
      expect(again.said.err).toContain(`kill ${cluster.pid},`)
      stop = () => {
        cluster.kill('SIGTERM')
        return ended
      }
      process.kill(Number(/nginx (\d+)/.exec(again.said.err)?.[1]), 'SIGKILL')
      await expect
        .poll(() => said.out)
        .toMatch(/^nginx \(process \d+\) has ended \(SIGKILL\).*: stop with Ctrl\+C/m)
      cluster.kill('SIGINT')
      expect(await ended).toBe(0)
      expect(pids()).toHaveLength(3)
      expect(pids().filter(isAlive)).toEqual([])
      expect(said.err).toBe('')
      expect(existsSync(join(folder, 'cluster.json'))).toBe(false)
    },
  )

  it('whose script was killed is found by what it has left running, and what is dead is cleared away', async () => {
    folder = await mkdtemp(join(tmpdir(), 'roomful-cluster-'))
    const postmaster = join(folder, 'data/postmaster.pid')
    await mkdir(join(folder, 'data'))
    // The number of a process that has ended is another's one day.
    await writeFile(postmaster, `${process.pid}\n${folder}/data\n`)
    takeFolder(folder)
    expect(existsSync(postmaster)).toBe(false)

    const left = spawn('sleep', ['60'], { stdio: 'ignore' })
    const over = new Promise((resolve) => left.once('exit', resolve))
    stop = () => {
      left.kill('SIGKILL')
      return over
    }
    new RunRecord(folder).add('node-1', left.pid ?? 0)
    const file = join(folder, 'cluster.json')
    const written = JSON.parse(readFileSync(file, 'utf8')) as { name: string; startedAt: string }[]
    const ofAnother = written.map((each) => (each.name === 'node-1' ? each : { ...each, startedAt: '1' }))
    await writeFile(file, JSON.stringify(ofAnother))
    expect(() => takeFolder(folder)).toThrow(
      `a cluster still runs in ${folder} (node-1 ${left.pid}): end it with kill ${left.pid}, or choose another --folder.`,
    )
    await stop()
    takeFolder(folder)
  })

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
