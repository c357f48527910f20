import type { CDPSession } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { freshRoom } from '../support/chat-client.ts'
import { ChatPage, visit } from '../support/chat-page.ts'
import { type RunningServer, startServer } from '../support/server.ts'

describe.skipIf(!hasBrowser)('input methods on the page', () => {
  let browser: TestBrowser
  let server: RunningServer
  let ann: ChatPage
  let device: CDPSession

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([startBrowser(), startServer()])
    ann = await visit(browser, server, 'Ann', { lang: 'zh-Hant', room: freshRoom() })
    device = await ann.tab.context.newCDPSession(ann.page)
  })
  afterAll(async () => {
    expect(ann.tab.faults).toEqual([])
    await Promise.all([browser.close(), server.stop()])
  })
  beforeEach(async () => {
    await ann.field.fill('')
    await ann.field.focus()
  })

  /** What the input method shows while a word is being composed. */
  const compose = (text: string): Promise<unknown> =>
    device.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
  const commit = (text: string): Promise<unknown> => device.send('Input.insertText', { text })
  /** A key as Chromium reports it while an input method handles it. */
  const processKey = async (code: string): Promise<void> => {
    await device.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      windowsVirtualKeyCode: 229,
      code,
      key: 'Process',
    })
    await device.send('Input.dispatchKeyEvent', {
      type: 'keyUp',
      windowsVirtualKeyCode: 13,
      code,
      key: 'Enter',
    })
  }
  const sent = (): Promise<number> => ann.bubbles('user').count()

  it.each([
    ['Zhuyin', ['ㄋ', 'ㄋㄧ', 'ㄋㄧˇ', '你', '你ㄏ', '你ㄏㄠ', '你好'], '你好'],
    ['Cangjie', ['人', '人弓', '人弓火', '你'], '你'],
    ['Pinyin', ['n', 'ni', 'ni h', 'ni ha', 'ni hao', '你好'], '你好'],
    ['Japanese', ['に', 'にほ', 'にほn', 'にほん', '日本'], '日本'],
    ['Korean', ['ㅎ', '하', '한'], '한'],
  ])('%s: the Enter that confirms does not send, the next one does, once', async (_, steps, word) => {
    const before = await sent()
    for (const step of steps) await compose(step)
    // While it is composing, the key is the input method's, whatever it is.
    await ann.field.press('Enter')
    await processKey('Enter')
    expect(await sent()).toBe(before)
    await compose(word)
    await commit(word)
    expect(await ann.field.inputValue()).toContain(word)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const text = await ann.field.inputValue()
    await ann.field.press('Enter')
    await expect.poll(sent).toBe(before + 1)
    expect((await ann.texts()).at(-1)).toBe(text.trim())
    expect(await ann.field.inputValue()).toBe('')
  })

  /** Plays events as another browser reports them, in one turn. */
  const play = (events: readonly (readonly [string, Record<string, unknown>?])[]): Promise<void> =>
    ann.page.evaluate((trace) => {
      const field = document.querySelector<HTMLTextAreaElement>('.composer textarea')
      for (const [type, init = {}] of trace) {
        const options = { bubbles: true, cancelable: true, ...init }
        const event = type.startsWith('composition')
          ? new CompositionEvent(type, options)
          : type.startsWith('key')
            ? new KeyboardEvent(type, options)
            : type === 'input'
              ? new InputEvent(type, options)
              : new Event(type, options)
        field?.dispatchEvent(event)
      }
    }, events)
  const enter = { key: 'Enter', code: 'Enter', keyCode: 13 }

  it.each([
    [
      'Safari: the composition ends before its key',
      [['compositionstart'], ['compositionend'], ['keydown', { ...enter, keyCode: 229 }]],
    ],
    ['Safari without key code 229', [['compositionstart'], ['compositionend'], ['keydown', enter]]],
    [
      'Chrome',
      [['compositionstart'], ['keydown', { ...enter, keyCode: 229, isComposing: true }], ['compositionend']],
    ],
    ['Firefox', [['compositionstart'], ['keydown', { ...enter, isComposing: true }], ['compositionend']]],
  ] as const)('%s: nothing is sent', async (_, trace) => {
    const before = await sent()
    await ann.field.fill('你好')
    await play(trace)
    expect(await sent()).toBe(before)
    expect(await ann.field.inputValue()).toBe('你好')
  })

  it.each([
    ['input outside of a composition', ['input', { isComposing: false }]],
    ['leaving the field', ['blur']],
    ['pasting', ['paste']],
  ] as const)('heals from a composition that is never ended by %s', async (_, healing) => {
    const before = await sent()
    await ann.field.fill('打完了')
    await play([['compositionstart'], ['keydown', enter]])
    expect(await sent()).toBe(before)
    await play([[...healing], ['keydown', enter]])
    await expect.poll(sent).toBe(before + 1)
  })

  it('keeps Escape for the input method before it leaves a whisper', async () => {
    const bob = await visit(browser, server, 'Bob', {
      room: new URL(ann.page.url()).searchParams.get('room') ?? '',
    })
    await ann.whisperTo('Bob')
    await compose('ㄋㄧ')
    await ann.field.press('Escape')
    expect(await ann.page.locator('.strip').count()).toBe(1)
    await commit('你')
    await ann.field.press('Escape')
    await expect.poll(() => ann.page.locator('.strip').count()).toBe(0)
    await bob.tab.close()
  })

  it('does not let a confirming Enter submit the join screen', async () => {
    const tab = await browser.open({ lang: 'zh-Hant' })
    const chat = new ChatPage(tab)
    await tab.page.goto(`${server.url}/chat`)
    const keyboard = await tab.context.newCDPSession(tab.page)
    await tab.page.getByLabel('你的名字').focus()
    await keyboard.send('Input.imeSetComposition', { text: 'ㄇㄧㄥˊ', selectionStart: 4, selectionEnd: 4 })
    await tab.page.getByLabel('你的名字').press('Enter')
    expect(await tab.page.getByRole('button', { name: '連線' }).isVisible()).toBe(true)
    await keyboard.send('Input.insertText', { text: '明' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    await tab.page.getByLabel('你的名字').press('Enter')
    await chat.inRoom()
    expect(tab.faults).toEqual([])
    await tab.close()
  })
})
