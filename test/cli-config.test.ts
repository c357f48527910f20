/** The commands of the built program about its settings. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { roomfulCommand } from '../bench/peers/peers.mjs'

const MAIN = fileURLToPath(new URL('../packages/server/bundle/main.js', import.meta.url))

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomful-cli-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** With nothing in its environment but what is given. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, out, err }
}

describe('settings', () => {
  it('config print tells each setting and where it comes from, without passwords', async () => {
    await writeFile(join(folder, 'roomful.json'), '{"max-rooms": 50}')
    const env = {
      ROOMFUL_DATA: 'postgres://roomful:hush@db.example/chat',
      ROOMFUL_BUS: 'redis://:hush@redis.example:6379',
      ROOMFUL_AUTH: 'jwt',
      ROOMFUL_JWT_SECRET: 'hush'.repeat(9),
    }
    const { code, out, err } = await run(['config', 'print', '--port', '80'], env)
    expect([code, err]).toEqual([0, ''])
    const told = out.split('\n').map((line) => line.split(/ {2,}/))
    expect(told).toContainEqual(['port', '80', 'flag --port'])
    expect(told).toContainEqual(['max-rooms', '50', `file ${join(folder, 'roomful.json')}`])
    expect(told).toContainEqual(['lang', 'zh-Hant', 'default'])
    expect(told).toContainEqual([
      'data',
      'postgres://roomful@db.example/chat',
      'environment variable ROOMFUL_DATA',
    ])
    expect(told).toContainEqual(['bus', 'redis://redis.example:6379', 'environment variable ROOMFUL_BUS'])
    expect(out).not.toContain('hush')
  })

  it('takes those of the benchmark, whose servers run with NODE_ENV=production', async () => {
    const [, , ...flags] = roomfulCommand(8000, ':memory:')
    expect(await run(['config', 'check', ...flags], { NODE_ENV: 'production' })).toMatchObject({
      code: 0,
      err: '',
    })
  })

  it('config check says that all is well, or the first thing that is not', async () => {
    expect(await run(['config', 'check'])).toMatchObject({
      code: 0,
      out: 'All settings are usable. Given: none.\n',
    })
    const good = await run(['config', 'check', '--port', '0'])
    expect(good).toMatchObject({ code: 0, out: 'All settings are usable. Given: port (flag --port).\n' })
    const bad = await run(['config', 'check', '--port', 'x'])
    expect(bad.code).toBe(2)
    expect(bad.err).toContain('roomful: port (flag --port): expected')
  })
})
