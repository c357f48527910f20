/** The chat page as a person uses it. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type PageOptions, startBrowser, type TestBrowser, type TestPage } from './browser.ts'
import { type RunningServer, startServer } from './server.ts'

/** Parts of the page, by what a person would call them. */
export class ChatPage {
  readonly page: Page
  readonly tab: TestPage

  constructor(tab: TestPage) {
    this.tab = tab
    this.page = tab.page
  }

  get field(): Locator {
    return this.page.locator('.composer textarea')
  }

  /** Bubbles of a kind, or all of them. */
  bubbles(kind?: 'user' | 'other' | 'system' | 'private'): Locator {
    return this.page.locator(kind === undefined ? '.message' : `.message.${kind}`)
  }

  /** The bubble with this text. */
  bubble(text: string): Locator {
    return this.page.locator('.message', { has: this.page.getByText(text, { exact: true }) })
  }

  /** Texts of what was said, in order, notices left out. */
  texts(): Promise<string[]> {
    return this.page.locator('.message:not(.system) .text').allTextContents()
  }

  /** Fills the join screen and waits for the room. */
  async join(name: string, room?: string): Promise<void> {
    await this.page.locator('input[name=username]').fill(name)
    if (room !== undefined) await this.page.locator('input[name=room]').fill(room)
    await this.page.locator('.join button[type=submit]').click()
    await this.inRoom()
  }

  async inRoom(): Promise<void> {
    await this.page.locator('.bar .dot.on').waitFor()
  }

  /** Types and presses Enter. */
  async say(text: string): Promise<void> {
    await this.field.fill(text)
    await this.field.press('Enter')
  }

  /** Waits until this was heard. */
  async hears(text: string): Promise<void> {
    await this.bubble(text).first().waitFor()
  }

  /** Turns to one person by way of the list of people. */
  async whisperTo(name: string): Promise<void> {
    await this.page.locator('.people button', { hasText: name }).click()
    await this.page.locator('.card .whisper:visible').click()
    await this.page.locator('.strip').waitFor()
  }

  /** What screen readers were told last. */
  announced(): Promise<string | null> {
    return this.page.locator('[role=status][aria-live]').textContent()
  }
}

export interface VisitOptions extends PageOptions {
  readonly room?: string
}

/** Opens the page and enters a room. */
export async function visit(
  browser: TestBrowser,
  server: { readonly url: string },
  name: string,
  { room, ...options }: VisitOptions = {},
): Promise<ChatPage> {
  const tab = await browser.open(options)
  const chat = new ChatPage(tab)
  await tab.page.goto(`${server.url}/chat${room === undefined ? '' : `?room=${encodeURIComponent(room)}`}`)
  await chat.join(name)
  return chat
}

/** What the tests of one `describe` share. */
export interface Stage {
  readonly browser: TestBrowser
  readonly server: RunningServer
  /** Closes the page after the test, which fails when it has had a fault. */
  keep(chat: ChatPage): ChatPage
  /** `visit`, kept. */
  visit(name: string, options?: VisitOptions): Promise<ChatPage>
}

/** Starts a browser, and a server with these flags, before the tests of the `describe` in which it is called, and ends both after them. */
export function chatStage(...args: readonly string[]): Stage {
  let browser: TestBrowser
  let server: RunningServer
  const open: ChatPage[] = []
  beforeAll(async () => {
    ;[browser, server] = await Promise.all([startBrowser(), startServer({ args })])
  })
  afterAll(async () => {
    await Promise.all([browser.close(), server.stop()])
  })
  afterEach(async () => {
    for (const chat of open.splice(0)) {
      expect(chat.tab.faults).toEqual([])
      await chat.tab.close()
    }
  })
  const keep = (chat: ChatPage): ChatPage => {
    open.push(chat)
    return chat
  }
  return {
    get browser() {
      return browser
    },
    get server() {
      return server
    },
    keep,
    visit: async (name, options) => keep(await visit(browser, server, name, options)),
  }
}
