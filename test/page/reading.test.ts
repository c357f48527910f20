import { describe, expect, it } from 'vitest'
import { hasBrowser } from '../support/browser.ts'
import { enter, freshRoom } from '../support/chat-client.ts'
import { ChatPage, chatStage, type VisitOptions } from '../support/chat-page.ts'

describe.skipIf(!hasBrowser)('reading on the page', () => {
  const stage = chatStage('--rate-limit', 'off')
  let room: string
  const comes = (name: string, options: VisitOptions = {}): Promise<ChatPage> =>
    stage.visit(name, { room, ...options })
  const look = (chat: ChatPage, hidden: boolean): Promise<void> =>
    chat.page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
  const fill = async (from: number, to: number): Promise<void> => {
    const bot = await enter(stage.server, 'Bot', { room, v1: true })
    for (let n = from; n <= to; n++) bot.say(`m${n}`)
    await bot.hears(`m${to}`)
    await bot.leave()
  }
  /** Text of the message that the divider stands before. */
  const divided = (chat: ChatPage): Promise<string[]> =>
    chat.page.locator('.row:has(.new) .text').allTextContents()

  it('divides what is new, counts it, and takes it as read only where it is seen', async () => {
    room = freshRoom()
    const ann = await comes('Ann', { size: { width: 800, height: 500 } })
    await fill(1, 30)
    await ann.hears('m30')
    expect(await ann.page.title()).toBe(`${room} · Roomful`)
    await look(ann, true)
    await fill(31, 33)
    await ann.hears('m33')
    expect(await divided(ann)).toEqual(['m31'])
    expect(await ann.page.title()).toBe(`(3) ${room} · Roomful`)
    await ann.page.locator('.scroller').evaluate((scroller) => {
      scroller.scrollTop -= 400
    })
    await ann.page.locator('.latest').waitFor()
    await look(ann, false)
    // Visible, but its end is not.
    expect(await ann.page.title()).toBe(`(3) ${room} · Roomful`)
    await ann.page.locator('.latest').click()
    await expect.poll(() => ann.page.title()).toBe(`${room} · Roomful`)
    expect(await divided(ann)).toEqual(['m31'])
    await ann.say('answered')
    await expect.poll(() => divided(ann)).toEqual([])
  })

  it('divides what was said since the last visit', async () => {
    room = freshRoom()
    await fill(1, 5)
    const ann = await comes('Ann')
    await ann.hears('m5')
    expect(await divided(ann)).toEqual([])
    await ann.page.getByRole('button', { name: 'Disconnect' }).click()
    await fill(6, 8)
    await ann.join('Ann')
    await ann.hears('m8')
    expect(await divided(ann)).toEqual(['m6'])
  })

  it('says up to where everything is here, and asks again on demand', async () => {
    room = freshRoom()
    await fill(1, 5)
    const tab = await stage.browser.open()
    let swallow = false
    let swallowed = 0
    await tab.page.routeWebSocket(/\/ws\//u, (socket) => {
      const line = socket.connectToServer()
      line.onMessage((data) => {
        if (!swallow || !String(data).startsWith('{"type":"message"')) return socket.send(data)
        swallowed++
      })
    })
    const ann = stage.keep(new ChatPage(tab))
    await tab.page.goto(`${stage.server.url}/chat?room=${room}`)
    await ann.join('Ann')
    await ann.page.getByText('Everything up to #5, checked just now').waitFor()
    // Lost in silence, with nothing behind it that would show.
    swallow = true
    await fill(6, 7)
    // They come to the page by a longer way than to those who said them.
    await expect.poll(() => swallowed).toBe(2)
    swallow = false
    await ann.page.locator('.sync').click()
    await ann.hears('m7')
    await ann.page.getByText('Everything up to #7, checked').waitFor()
    expect(await ann.texts()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7'])
  })

  it('leads to one message by its link', async () => {
    room = freshRoom()
    await fill(1, 400)
    const ann = await comes('Ann')
    await ann.hears('m400')
    const sees = async (text: string): Promise<void> => {
      await ann.page.locator('.row.shown', { hasText: text }).waitFor()
      const place = await ann.page.locator('.row.shown').evaluate((row) => ({
        focused: row === document.activeElement,
        top: row.getBoundingClientRect().top,
        height: innerHeight,
      }))
      expect(place.focused).toBe(true)
      expect(place.top).toBeGreaterThan(0)
      expect(place.top).toBeLessThan(place.height)
    }
    await ann.page.goto(`${stage.server.url}/chat?room=${room}#m-120`)
    await sees('m120')
    await ann.page.goto(`${stage.server.url}/chat?room=${room}#m-399`)
    await sees('m399')
    // Anew, as somebody who follows it from elsewhere.
    await ann.page.goto('about:blank')
    await ann.page.goto(`${stage.server.url}/chat?room=${room}#m-7`)
    await sees('m7')
    await ann.page.evaluate(() => {
      location.hash = '#m-9999'
    })
    await expect.poll(() => ann.announced()).toContain('This message is not here')
  })
})
