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
import { cutAll, dial } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const ROOT = tokenOf({ sub: 'root', name: 'Root', roomful_admin: true })

describe.skipIf(!hasBrowser)('the page of administrators', () => {
  let browser: TestBrowser
  let server: RunningServer
  const open: TestPage[] = []

  beforeAll(async () => {
    const env = { ROOMFUL_AUTH: 'jwt+guest', ROOMFUL_JWT_SECRET: SECRET }
    ;[browser, server] = await Promise.all([startBrowser(), startServer({ env })])
  })
  afterEach(async () => {
    await cutAll()
    for (const tab of open.splice(0)) await tab.close()
  })
  afterAll(async () => {
    await Promise.all([browser.close(), server.stop()])
  })

  const arrive = async (token: string | null, options?: PageOptions): Promise<TestPage> => {
    const tab = await browser.open(options)
    open.push(tab)
    const answer = await tab.page.goto(`${server.url}/admin${token === null ? '' : `#token=${token}`}`)
    expect(answer?.headers()['content-security-policy']).toContain("script-src 'self'")
    expect(answer?.headers()['content-security-policy']).toContain("require-trusted-types-for 'script'")
    return tab
  }

  it('OP6: is for administrators only, and fits a phone, in Traditional Chinese', async () => {
    const phone = { lang: 'zh-Hant', size: { width: 320, height: 700 } } as const
    const long = 'a-room-name-that-is-as-long-as-they-get-and-has-to-be-wrapped-2'
    const ann = await dial(server, `/ws/chat?room=${long}`, {
      headers: { authorization: `Bearer ${tokenOf({ sub: 'u-1', name: 'Ann' })}` },
    })
    await ann.next('system')
    const { page } = await arrive(null, phone)
    await page.locator('.join', { hasText: '請出示帶有 roomful_admin 聲明的權杖' }).waitFor()
    await page.locator('.join button[lang=en]').click()
    await page.locator('.join', { hasText: 'show a token that bears the claim roomful_admin' }).waitFor()
    await page.locator('.join button[lang=zh-Hant]').click()
    await page.locator('input[name=token]').fill(tokenOf({ sub: 'u-1', name: 'Ann' }))
    await page.locator('button[type=submit]').click()
    await page.locator('h1', { hasText: '只有管理者可以進入' }).waitFor()
    await expectNoViolations(page, 'no administrator')
    await page.locator('input[name=token]').fill(ROOT)
    await page.locator('button[type=submit]').click()
    await page.locator('th[scope=row]', { hasText: long }).waitFor()
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
    const name = await page.locator('th[scope=row]', { hasText: long }).boundingBox()
    expect(name?.width).toBeGreaterThan(200)
    await expectNoViolations(page, 'phone')
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
    expect(await messages.getAttribute('aria-valuetext')).toMatch(/: Messages –$/u)
    await messages.press('End')
    expect(await messages.getAttribute('aria-valuetext')).toMatch(/^now: Messages \d/u)
    await page.locator('.chart summary').first().click()
    await page.locator('.chart table td').first().waitFor()
    await page.locator('tr', { hasText: 'den' }).getByRole('button', { name: 'Moderate: den' }).click()
    const settings = { slow: 'End slow mode', lock: 'Unlock the room', read_only: 'End read-only' }
    for (const [setting, lift] of Object.entries(settings)) {
      await page.locator('.deed select').first().selectOption(setting)
      await page.locator('.deed button[type=submit]').click()
      await page.getByRole('button', { name: lift }).waitFor()
    }
    await page.locator('#moderation td', { hasText: 'Slow mode: 10 s' }).nth(1).waitFor()
    for (const lift of Object.values(settings)) {
      await page.getByRole('button', { name: lift }).click()
      await page.getByRole('button', { name: lift }).waitFor({ state: 'detached' })
    }
    await page.getByText('Nothing holds now.').waitFor()
    await page.locator('#moderation td', { hasText: 'Slow mode: off' }).waitFor()
    // What was typed and chosen stays when another room is typed last, and so does the focus.
    await page.locator('.deed select').first().selectOption('ban')
    await page.locator('.deed input[name=person]').fill('Ann')
    await page.locator('.deed input[name=reason]').fill('Ads')
    const room = page.locator('#moderation .where input')
    await room.fill('lair')
    await room.press('Tab')
    await page.locator('.deed select:focus').waitFor()
    await room.fill('den')
    await page.locator('.deed input[name=reason]').click()
    expect(await page.locator('.deed input[name=reason]').evaluate((field) => field.matches(':focus'))).toBe(
      true,
    )
    expect(await page.locator('.deed select').first().inputValue()).toBe('ban')
    expect(await page.locator('.deed input[name=person]').inputValue()).toBe('Ann')
    expect(await page.locator('.deed input[name=reason]').inputValue()).toBe('Ads')
    await page.locator('.deed select').first().selectOption('mute')
    await room.fill('lair')
    await room.fill('den')
    await page.locator('.deed button[type=submit]').click()
    await page.getByRole('button', { name: 'Unmute: Ann' }).click()
    await page.getByText('Nothing holds now.').waitFor()
    // Of the whole server a message is one of a room.
    await room.fill('')
    await room.press('Tab')
    await page.locator('.deed select').first().selectOption('ban')
    await page.locator('.deed select').nth(1).selectOption('number')
    await page.locator('.deed input[name=saidIn]').fill('den')
    await page.locator('.deed input[name=number]').fill('1')
    await page.locator('.deed input[name=reason]').fill('x'.repeat(200))
    const minutes = page.locator('.deed input[name=minutes]')
    await minutes.fill('99999999999')
    expect(await minutes.evaluate((field: HTMLInputElement) => field.validity.rangeOverflow)).toBe(true)
    await minutes.fill('5256000')
    await expectNoViolations(page, 'ban by a message of a room')
    await page.locator('.deed button[type=submit]').click()
    const lift = page.getByRole('button', { name: 'Lift a ban: Ann' })
    await lift.waitFor()
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
    await lift.click()
    await page.getByText('Nothing holds now.').waitFor()
    await expectNoViolations(page, 'desktop')
    expect([...new Set(requests.map((address) => new URL(address).host))]).toEqual([new URL(server.url).host])
    expect(requests.filter((address) => address.includes(ROOT))).toEqual([])
    expect(faults).toEqual([])
    // A name that nobody has had is not taken at once.
    await page.locator('.deed select').nth(1).selectOption('person')
    await page.locator('.deed input[name=person]').fill('Zoe')
    await page.locator('.deed button[type=submit]').click()
    await page.locator('.deed .fault', { hasText: 'Nobody called Zoe has been here' }).waitFor()
    await page.getByRole('button', { name: 'Do it all the same, for whoever comes as Zoe' }).click()
    await page.getByRole('button', { name: 'Lift a ban: Zoe' }).waitFor()
  })
})

const POLL = { timeout: 60_000 }
