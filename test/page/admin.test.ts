import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SECRET, tokenOf } from '../../packages/server/testing/tokens.ts'
import { expectNoViolations } from '../support/axe.ts'
import {
  hasBrowser,
  type PageOptions,
  startBrowser,
  type TestBrowser,
  type TestPage,
} from '../support/browser.ts'
import { cutAll, dial, freshRoom } from '../support/chat-client.ts'
import { ChatPage, chatStage } from '../support/chat-page.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const ROOT = tokenOf({ sub: 'root', name: 'Root', roomful_admin: true })

describe.skipIf(!hasBrowser)('the page of administrators', () => {
  let browser: TestBrowser
  let server: RunningServer
  const open: TestPage[] = []

  beforeAll(async () => {
    const env = { ROOMFUL_AUTH: 'jwt', ROOMFUL_JWT_SECRET: SECRET }
    ;[browser, server] = await Promise.all([startBrowser(), startServer({ env })])
  })
  afterEach(async () => {
    await cutAll()
    for (const tab of open.splice(0)) await tab.close()
  })
  afterAll(async () => {
    await Promise.all([browser.close(), server.stop()])
  })

  const arrive = async (token: string, options?: PageOptions): Promise<TestPage> => {
    const tab = await browser.open(options)
    open.push(tab)
    const answer = await tab.page.goto(`${server.url}/admin#token=${token}`)
    expect(answer?.headers()['content-security-policy']).toContain("script-src 'self'")
    expect(answer?.headers()['content-security-policy']).toContain("require-trusted-types-for 'script'")
    return tab
  }

  it('OP6: is for administrators only', async () => {
    const { page } = await arrive(tokenOf({ sub: 'u-1', name: 'Ann' }))
    await page.locator('h1', { hasText: 'This is for administrators' }).waitFor()
    await expectNoViolations(page, 'no administrator')
    await page.locator('input[name=token]').fill(ROOT)
    await page.locator('button[type=submit]').click()
    await page.locator('.charts').waitFor()
  })

  it('OP6: draws what the server does, from its own server alone', async () => {
    const ann = await dial(server, '/ws/chat?room=den', {
      headers: { authorization: `Bearer ${tokenOf({ sub: 'u-1', name: 'Ann' })}` },
    })
    await ann.next('system')
    const { page, requests, faults } = await arrive(ROOT, { context: { reducedMotion: 'reduce' } })
    expect(page.url()).toBe(`${server.url}/admin`)
    const plot = (title: string) => page.locator('.chart', { hasText: title }).locator('.plot')
    await page.locator('th', { hasText: 'den' }).waitFor()
    ann.send({ message: 'hello' })
    await page.locator('tr', { hasText: 'den' }).locator('td', { hasText: /^1$/u }).nth(1).waitFor()
    await expect
      .poll(() => plot('Connections').getAttribute('aria-valuetext'), POLL)
      .toMatch(/^now: Connections 1,/u)
    // The moment in which it was said, read with the keyboard.
    const messages = plot('Messages, per second')
    await messages.focus()
    await messages.press('Home')
    expect(await messages.getAttribute('aria-valuetext')).toMatch(/: Messages nothing$/u)
    await messages.press('End')
    expect(await messages.getAttribute('aria-valuetext')).toMatch(/^now: Messages \d/u)
    await page.locator('.chart summary').first().click()
    await page.locator('.chart table td').first().waitFor()
    await page.locator('tr', { hasText: 'den' }).getByRole('button', { name: 'Moderate: den' }).click()
    await page.locator('.deed select').selectOption('slow')
    await page.locator('.deed button[type=submit]').click()
    await page.locator('#moderation td', { hasText: 'Slow mode' }).first().waitFor()
    await expectNoViolations(page, 'desktop')
    expect([...new Set(requests.map((address) => new URL(address).host))]).toEqual([new URL(server.url).host])
    expect(requests.filter((address) => address.includes(ROOT))).toEqual([])
    expect(faults).toEqual([])
  })

  it('OP6: fits a phone, in Traditional Chinese', async () => {
    const { page, faults } = await arrive(ROOT, { lang: 'zh-Hant', size: { width: 320, height: 700 } })
    await page.locator('.charts').waitFor()
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
    await expectNoViolations(page, 'phone')
    expect(faults).toEqual([])
  })
})

describe.skipIf(!hasBrowser)('moderation in the chat page', () => {
  const stage = chatStage('--auth', 'jwt', '--jwt-secret', SECRET)

  const enter = async (room: string, claims: object): Promise<ChatPage> => {
    const chat = stage.keep(new ChatPage(await stage.browser.open({ context: { reducedMotion: 'reduce' } })))
    await chat.page.goto(`${stage.server.url}/chat?room=${room}#token=${tokenOf(claims)}`)
    await chat.inRoom()
    return chat
  }

  it('MO4, MO9, MO10: mutes by the menu of a message, and tells whoever is muted for how long', async () => {
    const room = freshRoom()
    const bob = await enter(room, { sub: 'u-2', name: 'Bob' })
    const root = await enter(room, { sub: 'root', name: 'Root', roomful_admin: true })
    await bob.say('buy now')
    await root.hears('buy now')
    await root.page.locator('.row', { hasText: 'buy now' }).locator('.tools').click()
    const mute = root.page.locator('.moderate button', { hasText: 'Mute for' })
    await mute.waitFor()
    await expectNoViolations(root.page, 'moderating')
    await mute.click()
    await root.page.locator('.moderate button', { hasText: 'Really?' }).click()
    const strip = bob.page.locator('.silenced')
    await strip.waitFor()
    expect(await strip.textContent()).toMatch(/^You are muted here for (?:10|9) minutes more\.$/u)
    await expectNoViolations(bob.page, 'muted')
    await bob.page.locator('.message.system', { hasText: 'Root muted Bob' }).waitFor()
    await bob.say('still here')
    await bob.page.locator('.composer-hint', { hasText: 'stays here' }).waitFor()
    expect(await bob.field.inputValue()).toBe('still here')
    // After a reload the welcome tells.
    await bob.page.reload()
    await strip.waitFor()
    await root.page.locator('.row', { hasText: 'buy now' }).locator('.tools').click()
    await root.page.locator('.moderate button', { hasText: 'End a mute' }).click()
    await strip.waitFor({ state: 'detached' })
  })
})

const POLL = { timeout: 20_000 }
