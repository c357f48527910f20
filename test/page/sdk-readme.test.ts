/** The examples in the README of the SDK, run as they stand there: only the address of the server is put in. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transformWithOxc } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../packages/server/testing/daemon.mjs'
import { hasBrowser, startBrowser } from '../support/browser.ts'
import { emptyServer, enter } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Until what a process does shows. */
const PATIENCE = { timeout: 60_000, interval: 100 }

/** The `number`th example under a heading. */
async function example(heading: string, number = 0): Promise<string> {
  const readme = await readFile(join(ROOT, 'packages/client/README.md'), 'utf8')
  const chapter = readme.split('\n## ').find((part) => part.startsWith(heading))
  const code = [...(chapter ?? '').matchAll(/```ts\n([\s\S]*?)```/g)][number]?.[1]
  if (code === undefined) throw new Error(`no example under ${heading}`)
  return code
}

function put(code: string, what: string, instead: string): string {
  expect(code).toContain(what)
  return code.replace(what, instead)
}

const lines = (code: string): number => code.trim().split('\n').length

describe('the examples of the SDK', () => {
  let server: RunningServer
  let folder: string

  beforeAll(async () => {
    // Within the repository, where the packages are found.
    const cache = join(ROOT, 'node_modules/.cache')
    await mkdir(cache, { recursive: true })
    ;[server, folder] = await Promise.all([startServer(), mkdtemp(join(cache, 'readme-'))])
  })
  afterEach(() => emptyServer(server))
  afterAll(async () => {
    await Promise.all([server.stop(), rm(folder, { recursive: true })])
  })

  it('a bot answers, in the room and in private', async () => {
    const code = await example('A bot in Node')
    expect(lines(code)).toBeLessThanOrEqual(12)
    const file = join(folder, 'bot.mjs')
    const { code: script } = await transformWithOxc(code, 'bot.ts')
    await writeFile(file, put(script, 'http://localhost:8000', server.url))
    const ann = await enter(server, 'Ann', { v1: true })
    const bot: ChildProcess = spawn(process.execPath, [file], { stdio: ['ignore', 'ignore', 'inherit'] })
    try {
      await ann.inbox.next((frame) => frame.type === 'system' && frame.event === 'join', 'the bot')
      ann.say('hello')
      await ann.inbox.next(
        (frame) => frame.type === 'message' && frame.message === 'Ann said: hello',
        'its answer',
      )
      ann.say('psst', { target_user: 'echo-bot' })
      await ann.inbox.next(
        (frame) => frame.type === 'private' && frame.from === 'echo-bot' && frame.message === 'I heard: psst',
        'its private answer',
      )
    } finally {
      bot.kill()
    }
  })

  it('a bot that is killed sends in its next life what waited, once: a file keeps that, and who it is', async () => {
    const [bot, helper] = await Promise.all([0, 1].map((number) => example('A bot in Node', number)))
    const kept = join(folder, 'bot.json')
    const whole = put(bot ?? '', 'outbox: storedOutbox()', `...keptIn(${JSON.stringify(kept)})`)
    const body = put(whole, 'import { createClient, storedOutbox }', 'import { createClient }')
    const lives = `bot.onState(({ phase }) => {
      if (phase !== 'online') return
      if (process.argv[2] === 'first') bot.outbox.add({ text: 'from before', room: 'tea' })
      else void bot.join('tea')
    })`
    const { code } = await transformWithOxc(`${helper}\n${body}\n${lives}`, 'bot.ts')
    const file = join(folder, 'kept-bot.mjs')
    await writeFile(file, put(code, 'http://localhost:8000', server.url))
    const live = (life: string): ChildProcess =>
      spawn(process.execPath, [file, life], { stdio: ['ignore', 'ignore', 'inherit'] })
    const waits = async (): Promise<boolean> =>
      (await readFile(kept, 'utf8').catch(() => '')).includes('from before')
    const said = async (): Promise<unknown> => {
      const response = await fetch(`${server.url}/api/v1/rooms/tea/messages`)
      const { entries = [] } = (await response.json()) as { entries?: { message: string }[] }
      return entries.map(({ message }) => message)
    }
    const first = live('first')
    const ended = once(first, 'exit')
    try {
      await expect.poll(waits, PATIENCE).toBe(true)
    } finally {
      first.kill('SIGKILL')
      await ended
    }
    expect(await said()).toEqual([])
    const second = live('second')
    try {
      await expect.poll(said, PATIENCE).toEqual(['from before'])
      await expect.poll(waits, PATIENCE).toBe(false)
    } finally {
      second.kill()
    }
    expect(await said()).toEqual(['from before'])
  })

  it.skipIf(!hasBrowser)('a page shows what is said, and says what is typed', async () => {
    const code = await example('In a page')
    expect(lines(code)).toBeLessThanOrEqual(14)
    const entryFile = join(folder, 'page.ts')
    await writeFile(entryFile, put(code, 'location.origin', JSON.stringify(server.url)))
    const result = await build({
      configFile: false,
      logLevel: 'error',
      root: ROOT,
      resolve: { conditions: ['source', 'module', 'browser'] },
      build: { write: false, modulePreload: false, rollupOptions: { input: entryFile } },
    })
    if (Array.isArray(result) || !('output' in result)) throw new Error('one bundle was expected')
    const html = `<!doctype html><ul></ul><form><input name="text"><button>Say</button></form>
      <script type="module">${result.output[0].code}</script>`
    const site = createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(html)
    })
    const port = await freePort()
    await new Promise<void>((resolve) => site.listen(port, '127.0.0.1', resolve))
    const [browser, bob] = await Promise.all([startBrowser(), enter(server, 'Bob')])
    try {
      const { page, faults } = await browser.open()
      await page.goto(`http://127.0.0.1:${port}/`)
      await page.waitForFunction(() => document.title === 'Roomful: online')
      bob.say('hi')
      await page.waitForFunction(
        () => document.querySelector('ul')?.textContent.includes('Bob in lobby: hi') === true,
      )
      await page.fill('input', 'typed')
      await page.click('button')
      await bob.inbox.next(
        (frame) => frame.type === 'message' && frame.username === 'Alice' && frame.message === 'typed',
        'what was typed',
      )
      expect(faults.filter((fault) => !fault.includes('favicon'))).toEqual([])
    } finally {
      await browser.close()
      site.close()
    }
  })
})
