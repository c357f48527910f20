import { readdir, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { freshRoom } from '../support/chat-client.ts'
import { ChatPage } from '../support/chat-page.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const DIST = fileURLToPath(new URL('../../packages/web/dist/', import.meta.url))

/** Everything that is fetched to chat in one language, the longer one, compressed as it is served. The aim is 45,000. */
const PAGE_BYTES = 59_400

/** What is fetched on top when it is asked for: signing in, moderating, the menu of a message, and the share dialog with the encoder of its QR code. */
const LATER_BYTES = 14_900

it('weighs no more than its budget', async () => {
  const entries = await readdir(DIST, { recursive: true, withFileTypes: true })
  // The page of administrators is apart.
  const files = entries.filter(
    ({ name, parentPath }) => name.endsWith('.gz') && !parentPath.startsWith(`${DIST}admin`),
  )
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => ({ name, bytes: (await stat(`${parentPath}/${name}`)).size })),
  )
  const sum = (some: typeof sizes): number => some.reduce((total, { bytes }) => total + bytes, 0)
  const later = sizes.filter(({ name }) => /^(?:door|moderating|share-dialog|message-menu)-/u.test(name))
  const words = sizes.filter(({ name }) => /^(?:en|zh-hant)-/u.test(name))
  const page = sizes.filter((file) => !later.includes(file) && !words.includes(file))
  expect(page.map(({ name }) => name.replace(/-[\w-]{8}\./u, '.')).toSorted()).toEqual([
    'icon.svg.gz',
    'index.css.gz',
    'index.html.gz',
    'index.js.gz',
  ])
  expect(words).toHaveLength(2)
  const longest = Math.max(...words.map(({ bytes }) => bytes))
  expect(sum(page) + longest, JSON.stringify(sizes)).toBeLessThanOrEqual(PAGE_BYTES)
  expect(sum(later)).toBeLessThanOrEqual(LATER_BYTES)
})

describe.skipIf(!hasBrowser)('the page on the network', () => {
  let browser: TestBrowser
  let server: RunningServer

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([startBrowser(), startServer()])
  })
  afterAll(async () => {
    await Promise.all([browser.close(), server.stop()])
  })

  it('talks to its own server only, and breaks none of its security policy', async () => {
    const chat = new ChatPage(await browser.open())
    const violations: string[] = []
    await chat.page.exposeFunction('note', (text: string) => violations.push(text))
    await chat.page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        window.note?.(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`)
      })
    })
    const room = freshRoom()
    const answer = await chat.page.goto(`${server.url}/chat?room=${room}`)
    expect(answer?.headers()['content-security-policy']).toContain("default-src 'none'")
    await chat.join('Ann')
    await chat.say('https://example.com/ <img src=https://example.com/x.png>')
    await chat.page.locator('.status.sent').waitFor()
    await chat.page.getByRole('button', { name: 'Share' }).click()
    await chat.page.locator('.qr path').waitFor()
    await chat.page.keyboard.press('Escape')
    await chat.page.reload()
    await chat.inRoom()
    const origins = new Set(chat.tab.requests.map((address) => new URL(address).host))
    expect([...origins]).toEqual([new URL(server.url).host])
    expect(violations).toEqual([])
    expect(chat.tab.faults).toEqual([])
    await chat.tab.close()
  })

  it('is served under its second address too', async () => {
    const chat = new ChatPage(await browser.open())
    await chat.page.goto(`${server.url}/static/chat.html?room=${freshRoom()}`)
    await chat.join('Ann')
    expect(chat.tab.faults).toEqual([])
    await chat.tab.close()
  })
})
