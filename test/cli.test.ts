/** The built program as a person starts it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../packages/server/testing/daemon.mjs'
import { cutAll, enter } from './support/chat-client.ts'
import { RawClient } from './support/raw-client.ts'

const MAIN = fileURLToPath(new URL('../packages/server/bundle/main.js', import.meta.url))

let folder: string
const children = new Set<ChildProcess>()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomful-cli-'))
})
afterEach(async () => {
  await cutAll()
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

interface Result {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

interface Program {
  readonly child: ChildProcess
  readonly ended: Promise<Result>
  /** Resolves with the port when the banner has been printed; rejects when the program ends before. */
  readonly started: Promise<number>
}

/**
 * Starts the program in the test's own folder, with nothing in its environment but what is given, and that it does not try itself: on
 * a slow machine what it says then would be counted.
 */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { ROOMFUL_CANARY: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let out = ''
  let err = ''
  const ended = new Promise<Result>((resolve) => {
    child.once('close', (code) => {
      children.delete(child)
      resolve({ code, out, err })
    })
  })
  const started = new Promise<number>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      const port = /http:\/\/localhost:(\d+)\/docs[^]*Ctrl\+C/.exec(out)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    void ended.then(({ code }) => reject(new Error(`ended with ${code}: ${out}${err}`)))
  })
  // Not every test waits for the start.
  started.catch(() => {})
  return { child, ended, started }
}

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> =>
  start(args, env).ended

async function startAndStop(): Promise<void> {
  const { child, ended, started } = start(['--port', '0'])
  await started
  child.kill('SIGTERM')
  await ended
}

const addressOf = (port: number) => ({ url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}` })

/** The one sentence on standard error, log lines aside. */
function sentenceOf({ err }: Result): string {
  const lines = err.split('\n').filter((line) => line !== '' && !line.startsWith('{"level":30'))
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toMatch(/^\s+at /)
  return lines[0] ?? ''
}

describe('questions', () => {
  it('--help lists every setting and ends well', async () => {
    const { code, out, err } = await run(['--help'])
    expect([code, err]).toEqual([0, ''])
    for (const flag of ['--port', '--host', '--data', '--max-connections-per-address', '--config'])
      expect(out).toContain(`  ${flag} `)
  })

  it('--help tells of backup and restore', async () => {
    const { out } = await run(['--help'])
    expect(out).toContain('roomful backup [--data FOLDER] [--force] FILE')
    expect(out).toContain('roomful restore FILE [--data FOLDER] [--force]')
  })

  it('--version is the version', async () => {
    const { code, out, err } = await run(['serve', '--version'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('a setting that cannot be used ends the start with one sentence and code 2', () => {
  it.each([
    [['--prot', '9000'], {}, 'roomful: Unknown flag --prot (command line): did you mean --port?'],
    [['server'], {}, 'roomful: Unknown command "server" (command line): did you mean serve?'],
    [
      [],
      { ROOMFUL_PORTS: '1' },
      'roomful: Unknown setting ROOMFUL_PORTS (environment variable): did you mean ROOMFUL_PORT?',
    ],
    [
      ['--heartbeat-timeout', '5'],
      {},
      'roomful: heartbeat-interval (10, default) must be smaller than heartbeat-timeout (5, flag --heartbeat-timeout): lower the first or raise the second.',
    ],
    [['bakup', 'x'], {}, 'roomful: Unknown command "bakup" (command line): did you mean backup?'],
    [['backup'], {}, 'roomful: backup needs the name of a file: roomful backup FILE.'],
    [['restore', 'a', 'b'], {}, 'roomful: Unexpected argument "b" (command line): restore takes one file.'],
    [
      ['backup', 'a', '--port', '1'],
      {},
      'roomful: Unexpected flag --port (command line): backup does not know it.',
    ],
    [['--force'], {}, 'roomful: Unexpected flag --force (command line): only backup and restore know it.'],
    [
      ['backup', 'a', '--data', ':memory:'],
      {},
      'roomful: backup needs a data folder: :memory: keeps nothing.',
    ],
  ])('%j %j', async (args, env, sentence) => {
    const result = await run(args, env)
    expect([result.code, result.out]).toEqual([2, ''])
    expect(sentenceOf(result)).toBe(sentence)
  })

  it('in the file of the working folder', async () => {
    await writeFile(join(folder, 'roomful.json'), '{"port": 9000, "max-romms": 3}')
    const result = await run([])
    expect(result.code).toBe(2)
    expect(sentenceOf(result)).toMatch(
      /^roomful: Unknown setting "max-romms" \(file .*\/roomful\.json\): did you mean max-rooms\?$/,
    )
  })
})

describe('what stands in the way is said in one sentence, with code 1', () => {
  it('a taken port', async () => {
    const port = await start(['--port', '0', '--data', ':memory:']).started
    const result = await run(['--port', String(port), '--data', join(folder, 'other')])
    expect([result.code, result.out]).toEqual([1, ''])
    expect(sentenceOf(result)).toBe(
      `roomful: Port ${port} on 127.0.0.1 is already in use: stop the program that uses it, or choose another port with --port.`,
    )
  })

  it('an address of another machine', async () => {
    const result = await run(['--port', '0', '--host', '192.0.2.77', '--data', ':memory:'])
    expect(result.code).toBe(1)
    expect(sentenceOf(result)).toMatch(/^roomful: This machine has no address 192\.0\.2\.77: choose /)
  })

  it('a data folder that cannot be written', async () => {
    // Permissions do not stop root; a file system that is not made for files does.
    const isRoot = process.getuid?.() === 0
    const data = isRoot ? '/proc/roomful-data' : join(folder, 'locked')
    if (!isRoot) {
      await mkdir(data)
      await chmod(data, 0o555)
    }
    const result = await run(['--port', '0', '--data', data])
    expect(result.code).toBe(1)
    expect(sentenceOf(result)).toMatch(/^roomful: Cannot write to the data folder .* \(\w+\): .*--data\.$/)
  })

  it('a data folder that is a file', async () => {
    await writeFile(join(folder, 'data'), '')
    const result = await run(['--port', '0'])
    expect(result.code).toBe(1)
    expect(sentenceOf(result)).toMatch(
      /^roomful: .*\/data is not a folder: choose another data folder with --data\.$/,
    )
  })

  it('a data folder that another server uses', async () => {
    await start(['--port', '0']).started
    const result = await run(['--port', '0'])
    expect(result.code).toBe(1)
    expect(sentenceOf(result)).toMatch(/^roomful: .*\/data.*--data/)
  })

  it('a damaged secret', async () => {
    await startAndStop()
    await writeFile(join(folder, 'data', 'server.secret'), 'x')
    const result = await run(['--port', '0'])
    expect(result.code).toBe(1)
    expect(sentenceOf(result)).toMatch(/server\.secret is damaged/)
  })

  it('a data folder that has lost its database', async () => {
    await startAndStop()
    await rm(join(folder, 'data', 'roomful.db'))
    const result = await run(['--port', '0'])
    expect(result.code).toBe(1)
    expect(sentenceOf(result)).toMatch(/roomful\.db is missing or empty, .*: put the file back, /)
    expect(await readdir(join(folder, 'data'))).not.toContain('roomful.db')
  })
})

describe('a server that runs', () => {
  it('prints the links, the data folder, the language and how to share', async () => {
    const program = start(['--port', '0'])
    const port = await program.started
    program.child.kill('SIGTERM')
    const { out } = await program.ended
    for (const part of [
      `http://localhost:${port}/chat`,
      `http://localhost:${port}/docs`,
      join(folder, 'data'),
    ])
      expect(out).toContain(part)
    expect(out).toContain('--host 0.0.0.0')
    expect(out).toContain('--lang en')
  })

  it('speaks English when told to, and shows addresses for others when shared', async () => {
    const program = start(['--port', '0', '--lang', 'en', '--host', '0.0.0.0', '--data', ':memory:'])
    await program.started
    program.child.kill('SIGTERM')
    const { out } = await program.ended
    expect(out).toMatch(/^Roomful \d+\.\d+\.\d+ is running\.\n/)
    expect(out).toContain('nothing is kept')
    expect(out).not.toContain('--host 0.0.0.0')
  })

  it('takes PORT, and the file of the working folder', async () => {
    const port = await freePort()
    await writeFile(join(folder, 'roomful.json'), '{"lang": "en", "data": "./kept"}')
    expect(await start([], { PORT: String(port) }).started).toBe(port)
    const response = await fetch(`http://127.0.0.1:${port}/nothing`)
    expect(await response.json()).toMatchObject({ title: 'Not found' })
    expect(await readdir(folder)).toContain('kept')
  })

  it('keeps its data folder to its owner, and the secret too', async () => {
    await start(['--port', '0']).started
    expect((await stat(join(folder, 'data'))).mode & 0o077).toBe(0)
    expect((await stat(join(folder, 'data', 'server.secret'))).mode & 0o777).toBe(0o600)
  })

  it('writes nothing with --data :memory:', async () => {
    const program = start(['--port', '0', '--data', ':memory:'])
    const port = await program.started
    const alice = await enter(addressOf(port), 'Alice')
    alice.say('forget this')
    await alice.next('message')
    program.child.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('a backup beside a running server', () => {
  it('is refused to restore there, and restored elsewhere it is the history up to then with another epoch', async () => {
    const program = start(['--port', '0', '--lang', 'en'])
    const port = await program.started
    const alice = await enter(addressOf(port), 'Alice')
    alice.say('before')
    await alice.next('message')
    const backup = await run(['backup', 'copy.db', '--lang', 'en'])
    expect(backup).toMatchObject({ code: 0, err: '' })
    expect(backup.out).toMatch(
      /^Backed up 1 message of 1 room to .*\/copy\.db \(\d+ bytes\), read back and whole\.\n$/,
    )
    alice.say('after')
    await alice.next('message')
    const refused = await run(['restore', 'copy.db', '--force'])
    expect(refused.code).toBe(1)
    expect(sentenceOf(refused)).toContain('Another Roomful process is using the data folder')

    const restored = await run(['restore', 'copy.db'], { ROOMFUL_DATA: 'other' })
    expect(restored).toMatchObject({ code: 0, err: '' })
    const [told, hint] = restored.out.split('\n')
    expect(told).toBe(`已將 1 個聊天室的 1 則訊息還原到 ${join(folder, 'other')}。`)
    expect(hint).toContain('沒有 server.secret')
    const second = await start(['--port', '0', '--data', 'other']).started
    const history = async (of: number) =>
      (await (await fetch(`http://127.0.0.1:${of}/api/v1/rooms/lobby/messages`)).json()) as {
        epoch: string
        entries: { message: string }[]
      }
    const [old, anew] = [await history(port), await history(second)]
    expect(old.entries.map(({ message }) => message)).toEqual(['before', 'after'])
    expect(anew.entries.map(({ message }) => message)).toEqual(['before'])
    expect(anew.epoch).not.toBe(old.epoch)
  })

  it('V6, V7: leaves the secret out: those who come back are strangers, unless that was put into the folder', async () => {
    const program = start(['--port', '0'])
    const port = await program.started
    const bob = await enter(addressOf(port), 'Bob', { v1: true })
    bob.send({ type: 'message', message: 'psst', target_user: 'Bob' })
    await bob.next('private')
    const { resume_token: resumeToken = '' } = bob.welcome
    await run(['backup', 'copy.db'])
    program.child.kill('SIGKILL')
    await program.ended

    /** How many private messages those find who come back with the token. */
    const found = async (data: string) => {
      const again = start(['--port', '0', '--data', data])
      const back = await enter(addressOf(await again.started), 'Bob', { v1: true, resumeToken })
      expect(back.welcome['epoch']).not.toBe(bob.welcome['epoch'])
      again.child.kill('SIGKILL')
      return back.welcome['private_head_seq']
    }
    await run(['restore', 'copy.db', '--data', 'without'])
    expect(await found('without')).toBe(0)
    await mkdir(join(folder, 'with'))
    await copyFile(join(folder, 'data', 'server.secret'), join(folder, 'with', 'server.secret'))
    const told = await run(['restore', 'copy.db', '--data', 'with', '--lang', 'en'])
    expect(told.out).not.toContain('server.secret')
    expect(await found('with')).toBe(1)
    await run(['restore', 'copy.db', '--force'])
    expect(await found('data')).toBe(1)
  })

  it('says in one sentence, with code 1, what stands in the way', async () => {
    const result = await run(['backup', 'copy.db'])
    expect([result.code, result.out]).toEqual([1, ''])
    expect(sentenceOf(result)).toBe(
      `roomful: There is no database in ${join(folder, 'data')}: name the data folder of the server with --data.`,
    )
    const missing = await run(['restore', 'copy.db'])
    expect(missing.code).toBe(1)
    expect(sentenceOf(missing)).toMatch(
      /^roomful: There is no file .*copy\.db: name the backup to restore\.$/,
    )
  })
})

describe('the end', () => {
  it.each([
    ['SIGTERM', 1012],
    ['SIGINT', 1001],
  ] as const)('DR2: %s says goodbye with %i and ends with code 0', async (signal, close) => {
    const program = start(['--port', '0'])
    const port = await program.started
    const alice = await enter(addressOf(port), 'Alice')
    // A connection that keeps open what it may.
    await (await fetch(`http://127.0.0.1:${port}/health`)).text()
    program.child.kill(signal)
    expect((await alice.closed()).code).toBe(close)
    const { code, err } = await program.ended
    expect(code).toBe(0)
    expect(err).toContain('"msg":"stopped"')
    expect(err).not.toMatch(/"level":[45]0/)
  })

  it('what was acknowledged is there after a restart', async () => {
    const first = start(['--port', '0'])
    const alice = await enter(addressOf(await first.started), 'Alice')
    alice.say('remember this')
    await alice.next('message')
    first.child.kill('SIGTERM')
    await first.ended
    const port = await start(['--port', '0']).started
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/rooms/lobby/messages`)
    expect(await response.json()).toMatchObject({
      entries: [{ message: 'remember this', seq: 1 }],
      head_seq: 1,
    })
  })

  it('DR5: a second signal does not wait for anybody', async () => {
    const program = start(['--port', '0', '--data', ':memory:'])
    const port = await program.started
    const silent = await RawClient.open(port, '/ws/chat/Silent')
    silent.answers = false
    program.child.kill('SIGTERM')
    await silent.closeFrame()
    expect(program.child.exitCode).toBe(null)
    program.child.kill('SIGTERM')
    expect((await program.ended).code).toBe(143)
  })
})
