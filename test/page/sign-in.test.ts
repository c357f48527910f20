import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SECRET, signed, tokenOf } from '../../packages/server/testing/tokens.ts'
import { expectNoViolations } from '../support/axe.ts'
import { hasBrowser, type PageOptions, startBrowser, type TestBrowser } from '../support/browser.ts'
import { freshRoom } from '../support/chat-client.ts'
import { ChatPage } from '../support/chat-page.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const seconds = (): number => Math.floor(Date.now() / 1_000)

describe.skipIf(!hasBrowser)('signing in on the page', () => {
  let browser: TestBrowser
  let server: RunningServer
  const open: ChatPage[] = []

  beforeAll(async () => {
    const env = { ROOMFUL_AUTH: 'jwt', ROOMFUL_JWT_SECRET: SECRET, ROOMFUL_LOG_LEVEL: 'debug' }
    ;[browser, server] = await Promise.all([startBrowser(), startServer({ env })])
  })
  afterEach(async () => {
    for (const { tab } of open.splice(0)) {
      // A token that does not hold is answered with 401, which the browser itself calls an error.
      expect(tab.faults.filter((fault) => !/status of 401/u.test(fault))).toEqual([])
      await tab.close()
    }
  })
  afterAll(async () => {
    await Promise.all([browser.close(), server.stop()])
  })

  const arrive = async (path: string, options?: PageOptions): Promise<ChatPage> => {
    const chat = new ChatPage(await browser.open(options))
    open.push(chat)
    await chat.page.goto(`${server.url}/chat${path}`)
    return chat
  }
  const paste = async ({ page }: ChatPage, token: string): Promise<void> => {
    await page.locator('input[name=token]').fill(token)
    await page.locator('form:has(input[name=token]) button[type=submit]').click()
  }

  it('takes a token out of the link at once, and keeps it where nobody else finds it', async () => {
    const room = freshRoom()
    const token = tokenOf({ sub: 'u-1', name: 'Ann' })
    const chat = new ChatPage(await browser.open())
    open.push(chat)
    const referers: (string | undefined)[] = []
    chat.page.on('request', (request) => referers.push(request.headers()['referer']))
    await chat.page.goto(`${server.url}/chat?room=${room}#token=${token}`)
    await chat.inRoom()
    expect(chat.page.url()).toBe(`${server.url}/chat?room=${room}`)
    await chat.say('hello')
    await chat.hears('hello')
    expect(await chat.bubble('hello').getAttribute('class')).toContain('user')
    const stored = await chat.page.evaluate(() => [
      JSON.stringify(sessionStorage),
      JSON.stringify(localStorage),
    ])
    expect(stored.map((area) => area.includes(token))).toEqual([true, false])
    expect(chat.tab.requests.filter((url) => url.includes('token') || url.includes(token))).toEqual([])
    expect(referers.filter((referer) => (referer ?? '') !== '')).toEqual([])
    await chat.page.reload()
    await chat.inRoom()
    for (const part of token.split('.').slice(1)) expect(server.output()).not.toContain(part)
  })

  it('tells whoever has none where to get one, in either language', async () => {
    const chat = await arrive('', { context: { reducedMotion: 'reduce' } })
    await chat.page.locator('input[name=token]').waitFor()
    await expectNoViolations(chat.page, 'sign in')
    expect(await chat.page.locator('h1').textContent()).toBe('Sign in first')
    await chat.page.locator('.segments button[lang=zh-Hant]').click()
    await chat.page.locator('h1', { hasText: '請先登入' }).waitFor()
    await paste(chat, signed({ alg: 'HS256' }, { sub: 'u-1', name: 'Ann', exp: 9e9 }, 'x'.repeat(36)))
    await chat.page.locator('h1', { hasText: '這個權杖無法使用' }).waitFor()
    await paste(chat, `${server.url}/chat#token=${tokenOf({ sub: 'u-5', name: 'Eve' })}`)
    await chat.page.locator('.bearer', { hasText: 'Eve' }).waitFor()
    await expectNoViolations(chat.page, 'signed in')
    await chat.page.locator('.join button[type=submit]').click()
    await chat.inRoom()
  })

  it('goes on in the room with the next token when one has ended or was taken back', async () => {
    const room = freshRoom()
    const claims = { sub: 'u-2', name: 'Ben', iat: seconds() - 60 }
    const chat = await arrive(`?room=${room}#token=${tokenOf({ ...claims, exp: seconds() })}`)
    await chat.inRoom()
    await chat.page.locator('h1', { hasText: 'Your sign-in has ended' }).waitFor()
    await paste(chat, tokenOf(claims))
    await chat.inRoom()
    await chat.say('back again')
    await chat.page.locator('.status.sent').waitFor()
    const root = tokenOf({ sub: 'root', name: 'Root', roomful_admin: true })
    const answer = await fetch(`${server.url}/api/v1/revocations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${root}`, 'content-type': 'application/json' },
      body: JSON.stringify({ subject: 'u-2' }),
    })
    expect(answer.status).toBe(201)
    const { revoked_at } = (await answer.json()) as { revoked_at: string }
    await chat.page.locator('h1', { hasText: 'taken back' }).waitFor()
    await expectNoViolations(chat.page, 'taken back')
    // The first that is later by more than the leeway of 5 s, by an issuer whose clock is as fast.
    const later = Math.floor(Date.parse(revoked_at) / 1_000) + 6
    await expect.poll(seconds).toBeGreaterThanOrEqual(later - 5)
    await paste(chat, tokenOf({ ...claims, iat: later }))
    await chat.inRoom()
  })

  it('tells before a token ends, and takes the next one without leaving', async () => {
    const claims = { sub: 'u-3', name: 'Cai' }
    const chat = new ChatPage(await browser.open({ context: { reducedMotion: 'reduce' } }))
    open.push(chat)
    await chat.page.route('**/api/v1/session', async (route) => {
      const expires_at = new Date(Date.now() + 1_000).toISOString()
      await route.fulfill({ json: { username: 'Cai', administrator: false, expires_at, takes_tokens: true } })
    })
    await chat.page.goto(`${server.url}/chat?room=${freshRoom()}#token=${tokenOf(claims)}`)
    await chat.inRoom()
    await chat.page.locator('.ending button').click()
    await expectNoViolations(chat.page, 'ending')
    await chat.page.unroute('**/api/v1/session')
    await paste(chat, tokenOf({ ...claims, jti: 'next' }))
    await chat.page.locator('.ending').waitFor({ state: 'detached' })
    await chat.say('still here')
    await chat.page.locator('.status.sent').waitFor()
  })
})
