/** The commands of the built program that an operator runs beside a server. */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cutAll, enter } from './support/chat-client.ts'
import { type RunningServer, startServer } from './support/server.ts'

const MAIN = fileURLToPath(new URL('../packages/server/bundle/main.js', import.meta.url))
const TIME_LIMIT = 60_000

let server: RunningServer
let folder: string

beforeAll(async () => {
  server = await startServer()
}, TIME_LIMIT)
afterAll(() => server.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomful-cli-'))
})
afterEach(async () => {
  await cutAll()
  await rm(folder, { recursive: true, force: true })
})

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

describe('export', () => {
  it('writes what a running server holds, and replaces no file unless told to', {
    timeout: TIME_LIMIT,
  }, async () => {
    const ann = await enter(server, 'Ann', { room: 'exported', v1: true })
    ann.say('for the record')
    await ann.hears('for the record')
    const data = ['--data', server.dataFolder, '--lang', 'en']
    const first = await run(['export', 'out.jsonl', '--room', 'exported', ...data])
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(first.out).toMatch(/^Exported 1 messages of 1 rooms to .*out\.jsonl \(\d+ bytes\)\.\n$/)
    expect(await readFile(join(folder, 'out.jsonl'), 'utf8')).toContain('"message":"for the record"')
    const again = await run(['export', 'out.jsonl', ...data])
    expect(again).toMatchObject({ code: 1, out: '' })
    expect(again.err).toContain('exists already')
    expect(await run(['export', 'out.jsonl', '--format', 'html', '--force', ...data])).toMatchObject({
      code: 0,
    })
    expect(await readFile(join(folder, 'out.jsonl'), 'utf8')).toMatch(/^<!doctype html>/)
    expect(await readdir(folder)).toEqual(['out.jsonl'])
  })

  it('says what it was called wrongly with', { timeout: TIME_LIMIT }, async () => {
    await writeFile(join(folder, 'x.txt'), '')
    const wrong: [string[], string][] = [
      [['export'], 'needs the name of a file'],
      [['export', 'out.pdf'], 'expected json, text, html as --format'],
      [['export', 'out.txt', '--room', ''], '--room needs a value'],
      [['export', 'out.txt', '--data', ':memory:'], 'keeps nothing'],
    ]
    const answers = await Promise.all(wrong.map(([args]) => run(args)))
    answers.forEach(({ code, err }, i) => {
      expect(err).toContain(wrong[i]?.[1])
      expect(code).toBe(2)
    })
    const own = await run([
      'export',
      join(server.dataFolder, 'roomful.db'),
      '--format',
      'text',
      '--force',
      '--data',
      server.dataFolder,
    ])
    expect(own).toMatchObject({ code: 1 })
    expect(own.err).toContain('belongs to the data folder itself')
  })
})
