import { describe, expect, it } from 'vitest'
import { hasBrowser } from '../support/browser.ts'
import { enter, freshRoom } from '../support/chat-client.ts'
import { ChatPage, chatStage } from '../support/chat-page.ts'

describe.skipIf(!hasBrowser)('the languages of the page', () => {
  const stage = chatStage()

  it.each([
    ['zh-TW', 'zh-Hant-TW', '連線'],
    ['zh-CN', 'zh-Hant-TW', '連線'],
    ['en-GB', 'en', 'Connect'],
    ['fr-FR', 'en', 'Connect'],
  ])('begins with what the browser prefers: %s', async (locale, lang, button) => {
    const chat = stage.keep(new ChatPage(await stage.browser.open({ context: { locale } })))
    await chat.page.goto(`${stage.server.url}/chat`)
    await chat.page.getByRole('button', { name: button, exact: true }).waitFor()
    expect(await chat.page.evaluate(() => document.documentElement.lang)).toBe(lang)
  })

  it('begins with what a link asks for', async () => {
    const chat = stage.keep(new ChatPage(await stage.browser.open({ lang: 'en' })))
    await chat.page.goto(`${stage.server.url}/chat?lang=zh-Hant`)
    await chat.page.getByRole('button', { name: '連線', exact: true }).waitFor()
  })

  it('changes without a reload, notices and dates included, and is remembered', async () => {
    const room = freshRoom()
    const ann = await stage.visit('Ann', { lang: 'zh-Hant', room })
    const ben = await enter(stage.server, 'Ben', { room })
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
    await ann.page.locator('html[lang=en]').waitFor()
    await ann.page.getByRole('button', { name: 'Disconnect' }).waitFor()
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
      const chat = stage.keep(new ChatPage(await stage.browser.open({ lang })))
      await chat.page.goto(`${stage.server.url}/chat?room=1`)
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
      await chat.page.locator('.join').waitFor()
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
    const ann = await stage.visit('Ann', { room })
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
