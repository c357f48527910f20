import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { enter, freshRoom } from '../support/chat-client.ts'
import { ChatPage, visit } from '../support/chat-page.ts'
import { type RunningServer, startServer } from '../support/server.ts'

describe.skipIf(!hasBrowser)('the languages of the page', () => {
  let browser: TestBrowser
  let server: RunningServer
  const open: ChatPage[] = []

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([startBrowser(), startServer()])
  })
  afterAll(async () => {
    await Promise.all([browser.close(), server.stop()])
  })
  afterEach(async () => {
    for (const chat of open.splice(0)) {
      expect(chat.tab.faults).toEqual([])
      await chat.tab.close()
    }
  })

  it.each([
    ['zh-TW', 'zh-Hant-TW', '連線'],
    ['zh-CN', 'zh-Hant-TW', '連線'],
    ['en-GB', 'en', 'Connect'],
    ['fr-FR', 'en', 'Connect'],
  ])('begins with what the browser prefers: %s', async (locale, lang, button) => {
    const chat = new ChatPage(await browser.open({ context: { locale } }))
    open.push(chat)
    await chat.page.goto(`${server.url}/chat`)
    await chat.page.getByRole('button', { name: button, exact: true }).waitFor()
    expect(await chat.page.evaluate(() => document.documentElement.lang)).toBe(lang)
  })

  it('begins with what a link asks for', async () => {
    const chat = new ChatPage(await browser.open({ lang: 'en' }))
    open.push(chat)
    await chat.page.goto(`${server.url}/chat?lang=zh-Hant`)
    await chat.page.getByRole('button', { name: '連線', exact: true }).waitFor()
  })

  it('changes without a reload, notices and dates included, and is remembered', async () => {
    const room = freshRoom()
    const ann = await visit(browser, server, 'Ann', { lang: 'zh-Hant', room })
    open.push(ann)
    const ben = await enter(server, 'Ben', { room })
    ben.say('早安')
    await ann.hears('早安')
    expect(await ann.bubbles('system').allInnerTexts()).toEqual([
      expect.stringContaining('歡迎 Ann 加入聊天室！'),
      expect.stringContaining('Ben 加入了聊天室'),
    ])
    await ann.page.evaluate(() => {
      document.body.dataset['same'] = 'page'
    })
    await ann.page.getByRole('button', { name: 'English' }).click()
    expect(await ann.bubbles('system').allInnerTexts()).toEqual([
      expect.stringContaining('Welcome to the chat room, Ann!'),
      expect.stringContaining('Ben joined'),
    ])
    expect(await ann.page.locator('.day time').first().innerText()).toBe('Today')
    expect(
      await ann.page.evaluate(() => [document.documentElement.lang, document.body.dataset['same']]),
    ).toEqual(['en', 'page'])
    // What the server says from now on is put into words here as well, although it still speaks the first language.
    await ben.leave()
    await ann.page.getByText('Ben left').waitFor()
    await ann.page.reload()
    await ann.inRoom()
    await ann.page.getByRole('button', { name: 'Disconnect' }).waitFor()
  })

  it('leaves no word of the other language on the page', async () => {
    for (const [lang, foreign] of [
      ['en', /\p{Script=Han}/u],
      ['zh-Hant', /[a-z]{3,}/iu],
    ] as const) {
      const chat = new ChatPage(await browser.open({ lang }))
      open.push(chat)
      await chat.page.goto(`${server.url}/chat?room=1`)
      const words = (): Promise<string[]> =>
        chat.page.evaluate(() => {
          const attributes = ['aria-label', 'placeholder', 'title']
          const found = [document.body.innerText]
          for (const element of document.querySelectorAll('body *'))
            for (const name of attributes) found.push(element.getAttribute(name) ?? '')
          return found
        })
      const check = async (): Promise<void> => {
        for (const text of await words())
          expect(text.replaceAll(/English|繁體中文|Roomful|https?:\S+|--host [\d.]+/gu, '')).not.toMatch(
            foreign,
          )
      }
      await check()
      await chat.join(lang === 'en' ? 'A1' : '小1')
      await check()
      await chat.page.locator('.roomy .action').first().click()
      await chat.page.locator('.qr path').waitFor()
      await check()
      await chat.page.keyboard.press('Escape')
    }
  })

  it('tells the language of each message', async () => {
    const room = freshRoom()
    const ann = await visit(browser, server, 'Ann', { room })
    open.push(ann)
    for (const text of ['大家好', 'Good morning', 'おはよう', '안녕', '123']) await ann.say(text)
    await ann.hears('123')
    const langs = ann.page.locator('.message.user .text')
    expect(await langs.evaluateAll((all) => all.map((text) => text.getAttribute('lang')))).toEqual([
      'zh-Hant',
      'en',
      'ja',
      'ko',
      null,
    ])
  })
})
