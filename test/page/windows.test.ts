/** Several windows of one person, and a window whose connection is gone. */
import { describe, expect, it } from 'vitest'
import { hasBrowser } from '../support/browser.ts'
import { freshRoom } from '../support/chat-client.ts'
import { ChatPage, chatStage } from '../support/chat-page.ts'

describe.skipIf(!hasBrowser)('windows of one browser', () => {
  const stage = chatStage('--rate-limit', 'off')

  /** Another window of the same browser. */
  async function beside(chat: ChatPage, name: string, room: string): Promise<ChatPage> {
    const other = new ChatPage(await chat.tab.sibling())
    await other.page.goto(`${stage.server.url}/chat?room=${room}`)
    await other.join(name)
    return other
  }
  const sockets = (...chats: readonly ChatPage[]): number =>
    chats.flatMap(({ tab }) => tab.requests.filter((url) => url.startsWith('ws:'))).length

  it('share a connection and what waits in one room, have drafts of their own, and need none of the others', async () => {
    const room = freshRoom()
    const a = await stage.visit('Ann', { room })
    const b = await beside(a, 'Ann', room)
    expect(sockets(a, b)).toBe(1)
    await a.say('from the first')
    await b.say('from the second')
    for (const chat of [a, b]) {
      await chat.hears('from the first')
      await chat.hears('from the second')
      await chat.page.locator('.message.user .status.sent').nth(1).waitFor()
      expect(await chat.texts()).toHaveLength(2)
    }
    await a.field.fill('half of the first')
    await b.field.fill('half of the second')
    for (const chat of [b, a]) {
      await chat.page.reload()
      await chat.inRoom()
    }
    expect(await a.field.inputValue()).toBe('half of the first')
    expect(await b.field.inputValue()).toBe('half of the second')
    await a.page.close()
    await b.say('alone')
    await b.page.locator('.message.user .status.sent').nth(2).waitFor()
    expect(await b.texts()).toEqual(['from the first', 'from the second', 'alone'])
  })

  it('have connections of their own in different rooms and under different names', async () => {
    const [room, other] = [freshRoom(), freshRoom()]
    const a = await stage.visit('Ann', { room })
    const b = await beside(a, 'Ann', other)
    const c = await beside(a, 'Cai', room)
    expect(sockets(a, b, c)).toBe(3)
    await a.say('here')
    await c.hears('here')
    await b.say('there')
    await b.page.locator('.status.sent').waitFor()
    expect(await a.texts()).toEqual(['here'])
    expect(await b.texts()).toEqual(['there'])
    expect(await c.page.locator('.message.other').count()).toBe(1)
  })

  it('stay who they are over a reload, whoever has come in last, and what waits arrives once', async () => {
    const room = freshRoom()
    const alice = stage.keep(new ChatPage(await stage.browser.open()))
    let holds = false
    await alice.tab.context.routeWebSocket(/\/ws\//u, (socket) => {
      const line = socket.connectToServer()
      socket.onMessage((data) => {
        if (!holds || !String(data).includes('client_id')) line.send(data)
      })
    })
    await alice.page.goto(`${stage.server.url}/chat?room=${room}`)
    await alice.join('Alice')
    const bob = await beside(alice, 'Bob', room)
    holds = true
    await alice.say('of Alice')
    await bob.say('of Bob')
    await alice.page.locator('.status.sending').waitFor()
    await bob.page.locator('.status.sending').waitFor()
    for (const [chat, name, other] of [
      [alice, 'Alice', 'Bob'],
      [bob, 'Bob', 'Alice'],
    ] as const) {
      await chat.page.reload()
      await chat.inRoom()
      await chat.page.locator('.people li', { hasText: name }).getByText('you').waitFor()
      await chat.page.locator('.message.user', { hasText: `of ${name}` }).waitFor()
      expect(await chat.texts()).not.toContain(`of ${other}`)
    }
    holds = false
    await Promise.all([alice, bob].map(({ page }) => page.reload()))
    for (const chat of [alice, bob]) {
      await chat.page.locator('.message.user .status.sent').waitFor()
      await chat.page.locator('.message.other').waitFor()
      expect((await chat.texts()).toSorted()).toEqual(['of Alice', 'of Bob'])
    }
  })

  it('begin with the name that was used last where they have none of their own', async () => {
    const room = freshRoom()
    const a = await stage.visit('Alice', { room })
    const b = await beside(a, 'Bob', room)
    const fresh = new ChatPage(await a.tab.sibling())
    await fresh.page.goto(`${stage.server.url}/chat`)
    for (const [chat, name] of [
      [fresh, 'Bob'],
      [b, 'Bob'],
      [a, 'Alice'],
    ] as const) {
      if (chat !== fresh) await chat.page.getByRole('button', { name: 'Disconnect' }).click()
      expect(await chat.page.locator('input[name=username]').inputValue()).toBe(name)
    }
  })

  it.each(['at the end', 'further up'])(
    'without a connection claim nothing, and keep what is read %s where it is, uncovered',
    async (place) => {
      const tab = await stage.browser.open({ size: { width: 390, height: 844 } })
      let cut = false
      const lines: (() => void)[] = []
      await tab.page.routeWebSocket(/\/ws\//u, (socket) => {
        if (cut) return void socket.close({ code: 4009, reason: 'cut' })
        const line = socket.connectToServer()
        // The page's end first: what it sends into a line that is closing is an error of the browser's.
        lines.push(() => void socket.close({ code: 4009, reason: 'cut' }).then(() => line.close()))
      })
      const ann = stage.keep(new ChatPage(tab))
      await tab.page.goto(`${stage.server.url}/chat?room=${freshRoom()}`)
      await ann.join('Ann')
      for (let i = 1; i <= 30; i++) await ann.say(`line ${i}`)
      await ann.page.locator('.status.sent').nth(29).waitFor()
      await ann.page.locator('.sync.complete').waitFor()
      if (place === 'further up') await ann.bubble('line 12').scrollIntoViewIfNeeded()
      const row = ann.bubble(place === 'further up' ? 'line 16' : 'line 30')
      const before = await row.boundingBox()
      cut = true
      for (const end of lines) end()
      await ann.page.locator('.pill').waitFor()
      await ann.page.locator('.sync').waitFor({ state: 'detached' })
      const moved = async (): Promise<number> =>
        Math.abs(((await row.boundingBox())?.y ?? 0) - (before?.y ?? 0))
      await expect.poll(moved).toBeLessThanOrEqual(1)
      // Looked at again when a further try has just put another pill in place of this one.
      const isAbove = async (): Promise<boolean> => {
        const [pill, view] = await Promise.all(
          ['.pill', '.scroller'].map((part) => ann.page.locator(part).boundingBox()),
        )
        return pill != null && view != null && pill.y > 0 && pill.y + pill.height <= view.y
      }
      await expect.poll(isAbove).toBe(true)
    },
  )
})
