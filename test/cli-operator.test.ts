/** The commands of the built program that an operator runs beside a server. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { pathOfProgram } from '../packages/server/testing/daemon.mjs'
import { startNginx } from '../packages/server/testing/nginx.mjs'
import { cutAll, enter } from './support/chat-client.ts'
import { runProgram } from './support/run-program.ts'
import { type RunningServer, startServer } from './support/server.ts'

const TIME_LIMIT = 60_000

let server: RunningServer
let folder: string

beforeAll(async () => {
  server = await startServer({ args: ['--heartbeat-interval', '0.5', '--trusted-proxies', 'loopback'] })
}, TIME_LIMIT)
afterAll(() => server.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomful-cli-'))
})
afterEach(async () => {
  await cutAll()
  await rm(folder, { recursive: true, force: true })
})

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runProgram(args, { cwd: folder, env })

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
    expect(first.out).toMatch(/^Exported 1 message of 1 room to .*out\.jsonl \(\d+ bytes\)\.\n$/)
    expect(await readFile(join(folder, 'out.jsonl'), 'utf8')).toContain('"message":"for the record"')
    const [unknown, again, replaced] = await Promise.all([
      run(['export', 'none.jsonl', '--room', 'exportd', ...data]),
      run(['export', 'out.jsonl', ...data]),
      run(['export', 'out.jsonl', '--format', 'html', '--force', ...data]),
    ])
    expect(unknown).toMatchObject({ code: 1, out: '' })
    expect(unknown.err).toContain('Nothing was ever said in the room exportd')
    expect(again).toMatchObject({ code: 1, out: '' })
    expect(again.err).toContain('exists already')
    expect(replaced).toMatchObject({ code: 0 })
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
    const database = join(server.dataFolder, 'roomful.db')
    const [own, ...answers] = await Promise.all([
      run(['export', database, '--format', 'text', '--force', '--data', server.dataFolder]),
      ...wrong.map(([args]) => run(args)),
    ])
    answers.forEach(({ code, err }, i) => {
      expect(err).toContain(wrong[i]?.[1])
      expect(code).toBe(2)
    })
    expect(own).toMatchObject({ code: 1 })
    expect(own.err).toContain('belongs to the data folder itself')
  })
})

const hasNginx = pathOfProgram('nginx') !== null || process.env['CI'] === 'true'

describe('doctor', () => {
  const settings = () => ['--data', server.dataFolder, '--heartbeat-interval', '0.5', '--lang', 'en']

  it.runIf(hasNginx)('finds what a proxy does to WebSockets', { timeout: TIME_LIMIT }, async () => {
    const plan = { nodes: [server.port] }
    const nginx = await startNginx(plan)
    try {
      const well = await run(['doctor', '--url', nginx.url, ...settings()])
      for (const check of ['descriptors', 'store', 'upgrade', 'origin', 'idle'])
        expect(well.out).toContain(`[ok] ${check}: `)
      expect(well).toMatchObject({ code: 0, err: '' })

      const wrong: [RegExp | string, string, string, string][] = [
        [/proxy_set_header Upgrade .*;/, '', '[FAULT] upgrade: ', 'proxy_set_header Upgrade $http_upgrade'],
        ['proxy_read_timeout 90s;', 'proxy_read_timeout 200ms;', '[FAULT] idle: ', 'proxy_read_timeout 2s'],
      ]
      for (const [from, to, found, fix] of wrong) {
        nginx.reload({ ...plan, changes: [['roomful.conf', from, to]] })
        // The former workers of nginx serve a moment longer.
        await vi.waitFor(async () => {
          const ill = await run(['doctor', '--url', nginx.url, ...settings()])
          expect(ill.out).toContain(found)
          expect(ill.out).toContain(fix)
          expect(ill.code).toBe(1)
        }, 60_000)
      }
    } finally {
      await nginx.remove()
    }
  })

  it('finds a store that is damaged or away, and a broker that is', { timeout: TIME_LIMIT }, async () => {
    await writeFile(join(folder, 'roomful.db'), 'x'.repeat(8_192))
    const nowhere = {
      ROOMFUL_DATA: 'postgres://me:hush@127.0.0.1:1/chat',
      ROOMFUL_BUS: 'redis://:hush@127.0.0.1:1',
    }
    const [unusable, damaged, chinese, away] = await Promise.all([
      run(['doctor', '--port', '1'], { ROOMFUL_TOKEN: 'hush\n{hush}' }),
      run(['doctor', '--data', folder, '--port', '1', '--lang', 'en']),
      run(['doctor', '--data', folder, '--port', '1']),
      run(['doctor', '--port', '1', '--lang', 'en'], nowhere),
    ])
    expect(damaged).toMatchObject({ code: 1, err: '' })
    expect(damaged.out).toMatch(/\[FAULT\] store: .*roomful\.db is damaged/)
    expect(unusable).toMatchObject({ code: 2, out: '' })
    expect(unusable.err).toBe(
      'roomful: doctor: what is given as a token (environment variable ROOMFUL_TOKEN) is none.\n',
    )
    // Nobody has said that there must be a server.
    expect(damaged.out).toContain('[unknown] upgrade: ')
    expect(chinese.out).toMatch(/\[有問題\] store: .*已損壞/)
    expect(away).toMatchObject({ code: 1, err: '' })
    expect(away.out).toContain('[FAULT] store: postgres://me@127.0.0.1:1/chat cannot be used')
    expect(away.out).toContain('[FAULT] broker: ')
    expect(away.out).not.toContain('hush')
  })
})

describe('bench', () => {
  it('measures a server, and says why it cannot', { timeout: TIME_LIMIT }, async () => {
    const short = ['--seconds', '1', '--clients', '4', '--lang', 'en']
    const [own, running, nobody, unasked, tooMany] = await Promise.all([
      run(['bench', '--data', join(folder, 'data'), ...short]),
      run(['bench', '--url', server.url, '--yes', '--json', ...short]),
      run(['bench', '--url', 'http://127.0.0.1:1', '--yes', '--json', ...short]),
      run(['bench', '--url', server.url, ...short]),
      run(['bench', '--clients', '5001']),
    ])
    expect(own.err).toBe('')
    expect(own.code).toBe(0)
    expect(own.out).toMatch(/Messages acknowledged: [1-9]\d*\.\d a second\nDeliveries: [1-9]/)
    expect(own.out).toContain('This is no comparison')
    // Neither the data folder nor that of the measured server is there.
    expect(await readdir(folder)).toEqual([])
    expect(running).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(running.out)).toMatchObject({ type: 'bench', rooms: 1, lost: 0, refused: {} })
    expect(JSON.parse(nobody.out)).toMatchObject({ type: 'error', code: 'nothing_listens' })
    expect(nobody).toMatchObject({ code: 1 })
    expect(unasked).toMatchObject({ code: 2, out: '' })
    expect(unasked.err).toContain('say --yes as well')
    expect(tooMany).toMatchObject({ code: 2, out: '' })
  })
})
