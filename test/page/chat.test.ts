import { describe, expect, it } from 'vitest'
import { hasBrowser } from '../support/browser.ts'
import { enter, freshRoom } from '../support/chat-client.ts'
import { ChatPage, chatStage, visit, type VisitOptions } from '../support/chat-page.ts'
import { makeDataFolder, startServer } from '../support/server.ts'
import { rm } from 'node:fs/promises'

describe.skipIf(!hasBrowser)('the chat page', () => {
  const stage = chatStage()
  let room: string
  const comes = (name: string, options: VisitOptions = {}): Promise<ChatPage> =>
    stage.visit(name, { room, ...options })

  it('lets two people talk, each seeing who says what', async () => {
    room = freshRoom()
    const ann = await comes('Ann')
    const ben = await comes('Ben')
    await ann.page.getByText('Ben joined').waitFor()
    await ann.say('Hello Ben')
    await ben.hears('Hello Ben')
    await ben.say('哈囉，Ann！\n第二行')
    await ann.hears('哈囉，Ann！\n第二行')
    expect(await ann.bubbles('user').allInnerTexts()).toEqual([
      expect.stringMatching(/Ann\s+Hello Ben\s+\d+:\d\d/u),
    ])
    expect(await ann.bubbles('other').allInnerTexts()).toEqual([
      expect.stringMatching(/Ben\s+哈囉，Ann！\n第二行\s+\d+:\d\d/u),
    ])
    expect(await ben.bubbles('user').count()).toBe(1)
    await ben.page.getByRole('button', { name: 'Disconnect' }).click()
    await ann.page.getByText('Ben left').waitFor()
    await ben.page.getByLabel('Your name').waitFor()
  })

  it('shows one’s own message in the next frame, and once', async () => {
    room = freshRoom()
    const ann = await comes('Ann')
    await ann.field.fill('quick')
    const frames = await ann.page.evaluate(async () => {
      const field = document.querySelector<HTMLTextAreaElement>('.composer textarea')
      field?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
      let passed = 0
      while (document.querySelector('.message.user') === null && passed < 100) {
        passed++
        await new Promise(requestAnimationFrame)
      }
      return passed
    })
    expect(frames).toBeLessThanOrEqual(1)
    await ann.page.locator('.status.sent').waitFor()
    await ann.say('quick')
    await expect.poll(() => ann.page.locator('.status.sent').count()).toBe(2)
    expect(await ann.texts()).toEqual(['quick', 'quick'])
  })

  it('whispers to one person only, and says so before, while and after', async () => {
    room = freshRoom()
    const [ann, ben, cai] = [await comes('Ann'), await comes('Ben'), await comes('Cai')]
    await ann.field.fill('for all')
    await ann.whisperTo('Ben')
    expect(await ann.field.inputValue()).toBe('')
    expect(await ann.page.locator('.strip').innerText()).toMatch(/To Ben.*Only Ben sees this/su)
    expect(await ann.field.getAttribute('placeholder')).toBe('Private message to Ben')
    await ann.say('secret')
    await ben.hears('secret')
    expect(await ben.bubbles('private').innerText()).toContain('Private, from Ann')
    expect(await ann.bubbles('private').innerText()).toContain('Private, to Ben')
    await ben.page.getByRole('button', { name: 'Reply privately' }).click()
    await ben.say('got it')
    await ann.hears('got it')
    await ann.field.press('Escape')
    expect(await ann.field.inputValue()).toBe('for all')
    await ann.field.press('Enter')
    await cai.hears('for all')
    expect(await cai.texts()).toEqual(['for all'])
    await ann.page.reload()
    await ann.inRoom()
    await expect.poll(() => ann.texts()).toEqual(['secret', 'got it', 'for all'])
  })

  it('does not send a whisper to whoever took the name since', async () => {
    room = freshRoom()
    const ann = await comes('Ann')
    const first = await enter(stage.server, 'Zoe', { room })
    await ann.whisperTo('Zoe')
    await ann.field.fill('only for you')
    await first.leave()
    await ann.page.getByText('Zoe is not here right now').waitFor()
    await ann.field.press('Enter')
    const second = await enter(stage.server, 'Zoe', { room })
    await ann.page.getByText('It may be somebody else').waitFor()
    await ann.field.press('Enter')
    expect(await ann.field.inputValue()).toBe('only for you')
    await second.quiet()
    await ann.page.getByRole('button', { name: 'Write to this Zoe' }).click()
    await ann.field.press('Enter')
    expect(await second.next('private')).toMatchObject({ from: 'Ann', message: 'only for you' })
    await second.leave()
  })

  it('says what is wrong with a name, a room, and a name that is taken', async () => {
    room = freshRoom()
    const taken = await enter(stage.server, 'Taken', { room })
    const tab = await stage.browser.open()
    const chat = stage.keep(new ChatPage(tab))
    await tab.page.goto(`${stage.server.url}/chat?room=${room}`)
    const name = tab.page.getByLabel('Your name')
    const connect = tab.page.getByRole('button', { name: 'Connect' })
    for (const [value, words] of [
      ['', 'Please enter a name.'],
      ['admin', 'This name is reserved.'],
      ['a/b', 'cannot be used'],
      ['x'.repeat(40), '32 characters at most'],
      ['ｔａｋｅｎ', 'already bears this name'],
    ] as const) {
      await name.fill(value)
      await connect.click()
      await tab.page.getByText(words).waitFor()
      expect(await name.getAttribute('aria-invalid')).toBe('true')
      expect(await name.evaluate((field) => field === document.activeElement)).toBe(true)
    }
    await name.fill('Fine')
    await tab.page.getByLabel('Room').fill('no spaces here')
    await connect.click()
    await tab.page.getByText('Only letters, digits').waitFor()
    await tab.page.getByLabel('Room').fill(room)
    await connect.click()
    await chat.inRoom()
    await taken.leave()
  })

  it('keeps the draft, the name and the room across a reload', async () => {
    room = freshRoom()
    const ann = await comes('Ann')
    await ann.say('said before')
    await ann.page.locator('.status.sent').waitFor()
    await ann.field.fill('half a sent')
    await ann.page.reload()
    await ann.inRoom()
    expect(await ann.field.inputValue()).toBe('half a sent')
    await ann.hears('said before')
    expect(new URL(ann.page.url()).searchParams.get('room')).toBe(room)
    await ann.page.getByRole('button', { name: 'Disconnect' }).click()
    expect(await ann.page.getByLabel('Your name').inputValue()).toBe('Ann')
    await ann.page.reload()
    await ann.page.getByLabel('Your name').waitFor()
  })

  it('is one person in two tabs', async () => {
    room = freshRoom()
    const ann = await comes('Ann')
    const tab = await ann.tab.sibling()
    const second = new ChatPage(tab)
    await tab.page.goto(`${stage.server.url}/chat?room=${room}`)
    await second.join('Ann')
    await ann.say('from the first')
    await second.hears('from the first')
    expect(await second.bubbles('user').count()).toBe(1)
    expect(await second.page.locator('.people li').count()).toBe(1)
    await tab.page.close()
  })

  it('counts what was missed in the title', async () => {
    room = freshRoom()
    const ann = await comes('Ann')
    const ben = await enter(stage.server, 'Ben', { room })
    await ann.page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true })
    })
    ben.say('one')
    ben.say('two')
    await ann.hears('two')
    expect(await ann.page.title()).toBe(`(2) ${room} · Roomful`)
    await ann.page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: false, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    expect(await ann.page.title()).toBe(`${room} · Roomful`)
    await ben.leave()
  })

  it('makes links of addresses, and nothing else of anything', async () => {
    room = freshRoom()
    const ann = await comes('Ann')
    const hostile = '<img src=x onerror=alert(1)> javascript:alert(1) https://example.com/a?b&c <b>x</b>'
    await ann.say(hostile)
    await ann.page.locator('.status.sent').waitFor()
    expect(await ann.texts()).toEqual([hostile])
    const link = ann.page.locator('.message a')
    expect(await link.count()).toBe(1)
    expect(await link.getAttribute('href')).toBe('https://example.com/a?b&c')
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow')
    expect(await ann.page.locator('.message img, .message b').count()).toBe(0)
  })

  it('shares the room by link and QR code', async () => {
    room = '讀書會'
    const ann = await comes('Ann')
    await ann.page.getByRole('button', { name: 'Share' }).click()
    const link = await ann.page.getByLabel('Link to this room').inputValue()
    expect(link).toBe(`${stage.server.url}/chat?room=${encodeURIComponent('讀書會')}`)
    await ann.page.locator('.qr path').waitFor()
    await ann.page.keyboard.press('Escape')
    const ben = await stage.visit('Ben', {})
    await ben.page.goto(link)
    expect(await ben.page.getByLabel('Room').inputValue()).toBe('讀書會')
  })

  it('MS11: finds the history again after the server was restarted', async () => {
    room = freshRoom()
    const dataFolder = await makeDataFolder()
    const before = await startServer({ dataFolder })
    const ann = await visit(stage.browser, before, 'Ann', { room })
    await ann.say('one')
    await ann.say('two')
    await expect.poll(() => ann.page.locator('.status.sent').count()).toBe(2)
    await before.stop()
    await ann.page.getByText('Next try in').waitFor()
    await ann.page.locator('.composer').getByText('goes out later by itself').waitFor()
    await ann.say('said while away')
    await ann.say('and more')
    await ann.say('changed my mind')
    await ann.page.locator('.after.queued').nth(2).getByRole('button', { name: 'Discard' }).click()
    await ann.field.fill('typed while away')
    expect(await ann.texts()).toEqual(['one', 'two', 'said while away', 'and more'])
    const after = await startServer({ dataFolder, args: ['--port', String(before.port)] })
    await ann.page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 5000 })
      .catch(() => undefined)
    await ann.inRoom()
    expect(await ann.field.inputValue()).toBe('typed while away')
    await ann.field.press('Enter')
    await expect.poll(() => ann.page.locator('.status.sent').count()).toBe(5)
    await ann.page.reload()
    await ann.inRoom()
    const all = ['one', 'two', 'said while away', 'and more', 'typed while away']
    await expect.poll(() => ann.texts()).toEqual(all)
    expect(ann.tab.faults).toEqual([])
    await ann.tab.close()
    await after.stop()
    await rm(dataFolder, { recursive: true, force: true })
  })
})
