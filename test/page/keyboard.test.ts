import { describe, expect, it } from 'vitest'
import { hasBrowser } from '../support/browser.ts'
import { enter, freshRoom } from '../support/chat-client.ts'
import { type ChatPage, chatStage, visit } from '../support/chat-page.ts'
import { startServer } from '../support/server.ts'

describe.skipIf(!hasBrowser)('the page without eyes or mouse', () => {
  const stage = chatStage('--rate-limit', 'off')
  let room: string
  const comes = (name: string): Promise<ChatPage> => stage.visit(name, { room })
  const focused = (chat: ChatPage): Promise<string> =>
    chat.page.evaluate(
      () =>
        document.activeElement?.querySelector('.text')?.textContent ?? document.activeElement?.tagName ?? '',
    )

  it('walks the messages with arrow keys, Home and End, from one tab stop', async () => {
    room = freshRoom()
    const bot = await enter(stage.server, 'Bot', { room, v1: true })
    for (let n = 1; n <= 300; n++) bot.say(n === 299 ? 'https://example.com/299' : String(n))
    await bot.hears('300')
    const ann = await comes('Ann')
    await ann.hears('300')
    await ann.field.press('Shift+Tab')
    expect(await focused(ann)).toContain('Welcome to the chat room, Ann!')
    await ann.page.keyboard.press('ArrowUp')
    expect(await focused(ann)).toBe('300')
    await ann.page.keyboard.press('ArrowUp')
    expect(await focused(ann)).toBe('https://example.com/299')
    // A link inside the message is the next stop, then comes the field.
    await ann.page.keyboard.press('Tab')
    expect(await ann.page.evaluate(() => document.activeElement?.tagName)).toBe('A')
    await ann.page.keyboard.press('Tab')
    await ann.page.keyboard.press('Shift+Tab')
    await ann.page.keyboard.press('Shift+Tab')
    expect(await focused(ann)).toBe('https://example.com/299')
    for (let n = 298; n >= 100; n--) {
      await ann.page.keyboard.press('ArrowUp')
      await expect.poll(() => focused(ann)).toBe(String(n))
    }
    const inView = await ann.page.evaluate(() => {
      const box = document.activeElement?.getBoundingClientRect()
      const view = document.querySelector('.scroller')?.getBoundingClientRect()
      return [box?.top, box?.bottom, view?.top, view?.bottom, document.querySelector('.scroller')?.scrollTop]
    })
    const [top = 0, bottom = 0, upper = 0, lower = 0] = inView
    expect(top >= upper && bottom <= lower, JSON.stringify(inView)).toBe(true)
    // What comes meanwhile takes the focus from nobody, and what is focused stays in the document.
    bot.say('new')
    await ann.page.getByText('1 new message').waitFor()
    expect(await focused(ann)).toBe('100')
    await ann.page.evaluate(() => document.querySelector('.scroller')?.scrollTo(0, 1e9))
    await ann.hears('new')
    expect(await focused(ann)).toBe('100')
    await ann.page.keyboard.press('End')
    await expect.poll(() => focused(ann)).toBe('new')
    await ann.page.keyboard.press('Home')
    await ann.page.keyboard.press('ArrowDown')
    await expect.poll(() => focused(ann)).toMatch(/^\d+$/u)
    await ann.page.keyboard.press('Escape')
    expect(await ann.page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA')
    await bot.leave()
  })

  it('opens a person, whispers, and comes back without a mouse', async () => {
    room = freshRoom()
    const ben = await enter(stage.server, 'Ben', { room })
    const ann = await comes('Ann')
    await ann.page.locator('.people button', { hasText: 'Ben' }).focus()
    await ann.page.keyboard.press('Enter')
    await ann.page.locator('.card .whisper').waitFor()
    await ann.page.keyboard.press('Escape')
    expect(await ann.page.evaluate(() => document.activeElement?.textContent)).toContain('Ben')
    await ann.page.keyboard.press('Enter')
    await ann.page.keyboard.press('Enter')
    await ann.page.locator('.strip').waitFor()
    await ann.page.keyboard.type('psst')
    await ann.page.keyboard.press('Enter')
    expect(await ben.next('private')).toMatchObject({ from: 'Ann', message: 'psst' })
    await ben.leave()
  })

  it('tells each message to screen readers by author, time and text', async () => {
    room = freshRoom()
    const ann = await comes('Ann')
    const ben = await enter(stage.server, 'Ben', { room })
    ben.say('one')
    ben.say('two')
    await ann.hears('two')
    const named = ann.page.getByRole('article', { name: /^Ben \d+:\d\d/u })
    expect(await named.count()).toBe(2)
    expect(await ann.page.getByRole('feed', { name: 'Messages' }).count()).toBe(1)
    expect(await ann.page.locator('.scroller [aria-live]').count()).toBe(0)
    await ben.leave()
  })

  it('announces at most one sentence a second, counts when flooded, and leaves out one’s own', async () => {
    room = freshRoom()
    const ann = await comes('Ann')
    const spoken: { at: number; sentence: string }[] = []
    await ann.page.exposeFunction('note', (text: string) => {
      const [at, sentence] = text.split('|')
      spoken.push({ at: Number(at), sentence: sentence ?? '' })
    })
    await ann.page.evaluate(() => {
      const region = document.querySelector('[role=status][aria-live=polite]')
      const listen = new MutationObserver(() =>
        window.note?.(`${performance.now()}|${region?.textContent ?? ''}`),
      )
      if (region !== null) listen.observe(region, { childList: true, subtree: true, characterData: true })
    })
    const ben = await enter(stage.server, 'Ben', { room, v1: true })
    const started = performance.now()
    for (let n = 1; n <= 100; n++) ben.say(String(n))
    await ann.say('my own')
    await ann.hears('100')
    ben.say('psst', { target_user: 'Ann' })
    await expect.poll(() => spoken.reduce((sum, { sentence }) => sum + countIn(sentence), 0)).toBe(101)
    // The page may see one of them late.
    for (const [i, { at }] of spoken.entries())
      if (i > 0) expect(at - (spoken[i - 1]?.at ?? 0)).toBeGreaterThan(500)
    expect(spoken.length).toBeLessThan(4 + (performance.now() - started) / 1_000)
    expect(spoken.map(({ sentence }) => sentence).join()).not.toContain('my own')
    await ben.leave()
  })

  it('announces the loss of the connection and its return, once each', async () => {
    room = freshRoom()
    const lone = await startServer()
    const ann = await visit(stage.browser, lone, 'Ann', { room })
    await lone.kill()
    await expect.poll(() => ann.announced()).toBe('Connection lost. Reconnecting.')
    await ann.page.locator('.pill').waitFor()
    await ann.tab.close()
  })
})

/** How many messages a sentence stands for. */
function countIn(sentence: string): number {
  const several = /^(\d+) new messages$/u.exec(sentence)
  return several === null ? 1 : Number(several[1])
}
