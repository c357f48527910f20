import { describe, expect, it } from 'vitest'
import { hasBrowser } from '../support/browser.ts'
import { enter, freshRoom } from '../support/chat-client.ts'
import { ChatPage, chatStage } from '../support/chat-page.ts'

const LONG = `${'Donaudampfschifffahrtsgesellschaft'.repeat(8)} ${'字'.repeat(200)} https://example.com/${'a'.repeat(300)}`

describe.skipIf(!hasBrowser)('the page on every screen', () => {
  const stage = chatStage()

  /** Elements that stick out of the window on either side. */
  const sticksOut = (chat: ChatPage): Promise<string[]> =>
    chat.page.evaluate(() => {
      const out = [...document.querySelectorAll<HTMLElement>('body *')].filter((element) => {
        const { left, right, width } = element.getBoundingClientRect()
        return width > 1 && (left < -0.5 || right > innerWidth + 0.5) && element.checkVisibility()
      })
      const scrolls = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []
      return [...scrolls, ...out.map((element) => `${element.tagName}.${element.className}`)]
    })

  it.each([
    [320, 568, 'en'],
    [360, 640, 'zh-Hant'],
    [390, 844, 'zh-Hant'],
    [768, 1024, 'en'],
    [1280, 800, 'zh-Hant'],
    [2560, 1440, 'en'],
    [640, 256, 'en'],
  ] as const)('fits into %i x %i (%s)', async (width, height, lang) => {
    const room = `${'very-long-room-name-'.repeat(3)}${freshRoom().slice(-3)}`
    const name = `${'W'.repeat(28)}${width}`
    const chat = stage.keep(new ChatPage(await stage.browser.open({ lang, size: { width, height } })))
    await chat.page.goto(`${stage.server.url}/chat?room=${room}`)
    await chat.page.locator('.join').waitFor()
    expect(await sticksOut(chat)).toEqual([])
    const other = await enter(stage.server, `${'M'.repeat(28)}${width}`, { room, v1: true })
    await chat.join(name)
    other.say(LONG)
    other.say(LONG, { target_user: name })
    await chat.say(LONG)
    await chat.page.locator('.message.private').waitFor()
    await chat.page.locator('.status.sent').waitFor()
    expect(await sticksOut(chat)).toEqual([])
    await chat.field.fill(LONG)
    expect(await sticksOut(chat)).toEqual([])
    const sendButton = await chat.page.locator('.send').boundingBox()
    expect((sendButton?.y ?? Infinity) + (sendButton?.height ?? 0)).toBeLessThanOrEqual(height)
    const transcript = await chat.page.locator('.scroller').boundingBox()
    expect(transcript?.height ?? 0).toBeGreaterThan(40)
    await other.leave()
  })

  it('lets people zoom, and gives phones text that needs none', async () => {
    const chat = await stage.visit('Ann', { room: freshRoom(), size: { width: 390, height: 844 } })
    const viewport = await chat.page.locator('meta[name=viewport]').getAttribute('content')
    expect(viewport).not.toMatch(/user-scalable|maximum-scale/u)
    expect(viewport).toContain('interactive-widget=resizes-content')
    for (const field of await chat.page.locator('textarea, input').all())
      expect(
        Number.parseFloat(await field.evaluate((each) => getComputedStyle(each).fontSize)),
      ).toBeGreaterThanOrEqual(16)
  })

  it('has targets of at least 24 pixels', async () => {
    const chat = await stage.visit('Ann', { room: freshRoom(), size: { width: 390, height: 844 } })
    const small = await chat.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, input, textarea')].flatMap((target) => {
        const { width, height } = target.getBoundingClientRect()
        return target.checkVisibility() && (width < 24 || height < 24) ? [target.outerHTML] : []
      }),
    )
    expect(small).toEqual([])
  })

  it('keeps the colours that were given, with ink that can be read', async () => {
    const room = freshRoom()
    const ann = await stage.visit('Ann', { room })
    const ben = await enter(stage.server, 'Ben', { room })
    ben.say('hello')
    await ann.hears('hello')
    await ann.say('hi')
    await ann.hears('hi')
    const paint = (selector: string): Promise<string[]> =>
      ann.page
        .locator(selector)
        .first()
        .evaluate((element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color])
    expect(await paint('.message.user')).toEqual(['rgb(102, 126, 234)', 'rgb(11, 16, 32)'])
    expect((await paint('.message.other'))[0]).toBe('rgb(255, 255, 255)')
    expect((await paint('.message.system'))[0]).toBe('rgb(254, 243, 199)')
    const side = async (selector: string): Promise<number> => {
      const box = await ann.page.locator(selector).first().boundingBox()
      const rows = await ann.page.locator('.rows').boundingBox()
      return (box?.x ?? 0) + (box?.width ?? 0) / 2 - ((rows?.x ?? 0) + (rows?.width ?? 0) / 2)
    }
    expect(await side('.message.user')).toBeGreaterThan(100)
    expect(await side('.message.other')).toBeLessThan(-100)
    expect(Math.abs(await side('.message.system'))).toBeLessThan(2)
    await ben.leave()
  })

  it('moves nothing for those who want no motion', async () => {
    const chat = await stage.visit('Ann', {
      room: freshRoom(),
      context: { reducedMotion: 'reduce' },
    })
    await chat.page.getByRole('button', { name: 'Share' }).click()
    expect(await chat.page.evaluate(() => document.getAnimations().length)).toBe(0)
  })

  it('shows borders where colours are forced', async () => {
    const room = freshRoom()
    const chat = await stage.visit('Ann', { room, context: { forcedColors: 'active' } })
    await chat.say('hi')
    await chat.hears('hi')
    const style = await chat.page.locator('.message.user').evaluate((element) => {
      const { borderTopStyle, borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(element)
      return { borderTopStyle, borderTopWidth, differs: borderTopColor !== backgroundColor }
    })
    expect(style).toEqual({ borderTopStyle: 'solid', borderTopWidth: '1px', differs: true })
  })
})
