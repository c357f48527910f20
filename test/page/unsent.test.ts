/** What one leaves behind unsent: told on the way out and on the way in, and told where the browser keeps nothing. */
import type { WebSocketRoute } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { hasBrowser } from '../support/browser.ts'
import { enter, freshRoom } from '../support/chat-client.ts'
import { ChatPage, chatStage } from '../support/chat-page.ts'

describe.skipIf(!hasBrowser)('what was not sent', () => {
  const stage = chatStage()

  /** A page whose messages are swallowed while `holds`. */
  async function arrange(): Promise<{
    chat: ChatPage
    line: { holds: boolean; socket: WebSocketRoute | null }
  }> {
    const chat = stage.keep(new ChatPage(await stage.browser.open()))
    const line: { holds: boolean; socket: WebSocketRoute | null } = { holds: false, socket: null }
    await chat.tab.context.routeWebSocket(/\/ws\//u, (socket) => {
      line.socket = socket
      const up = socket.connectToServer()
      socket.onMessage((data) => {
        if (!line.holds || !String(data).includes('client_id')) up.send(data)
      })
    })
    return { chat, line }
  }
  const leave = (chat: ChatPage): Promise<void> =>
    chat.page.getByRole('button', { name: 'Disconnect' }).click()

  it('is named on the join screen by its author and room, there and in a new window, and sent on entering', async () => {
    const [room, other] = [freshRoom(), freshRoom()]
    const ben = await enter(stage.server, 'Ben', { room })
    const { chat, line } = await arrange()
    await chat.page.goto(`${stage.server.url}/chat?room=${room}`)
    expect(await chat.page.locator('.unsent').count()).toBe(0)
    await chat.join('Ann')
    line.holds = true
    await chat.say('one')
    await chat.say('two')
    await leave(chat)
    const place = chat.page.getByRole('button', { name: `2 messages of Ann in ${room}` })
    await place.waitFor()
    await expect.poll(() => chat.announced()).toContain('Not sent yet')

    await chat.join('Cai', other)
    expect(await chat.texts()).toEqual([])
    await leave(chat)
    await place.waitFor()
    const fresh = new ChatPage(await chat.tab.sibling())
    await fresh.page.goto(`${stage.server.url}/chat`)
    line.holds = false
    await fresh.page.getByRole('button', { name: `2 messages of Ann in ${room}` }).click()
    await fresh.inRoom()
    await fresh.page.locator('.status.sent').nth(1).waitFor()
    expect(await fresh.texts()).toEqual(['one', 'two'])
    await ben.hears('two')
    await leave(fresh)
    await fresh.page.locator('.join button[type=submit]').waitFor()
    await chat.page.evaluate(() => dispatchEvent(new Event('focus')))
    await place.waitFor({ state: 'detached' })
    expect(await fresh.page.locator('.unsent').count()).toBe(0)
    await ben.leave()
  })

  it('and is not kept is told so beside the field, and lost by nobody who was not asked', async () => {
    const { chat, line } = await arrange()
    await chat.page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('forbidden', 'SecurityError')
      }
    })
    const questions: string[] = []
    let yes = false
    chat.page.on('dialog', (dialog) => {
      questions.push(`${dialog.type()} ${dialog.message()}`)
      void (yes ? dialog.accept() : dialog.dismiss())
    })
    const warning = chat.page.getByText('This browser keeps nothing')
    await chat.page.goto(`${stage.server.url}/chat?room=${freshRoom()}`)
    await chat.join('Ann')
    await chat.say('arrives')
    await chat.page.locator('.status.sent').waitFor()
    expect(await warning.count()).toBe(0)
    line.holds = true
    await chat.say('waits')
    await warning.first().waitFor()
    await leave(chat)
    expect(questions).toEqual(['confirm 1 message is not sent yet and would be lost. Leave?'])
    expect(await chat.texts()).toEqual(['arrives', 'waits'])

    line.holds = false
    await line.socket?.close({ code: 4009, reason: 'cut' })
    await chat.page.locator('.status.sent').nth(1).waitFor()
    await chat.page.locator('.unkept').waitFor({ state: 'detached' })
    line.holds = true
    await chat.say('given up')
    await chat.page.locator('.unkept').waitFor()
    yes = true
    await leave(chat)
    await chat.page.locator('.join').waitFor()
    expect(questions).toHaveLength(2)
  })

  it('and is not kept holds the page when it is closed', async () => {
    const { chat, line } = await arrange()
    await chat.page.addInitScript(() => Reflect.deleteProperty(window, 'indexedDB'))
    const asked = new Promise<string>((resolve) => {
      chat.page.on('dialog', (dialog) => {
        resolve(dialog.type())
        void dialog.accept()
      })
    })
    await chat.page.goto(`${stage.server.url}/chat?room=${freshRoom()}`)
    await chat.join('Ann')
    line.holds = true
    await chat.say('waits')
    await chat.page.locator('.status.sending').waitFor()
    await chat.page.reload()
    expect(await asked).toBe('beforeunload')
  })
})
