import { describe, expect, it } from 'vitest'
import { hasBrowser } from '../support/browser.ts'
import { enter, freshRoom } from '../support/chat-client.ts'
import { ChatPage, chatStage, type VisitOptions } from '../support/chat-page.ts'

/** What the reader has in view, with its place on the screen. */
interface Sight {
  readonly visible: readonly { readonly text: string; readonly top: number }[]
}

function look(chat: ChatPage): Promise<Sight> {
  return chat.page.evaluate(() => {
    const view = document.querySelector('.scroller')?.getBoundingClientRect()
    const visible = [...document.querySelectorAll('.message:not(.system)')].flatMap((bubble) => {
      const { top, bottom } = bubble.getBoundingClientRect()
      if (view === undefined || bottom <= view.top || top >= view.bottom) return []
      return [{ text: bubble.querySelector('.text')?.textContent ?? '', top }]
    })
    return {
      visible,
    }
  })
}

/**
 * Scrolls screen by screen until a message is in view, and notes the number of every message that was, and how many
 * rows the document held at most.
 */
function walk(chat: ChatPage, direction: 1 | -1, target: number) {
  return chat.page.evaluate(
    async ([sign, goal]) => {
      const scroller = document.querySelector('.scroller')
      const numbers = new Set<number>()
      let most = 0
      if (scroller === null) throw new Error('no transcript')
      for (let steps = 0; steps < 20_000 && !numbers.has(goal); steps++) {
        const view = scroller.getBoundingClientRect()
        most = Math.max(most, document.querySelectorAll('[data-key]').length)
        for (const bubble of document.querySelectorAll('.message:not(.system)')) {
          const { top, bottom } = bubble.getBoundingClientRect()
          if (bottom <= view.top || top >= view.bottom) continue
          numbers.add(Number.parseInt(bubble.querySelector('.text')?.textContent ?? '', 10))
        }
        scroller.scrollTop += sign * view.height * 0.9
        await new Promise(requestAnimationFrame)
      }
      return { first: Math.min(...numbers), last: Math.max(...numbers), seen: numbers.size, most }
    },
    [direction, target] as const,
  )
}

/** Scrolls by so many pixels and waits until two frames have passed. */
function scrollBy(chat: ChatPage, pixels: number): Promise<void> {
  return chat.page.evaluate(async (distance) => {
    const scroller = document.querySelector('.scroller')
    if (scroller !== null) scroller.scrollTop += distance
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)
  }, pixels)
}

describe.skipIf(!hasBrowser)('history on the page', () => {
  const stage = chatStage('--rate-limit', 'off')
  let room: string
  const comes = (name: string, options: VisitOptions = {}): Promise<ChatPage> =>
    stage.visit(name, { room, ...options })
  /** Fills the room with messages `1`, `2`, … of very different heights. */
  const fill = async (count: number, from = 1): Promise<void> => {
    const bot = await enter(stage.server, 'Bot', { room, v1: true })
    for (let n = from; n < from + count; n++) bot.say(textOf(n))
    await bot.hears(textOf(from + count - 1))
    await bot.leave()
  }
  const textOf = (n: number): string => (n % 7 === 0 ? `${n}\n${'long '.repeat((n * 13) % 90)}` : String(n))
  const numberOf = (text: string): number => Number.parseInt(text, 10)

  it('holds at most 120 rows of 10,000 messages, and every message can be reached', async () => {
    room = freshRoom()
    await fill(10_000)
    const ann = await comes('Ann', { size: { width: 1280, height: 1400 } })
    await ann.hears(textOf(10_000))
    const up = await walk(ann, -1, 1)
    expect(up).toMatchObject({ first: 1, last: 10_000, seen: 10_000 })
    // And back down, now that all of it is held.
    const down = await walk(ann, 1, 10_000)
    expect(down).toMatchObject({ first: 1, last: 10_000, seen: 10_000 })
    expect(Math.max(up.most, down.most)).toBeLessThanOrEqual(120)
  })

  it.each([
    ['desktop', { width: 1280, height: 800 }],
    ['phone', { width: 390, height: 844 }],
  ])('does not move what is read when older messages are put in front (%s)', async (_, size) => {
    room = freshRoom()
    await fill(400)
    const ann = await comes('Ann', { size })
    await ann.hears('400')
    // Every jump of any message that stays in view, over all pages of the history, is written down by the page itself.
    const drift = await ann.page.evaluate(async () => {
      const scroller = document.querySelector('.scroller')
      if (scroller === null) return Number.NaN
      const places = () =>
        new Map(
          [...document.querySelectorAll<HTMLElement>('[data-key] .message')].map((bubble) => [
            bubble.closest<HTMLElement>('[data-key]')?.dataset['key'] ?? '',
            bubble.getBoundingClientRect(),
          ]),
        )
      const inView = (box: DOMRect) => box.bottom > 80 && box.top < innerHeight - 100
      let worst = 0
      let pages = 0
      for (let turn = 0; turn < 400 && document.querySelector('.edge.start') === null; turn++) {
        scroller.scrollTop -= 150
        await new Promise(requestAnimationFrame)
        let before = places()
        for (let frame = 0; frame < 4; frame++) {
          const height = scroller.scrollHeight
          await new Promise(requestAnimationFrame)
          const after = places()
          for (const [key, box] of before) {
            const now = after.get(key)
            if (now !== undefined && inView(box)) worst = Math.max(worst, Math.abs(now.top - box.top))
          }
          if (scroller.scrollHeight > height + 1000) pages++
          before = after
        }
      }
      return pages === 0 ? Number.NaN : worst
    })
    expect(drift).toBeLessThanOrEqual(1)
  })

  it('stays at the end when new messages come, and does not when one reads above', async () => {
    room = freshRoom()
    await fill(100)
    const ann = await comes('Ann')
    await ann.hears('100')
    await fill(3, 101)
    await ann.hears('103')
    expect((await look(ann)).visible.at(-1)?.text).toBe('103')
    await scrollBy(ann, -900)
    const before = await look(ann)
    await fill(5, 104)
    await ann.page.getByText('5 new messages').waitFor()
    expect((await look(ann)).visible).toEqual(before.visible)
    await ann.page.getByRole('button', { name: 'Jump to the latest message' }).click()
    await ann.hears('108')
    expect((await look(ann)).visible.at(-1)?.text).toBe('108')
  })

  it('draws a gap as a gap, and closes it in place', async () => {
    room = freshRoom()
    await fill(10)
    const tab = await stage.browser.open()
    // The line loses messages 14 to 16 and holds back the answer that would bring them.
    const heldBack: (() => void)[] = []
    await tab.page.routeWebSocket(/\/ws\//u, (socket) => {
      const line = socket.connectToServer()
      line.onMessage((data) => {
        const text = String(data)
        const lost = text.startsWith('{"type":"message"') && /"seq":1[456]\b/u.test(text)
        const late = text.startsWith('{"type":"history"') && /"seq":14\b/u.test(text)
        if (late) heldBack.push(() => socket.send(data))
        else if (!lost) socket.send(data)
      })
    })
    const ann = stage.keep(new ChatPage(tab))
    await tab.page.goto(`${stage.server.url}/chat?room=${room}`)
    await ann.join('Ann')
    await ann.hears('10')
    await fill(10, 11)
    await ann.hears('20')
    await ann.page.getByText('3 messages are missing here').waitFor()
    expect((await ann.texts()).map(numberOf)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 18, 19, 20,
    ])
    await expect.poll(() => heldBack.length).toBe(1)
    heldBack[0]?.()
    await expect
      .poll(async () => (await ann.texts()).map(numberOf))
      .toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(await ann.page.locator('.gap').count()).toBe(0)
  })

  it('is continuous again after a lost connection, own words included, each once', async () => {
    room = freshRoom()
    await fill(5)
    const tab = await stage.browser.open()
    const lines: { close(): void }[] = []
    let deaf = false
    await tab.page.routeWebSocket(/\/ws\//u, (socket) => {
      const line = socket.connectToServer()
      lines.push({
        // The page's end first: what it sends into a line that is closing is an error of the browser's.
        close: () => void socket.close({ code: 4009, reason: 'cut' }).then(() => line.close()),
      })
      line.onMessage((data) => {
        if (!deaf) socket.send(data)
      })
    })
    const ann = stage.keep(new ChatPage(tab))
    await tab.page.goto(`${stage.server.url}/chat?room=${room}`)
    await ann.join('Ann')
    await ann.hears('5')
    // Committed by the server, but neither ack nor broadcast come back.
    deaf = true
    await ann.say('6')
    await ann.page.locator('.status.sending').waitFor()
    await fill(150, 7)
    deaf = false
    lines.at(-1)?.close()
    await ann.hears('156')
    await expect
      .poll(() => ann.page.locator('.gap, .status.sending, .status.queued, .status.failed').count())
      .toBe(0)
    await expect.poll(async () => (await look(ann)).visible.at(-1)?.text).toBe('156')
    const seen = new Map<number, number>()
    for (let steps = 0; steps < 100 && !seen.has(1); steps++) {
      const sight = await look(ann)
      for (const { text } of sight.visible) seen.set(numberOf(text), 1)
      await scrollBy(ann, -500)
    }
    expect([...seen.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 156 }, (_, i) => i + 1))
  })

  it('shows a failed message with its reason, and sends it again', async () => {
    room = freshRoom()
    const tab = await stage.browser.open()
    let refuse = true
    await tab.page.routeWebSocket(/\/ws\//u, (socket) => {
      const line = socket.connectToServer()
      socket.onMessage((data) => {
        const frame: unknown = JSON.parse(String(data))
        if (refuse && typeof frame === 'object' && frame !== null && 'client_id' in frame)
          socket.send(
            JSON.stringify({
              type: 'error',
              code: 'unauthorized',
              message: 'x',
              retryable: false,
              client_id: frame.client_id,
            }),
          )
        else line.send(data)
      })
    })
    const ann = stage.keep(new ChatPage(tab))
    await tab.page.goto(`${stage.server.url}/chat?room=${room}`)
    await ann.join('Ann')
    await ann.say('again')
    await ann.say('changed')
    await expect
      .poll(() => ann.page.locator('.failed', { hasText: 'not allowed to write here' }).count())
      .toBe(2)
    await tab.page.reload()
    await ann.inRoom()
    await expect.poll(() => ann.page.locator('.status.failed').count()).toBe(2)
    refuse = false
    await ann.page.getByRole('button', { name: 'Try again' }).first().click()
    await ann.page.locator('.status.sent').waitFor()
    await ann.page.getByRole('button', { name: 'Edit' }).click()
    expect(await ann.field.inputValue()).toBe('changed')
    await ann.say('changed now')
    await expect.poll(() => ann.page.locator('.status.sent').count()).toBe(2)
    expect(await ann.texts()).toEqual(['again', 'changed now'])
  })
})
