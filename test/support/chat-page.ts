/** The chat page as a person uses it. */
import type { Locator, Page } from 'playwright-core'
import type { PageOptions, TestBrowser, TestPage } from './browser.ts'

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
