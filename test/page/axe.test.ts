import type { WebSocketRoute } from 'playwright-core'
import { afterAll, beforeAll, describe, it, onTestFinished } from 'vitest'
import { expectNoViolations } from '../support/axe.ts'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { type ChatClient, enter, freshRoom } from '../support/chat-client.ts'
import { ChatPage } from '../support/chat-page.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const LANGS = [{ lang: 'en' }, { lang: 'zh-Hant' }] as const

describe.skipIf(!hasBrowser)('axe finds nothing', () => {
  let browser: TestBrowser
  let server: RunningServer

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([startBrowser(), startServer()])
  })
  afterAll(async () => {
    await Promise.all([browser.close(), server.stop()])
  })

  const check = (chat: ChatPage, state: string): Promise<void> => expectNoViolations(chat.page, state)

  /** A page whose connection is in the test's hands. */
  const arrange = async ({ lang }: (typeof LANGS)[number], phone = false) => {
    const size = phone ? { width: 390, height: 844 } : { width: 1280, height: 900 }
    // Half-faded text has another contrast.
    const tab = await browser.open({ lang, size, context: { reducedMotion: 'reduce' } })
    // Also after a failure, so that its name is free for the next one.
    onTestFinished(() => tab.close())
    const line: { socket: WebSocketRoute | null; hold: boolean } = { socket: null, hold: false }
    await tab.page.routeWebSocket(/\/ws\//u, (socket) => {
      line.socket = socket
      const up = socket.connectToServer()
      socket.onMessage((data) => {
        if (!line.hold || !String(data).includes('client_id')) up.send(data)
      })
    })
    return { chat: new ChatPage(tab), line }
  }
  const tell = (line: { socket: WebSocketRoute | null }, frame: object): void =>
    line.socket?.send(JSON.stringify(frame))

  /** Everything that can stand in a transcript. */
  const furnish = async (
    chat: ChatPage,
    line: { socket: WebSocketRoute | null; hold: boolean },
    room: string,
  ): Promise<ChatClient[]> => {
    const ben = await enter(server, 'Ben', { room, v1: true })
    const cai = await enter(server, '小蔡', { room, v1: true })
    await enter(server, 'Dan', { room }).then((dan) => dan.leave())
    ben.say('Hello, see https://example.com/page')
    ben.say('second of a group')
    cai.say('大家好！')
    ben.say('psst', { target_user: 'Ann' })
    await chat.hears('psst')
    await chat.say('我的訊息 https://example.com/')
    await chat.page.locator('.status.sent').waitFor()
    ben.send({ type: 'edit', seq: 2, message: 'second of a group, changed' })
    ben.send({ type: 'reaction', seq: 4, emoji: '👍' })
    ben.send({ type: 'message', message: 'an answer', reply_to: 4 })
    ben.send({ type: 'message', message: 'an answer to an answer', reply_to: 7 })
    cai.send({ type: 'reaction', seq: 2, emoji: '🎉' })
    await chat.hears('an answer to an answer')
    cai.send({ type: 'message', message: 'oops' })
    await chat.hears('oops')
    cai.send({ type: 'delete', seq: 10 })
    await chat.page.locator('.gone').waitFor()
    cai.send({ type: 'away', away: true })
    ben.send({ type: 'typing' })
    await chat.page.locator('.typing').waitFor()
    line.hold = true
    await chat.say('on its way')
    await chat.say('refused')
    tell(line, {
      type: 'message',
      username: 'Ben',
      message: 'after a gap',
      timestamp: new Date().toISOString(),
      id: 'x',
      seq: 40,
      room,
    })
    await chat.hears('after a gap')
    return [ben, cai]
  }

  describe.each(LANGS)('in $lang, light and dark', (look) => {
    it('on the join screen, with and without a fault, and while waiting', async () => {
      const { chat } = await arrange(look)
      await chat.page.goto(`${server.url}/chat`)
      await chat.page.locator('.join').waitFor()
      await check(chat, 'join')
      await chat.page.locator('.join button[type=submit]').click()
      await chat.page.locator('.field .fault').waitFor()
      await check(chat, 'fault')
      await chat.page.routeWebSocket(
        /\/ws\//u,
        (socket) => void socket.close({ code: 1008, reason: 'Server is full' }),
      )
      await chat.page.locator('input[name=username]').fill('Ann')
      await chat.page.locator('.join button[type=submit]').click()
      await chat.page.locator('.entering .fault').waitFor()
      await check(chat, 'full')
      await chat.tab.close()
    })

    it('with what was not sent: kept, as the join screen tells, and not kept', async () => {
      for (const kept of [true, false]) {
        const { chat, line } = await arrange(look)
        if (!kept) await chat.page.addInitScript(() => Reflect.deleteProperty(window, 'indexedDB'))
        await chat.page.goto(`${server.url}/chat?room=${freshRoom()}`)
        await chat.join('Ann')
        line.hold = true
        await chat.say('waits')
        await chat.page.locator(kept ? '.status.sending' : '.unkept').waitFor()
        if (!kept) await check(chat, 'not kept')
        if (kept) {
          await chat.page
            .getByRole('button', { name: look.lang === 'en' ? 'Disconnect' : '中斷連線' })
            .click()
          await chat.page.locator('.unsent button').waitFor()
          await check(chat, 'unsent')
        }
        await chat.tab.close()
      }
    })

    it.each([['desktop'], ['phone']])('in the room, in every state (%s)', async (device) => {
      const room = freshRoom()
      const phone = device === 'phone'
      const { chat, line } = await arrange(look, phone)
      await chat.page.goto(`${server.url}/chat?room=${room}`)
      await chat.join('Ann')
      await check(chat, 'empty room')
      const others = await furnish(chat, line, room)
      await check(chat, 'conversation')
      if (phone) {
        await chat.page.locator('.tight').click()
        await check(chat, 'menu')
        await chat.page.keyboard.press('Escape')
        await chat.page.locator('.bar [aria-expanded]').click()
        await check(chat, 'people')
      }
      if (phone) await chat.page.keyboard.press('Escape')
      await chat.page.locator('.row', { hasText: 'after a gap' }).locator('.tools').click()
      await chat.page.locator('.tools-card').waitFor()
      await check(chat, 'menu of a message')
      await chat.page.locator('.deeds .action').first().click()
      await check(chat, 'reply')
      await chat.field.press('Escape')
      await chat.field.press('ArrowUp')
      await chat.page.locator('.strip.about').waitFor()
      await check(chat, 'edit')
      await chat.field.press('Escape')
      await chat.page.evaluate(() => {
        location.hash = '#m-2'
      })
      await chat.page.locator('.row.shown').waitFor()
      await check(chat, 'a message by its link')
      if (phone) await chat.page.locator('.bar [aria-expanded]').click()
      await chat.page.locator('.people button', { hasText: 'Ben' }).click()
      await check(chat, 'person')
      await chat.page.locator('.card .whisper:visible').click()
      await chat.field.fill('x'.repeat(15_000))
      await check(chat, 'whisper, nearly too long')
      await others[0]?.leave()
      await chat.page.locator('.strip').getByText(/Ben/u).first().waitFor()
      await chat.field.fill('still here')
      const again = await enter(server, 'Ben', { room, v1: true })
      await chat.page.locator('.strip .action').nth(1).waitFor()
      await check(chat, 'whisper, somebody of the same name')
      await chat.field.press('Escape')
      if (phone) {
        await chat.page.locator('.tight').click()
        await chat.page.locator('.menu .action').first().click()
      } else await chat.page.locator('.roomy .action').first().click()
      await chat.page.locator('.qr path').waitFor()
      await check(chat, 'share')
      await chat.page.keyboard.press('Escape')
      line.hold = false
      await line.socket?.close({ code: 4009, reason: 'cut' })
      await chat.page.locator('.pill').waitFor()
      await check(chat, 'disconnected')
      await chat.inRoom()
      tell(line, { type: 'error', code: 'name_taken', message: 'x' })
      await line.socket?.close({ code: 4500, reason: 'Invalid name or room' })
      await chat.page.locator('.pill.stopped').waitFor()
      await check(chat, 'stopped')
      await Promise.all([again.leave(), others[1]?.leave()])
      await chat.tab.close()
    })
  })
})
