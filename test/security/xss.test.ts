import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkUsername } from '@roomful/protocol'
import { hasBrowser, startBrowser, type TestBrowser, type TestPage } from '../support/browser.ts'
import { type ChatClient, cutAll, dial, freshRoom } from '../support/chat-client.ts'
import { ChatPage } from '../support/chat-page.ts'
import { type RunningServer, startServer } from '../support/server.ts'
import { tried } from './tried.ts'
import { XSS_PAYLOADS } from './xss-payloads.ts'

declare global {
  interface Window {
    /** What every payload calls. */
    pwned?: () => void
  }
}

/** `npm run sec` tries each in an address, `npm test` some. */
const IS_FULL = process.env['SEC'] === 'full'
const PER_MESSAGE = 20
const ADDRESSES = IS_FULL ? XSS_PAYLOADS : XSS_PAYLOADS.filter((_, i) => i % 25 === 3)

/** Milliseconds for all of them, on a machine that does other things too. */
const PATIENCE = 180_000

/** Tall enough for all of it, so that every row is in the document. */
const SIZE = { width: 1_280, height: 9_000 }

/** Pixels of the screen for each of the page: painting all of it would cost more than all else. */
const SCALE = 0.1

const LINKS = XSS_PAYLOADS.map((payload, i) =>
  i % 2 === 0 ? `https://good.example/${payload}` : `javascript:pwned()//https://good.example/${payload}`,
)

const LIMITS = [
  'rate-limit',
  'byte-rate-limit',
  'connect-rate-limit',
  'join-rate-limit',
  'request-rate-limit',
]

describe.skipIf(!hasBrowser)('what people write is text, in a real browser', () => {
  let server: RunningServer
  let browser: TestBrowser
  /** Calls of `pwned`, windows that opened, addresses that were asked and are not the server's. */
  const found: string[] = []
  const tabs: TestPage[] = []
  beforeAll(async () => {
    const args = LIMITS.flatMap((name) => [`--${name}`, 'off'])
    ;[server, browser] = await Promise.all([startServer({ args }), startBrowser()])
  })
  afterAll(async () => {
    await Promise.all([browser.close(), server.kill()])
  })
  afterEach(async () => {
    await cutAll()
    for (const tab of tabs.splice(0)) await tab.close()
  })

  async function open(path: string, size = SIZE): Promise<ChatPage> {
    const tab = await browser.open({ size, context: { deviceScaleFactor: SCALE } })
    tabs.push(tab)
    const chat = new ChatPage(tab)
    await tab.page.exposeFunction('pwned', () => void found.push('a script ran'))
    tab.page.on('dialog', (dialog) => void dialog.dismiss().then(() => found.push('a dialog')))
    tab.context.on('page', (page) => void found.push(`a window opened: ${page.url()}`))
    await tab.page.goto(server.url + path)
    return chat
  }

  /** What the pages asked for and did; the list is empty afterwards. */
  function faultsOf(...chats: ChatPage[]): string[] {
    const { host } = new URL(server.url)
    for (const { tab } of chats) {
      const isForeign = (url: string): boolean => !/^(?:data|blob):/.test(url) && new URL(url).host !== host
      found.push(...tab.requests.filter(isForeign).map((url) => `asked ${url}`))
      // A policy that has to keep something back says so there: then it got into the document.
      found.push(...tab.faults)
    }
    return found.splice(0)
  }

  const say = (client: ChatClient, texts: readonly string[]): void => {
    for (let i = 0; i < texts.length; i += PER_MESSAGE)
      client.send({ message: texts.slice(i, i + PER_MESSAGE).join('\n') })
  }

  /** All that is written in the transcript, once the last message is there. */
  async function textOf(chat: ChatPage): Promise<string> {
    await chat
      .bubble('that was all')
      .first()
      .waitFor({ timeout: PATIENCE / 2 })
    return (await chat.texts()).join('\n')
  }

  it('notices a script, a window and a foreign request', async () => {
    const chat = await open('/chat', { width: 800, height: 600 })
    await chat.page.evaluate(() => {
      window.pwned?.()
      new Image().src = 'https://evil.example/beacon.gif'
    })
    await expect.poll(() => faultsOf(chat).join()).toContain('evil.example')
    expect(XSS_PAYLOADS).toHaveLength(100)
    expect(new Set(XSS_PAYLOADS).size).toBe(100)
  })

  it('100 payloads as messages, links and names, live and from the history', { timeout: PATIENCE }, async ({
    task,
  }) => {
    const room = freshRoom()
    const live = await open(`/chat?room=${room}`)
    await live.join('Reader', room)
    const names = XSS_PAYLOADS.filter((name) => checkUsername(name).ok)
    expect(names.length).toBeGreaterThan(15)
    const paths = names.map((name) => `/ws/chat/${encodeURIComponent(name)}?room=${room}`)
    await Promise.all(paths.map((path) => dial(server, path)))
    const anonymous = await dial(server, `/ws/chat?room=${room}`)
    for (const username of XSS_PAYLOADS) anonymous.send({ username: `${username}.`, message: 'x' })
    say(anonymous, [...XSS_PAYLOADS, ...LINKS])
    anonymous.send({ message: 'that was all' })
    const shown = await textOf(live)
    // `\u0000` is no text of a document: the browser writes another letter in its place.
    for (const text of [...XSS_PAYLOADS, ...LINKS]) expect(shown).toContain(text)
    await expect.poll(() => live.page.locator('.people').textContent()).toContain(names[0])
    const later = await open(`/chat?room=${room}`)
    await later.join('Late', room)
    const read = await textOf(later)
    expect(LINKS.filter((text) => read.includes(text)).length).toBeGreaterThan(99)
    for (const { where, rel, target, names: handlers } of [
      ...(await anchorsOf(live)),
      ...(await anchorsOf(later)),
    ]) {
      expect(where).toMatch(/^https?:(?:good|evil)\.example$/)
      expect([rel, target, handlers]).toEqual(['noopener noreferrer nofollow', '_blank', []])
    }
    expect((await anchorsOf(live)).length).toBeGreaterThan(99)
    const faults = faultsOf(live, later)
    tried(task, { tried: XSS_PAYLOADS.length * 2 + LINKS.length * 2 + XSS_PAYLOADS.length, faults })
    expect(faults).toEqual([])
  })

  it('100 payloads as rooms and names on the join screen, and in the address', { timeout: PATIENCE }, async ({
    task,
  }) => {
    const chat = await open('/chat', { width: 800, height: 600 })
    await chat.page.locator('.join button[type=submit]').waitFor()
    const filled = await chat.page.evaluate(async (payloads) => {
      let count = 0
      for (const payload of payloads) {
        for (const name of ['username', 'room']) {
          const field = document.querySelector<HTMLInputElement>(`input[name=${name}]`)
          if (field === null) continue
          field.value = payload
          field.dispatchEvent(new InputEvent('input', { bubbles: true }))
          count++
        }
        document.querySelector<HTMLButtonElement>('.join button[type=submit]')?.click()
        await new Promise((resolve) => setTimeout(resolve))
      }
      return count
    }, XSS_PAYLOADS)
    expect(filled).toBe(XSS_PAYLOADS.length * 2)
    for (const payload of ADDRESSES) {
      const code = encodeURIComponent(payload)
      await chat.page.goto(`${server.url}/chat?room=${code}&lang=${code}&token=${code}#${code}`)
      await chat.page.locator('body :not(script)').first().waitFor({ state: 'attached' })
    }
    const faults = faultsOf(chat)
    tried(task, { tried: filled + ADDRESSES.length, faults })
    expect(faults).toEqual([])
  })
})

const anchorsOf = ({ page }: ChatPage) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLAnchorElement>('.message a')].map(
      ({ protocol, host, rel, attributes, target }) => ({
        where: protocol + host,
        rel,
        target,
        names: [...attributes].map(({ name }) => name).filter((name) => name.startsWith('on')),
      }),
    ),
  )
