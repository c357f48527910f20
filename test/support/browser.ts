/** A real Chromium, and pages in it that remember every request and every complaint. */
import { existsSync } from 'node:fs'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'

declare global {
  interface Window {
    /** Tells the test something; put in place with `exposeFunction`. */
    note?: (text: string) => void
  }
}

const PROGRAM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
]

/** Whether there is a browser to test with. With `CI=true` its absence is a failure, not a skip. */
export const hasBrowser = existsSync(PROGRAM) || process.env['CI'] === 'true'

export interface PageOptions {
  /** Default: English. */
  readonly lang?: 'en' | 'zh-Hant'
  /** Default: light. */
  readonly scheme?: 'light' | 'dark'
  /** CSS pixels. Default: 1280 x 800. */
  readonly size?: { readonly width: number; readonly height: number }
  readonly context?: BrowserContextOptions
}

export interface TestPage {
  readonly page: Page
  readonly context: BrowserContext
  /** Addresses of all requests, WebSockets included. */
  readonly requests: readonly string[]
  /** Errors that the page threw, and what its console called an error: a blocked script or style is among them. */
  readonly faults: readonly string[]
  /** Another page of the same person: shared storage. */
  sibling(): Promise<TestPage>
  close(): Promise<void>
}

export interface TestBrowser {
  /** A new person: own storage. */
  open(options?: PageOptions): Promise<TestPage>
  close(): Promise<void>
}

/** Starts Chromium. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({ executablePath: PROGRAM, args: FLAGS })
  return {
    open: async ({
      lang = 'en',
      scheme = 'light',
      size = { width: 1280, height: 800 },
      context: more = {},
    } = {}) => {
      const context = await browser.newContext({
        viewport: size,
        colorScheme: scheme,
        locale: lang === 'en' ? 'en-US' : 'zh-TW',
        ...more,
      })
      context.setDefaultTimeout(60_000)
      return openIn(context)
    },
    close: () => browser.close(),
  }
}

async function openIn(context: BrowserContext): Promise<TestPage> {
  const page = await context.newPage()
  const requests: string[] = []
  const faults: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('websocket', (socket) => requests.push(socket.url()))
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message))
  page.on('console', (message) => {
    // A refused connection is reported by the browser itself; the page is told of it as well and says so.
    if (message.type() === 'error' && !message.text().startsWith('WebSocket connection'))
      faults.push(message.text())
  })
  return { page, context, requests, faults, sibling: () => openIn(context), close: () => context.close() }
}
