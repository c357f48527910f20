import { describe, expect, it } from 'vitest'
import { hasBrowser } from '../support/browser.ts'
import { freshRoom } from '../support/chat-client.ts'
import { ChatPage, chatStage, type VisitOptions } from '../support/chat-page.ts'

describe.skipIf(!hasBrowser)('what one can do with a message', () => {
  const stage = chatStage('--rate-limit', 'off')
  let room: string
  const comes = (name: string, options: VisitOptions = {}): Promise<ChatPage> =>
    stage.visit(name, { room, ...options })
  const rowOf = (chat: ChatPage, text: string) =>
    chat.page.locator('.row', { has: chat.page.getByText(text, { exact: true }) })
  const tools = async (chat: ChatPage, text: string, what: string): Promise<void> => {
    await rowOf(chat, text).hover()
    await rowOf(chat, text).locator('.tools').click()
    await chat.page.locator('.tools-card').getByRole('button', { name: what }).click()
  }

  it('answers it, with a quote that leads there', async () => {
    room = freshRoom()
    const [ann, ben] = [await comes('Ann'), await comes('Ben')]
    await ann.say('Who brings the cake?')
    await ben.hears('Who brings the cake?')
    await tools(ben, 'Who brings the cake?', 'Reply')
    expect(await ben.page.locator('.strip').innerText()).toMatch(/Reply to Ann\s*Who brings the cake/u)
    expect(await ben.field.evaluate((field) => field === document.activeElement)).toBe(true)
    await ben.say('I do')
    await ann.hears('I do')
    const quote = rowOf(ann, 'I do').locator('.quote')
    expect(await quote.innerText()).toMatch(/Ann\s+Who brings the cake/u)
    await quote.click()
    await ann.page.locator('.row.shown', { hasText: 'Who brings the cake?' }).first().waitFor()
    expect(await ben.page.locator('.strip').count()).toBe(0)
    await ben.say('no quote')
    await ann.hears('no quote')
    expect(await rowOf(ann, 'no quote').locator('.quote').count()).toBe(0)
  })

  it('begins where the reader has just scrolled to', async () => {
    room = freshRoom()
    const ann = await comes('Ann', { size: { width: 390, height: 844 } })
    for (let i = 1; i <= 30; i++) await ann.say(`line ${i}`)
    await ann.page.locator('.status.sent').nth(29).waitFor()
    // A tap may come before the event of the scrolling that led to its place.
    const moved = await ann.page.evaluate(async () => {
      const scroller = document.querySelector('.scroller')
      if (scroller === null) return null
      scroller.scrollTop -= 600
      const { scrollTop: wanted } = scroller
      const shown = [...document.querySelectorAll<HTMLElement>('.tools')].find(
        (each) => each.getBoundingClientRect().top > 300,
      )
      shown?.focus({ preventScroll: true })
      for (let frame = 0; frame < 4; frame++) await new Promise((resolve) => requestAnimationFrame(resolve))
      return scroller.scrollTop - wanted
    })
    expect(Math.abs(moved ?? Number.NaN)).toBeLessThanOrEqual(1)
    await rowOf(ann, 'line 12').scrollIntoViewIfNeeded()
    await rowOf(ann, 'line 12').locator('.tools').click()
    await ann.page.locator('.tools-card:popover-open').waitFor()
    // The one that is open closes, and the other one opens, in one tap.
    await ann.page.evaluate(() => {
      document.querySelector<HTMLElement>('.tools-card')?.hidePopover()
      document.querySelectorAll<HTMLElement>('.tools').item(9).click()
    })
    await ann.page.locator('.tools-card:popover-open').getByRole('button', { name: 'Reply' }).click()
    await ann.page.locator('.strip').waitFor()
  })

  it('puts reactions on it, counts them, and takes them back', async () => {
    room = freshRoom()
    const [ann, ben] = [await comes('Ann'), await comes('Ben')]
    await ann.say('It works')
    await ben.hears('It works')
    await tools(ben, 'It works', 'React with 👍')
    const chip = rowOf(ann, 'It works').locator('.chip')
    await chip.waitFor()
    expect(await chip.getAttribute('title')).toBe('👍 from Ben')
    expect(await chip.getAttribute('aria-pressed')).toBe('false')
    await chip.click()
    await expect.poll(() => rowOf(ben, 'It works').locator('.chip').innerText()).toBe('👍 2')
    await rowOf(ben, 'It works').locator('.chip').click()
    await expect.poll(() => chip.innerText()).toBe('👍 1')
    await ben.page.reload()
    await ben.inRoom()
    await expect.poll(() => rowOf(ben, 'It works').locator('.chip').innerText()).toBe('👍 1')
  })

  it('changes one’s own, by menu and by the arrow key, and keeps what was being written', async () => {
    room = freshRoom()
    const [ann, ben] = [await comes('Ann'), await comes('Ben')]
    await ann.say('Helo')
    await ben.hears('Helo')
    await ann.page.locator('.status.sent').waitFor()
    await ann.field.press('ArrowUp')
    expect(await ann.field.inputValue()).toBe('Helo')
    await ann.field.press('Escape')
    expect(await ann.field.inputValue()).toBe('')
    await ann.field.fill('next')
    await tools(ann, 'Helo', 'Edit')
    expect(await ann.field.inputValue()).toBe('Helo')
    await ann.say('Hello')
    await ben.hears('Hello')
    expect(await rowOf(ben, 'Hello').locator('.meta').innerText()).toContain('edited')
    expect(await ann.field.inputValue()).toBe('next')
    expect(await ben.texts()).toEqual(['Hello'])
    await rowOf(ben, 'Hello').hover()
    await rowOf(ben, 'Hello').locator('.tools').click()
    expect(await ben.page.locator('.tools-card').getByRole('button', { name: 'Edit' }).count()).toBe(0)
  })

  it('takes one’s own back, after a second thought', async () => {
    room = freshRoom()
    const [ann, ben] = [await comes('Ann'), await comes('Ben')]
    await ann.say('oops')
    await ben.hears('oops')
    await tools(ann, 'oops', 'Delete')
    expect(await ann.page.locator('.tools-card').count()).toBe(1)
    await ann.page.getByRole('button', { name: 'Delete for everyone?' }).click()
    await ben.page.getByText('Ann deleted this message').waitFor()
    await ann.page.getByText('You deleted this message').waitFor()
    await ben.page.reload()
    await ben.inRoom()
    await ben.page.getByText('Ann deleted this message').waitFor()
    expect(await ben.page.getByText('oops').count()).toBe(0)
  })

  it('is done with the keyboard alone', async () => {
    room = freshRoom()
    const ann = await comes('Ann')
    await ann.say('mine')
    await ann.page.locator('.status.sent').waitFor()
    await ann.page.locator('.row:last-of-type').last().focus()
    await ann.page.keyboard.press('Enter')
    await ann.page.locator('.tools-card').waitFor()
    expect(await ann.page.evaluate(() => document.activeElement?.textContent)).toBe('👍')
    await ann.page.keyboard.press('Enter')
    await ann.page.locator('.chip').waitFor()
    await expect
      .poll(() => ann.page.evaluate(() => document.activeElement?.closest('.row') !== null))
      .toBe(true)
  })

  it('waits without a connection, also over a reload, and happens once', async () => {
    room = freshRoom()
    const ben = await comes('Ben')
    const tab = await stage.browser.open()
    let cut = false
    const lines: (() => void)[] = []
    await tab.page.routeWebSocket(/\/ws\//u, (socket) => {
      if (cut) return void socket.close({ code: 4009, reason: 'cut' })
      const line = socket.connectToServer()
      // The page's end first: what it sends into a line that is closing is an error of the browser's.
      lines.push(() => void socket.close({ code: 4009, reason: 'cut' }).then(() => line.close()))
    })
    const ann = stage.keep(new ChatPage(tab))
    await tab.page.goto(`${stage.server.url}/chat?room=${room}`)
    await ann.join('Ann')
    await ann.say('frist')
    await ben.hears('frist')
    await ann.page.locator('.status.sent').waitFor()
    cut = true
    for (const end of lines) end()
    await ann.page.locator('.pill').waitFor()
    await ann.field.press('ArrowUp')
    await ann.say('first')
    await tools(ann, 'first', 'React with 🎉')
    expect(await rowOf(ann, 'first').locator('.chip').innerText()).toBe('🎉 1')
    await rowOf(ann, 'first').locator('.status.queued').waitFor()
    cut = false
    await ann.page.reload()
    await ann.inRoom()
    await ben.hears('first')
    await rowOf(ben, 'first').locator('.chip').waitFor()
    expect(await rowOf(ben, 'first').locator('.chip').innerText()).toBe('🎉 1')
    expect(await ben.texts()).toEqual(['first'])
    await rowOf(ann, 'first').locator('.status.sent').waitFor()
  })

  it('tells that somebody writes, until it is said', async () => {
    room = freshRoom()
    const [ann, ben] = [await comes('Ann'), await comes('Ben')]
    await ann.field.pressSequentially('Hel')
    await ben.page.getByText('Ann is typing…').waitFor()
    expect(await ann.page.locator('.typing').count()).toBe(0)
    await ann.say('Hello')
    await ben.hears('Hello')
    await expect.poll(() => ben.page.locator('.typing').count()).toBe(0)
  })
})
