/** The documentation pages in a real browser: they ask nobody but their own server, and complain about nothing. */
import axeCore from 'axe-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasBrowser, startBrowser, type TestBrowser } from './support/browser.ts'
import { type RunningServer, startServer } from './support/server.ts'

declare const axe: { run(options: object): Promise<{ violations: ReadonlyArray<{ id: string }> }> }

const PATHS = ['/docs', '/docs/ws', '/docs/errors'] as const
const LANGS = ['en', 'zh-Hant'] as const

/** The scheme is a matter of style sheets alone, so that in the dark only what depends on colours is another. */
const LOOKS = [
  { scheme: 'light', options: {} },
  { scheme: 'dark', options: { runOnly: ['color-contrast', 'link-in-text-block'] } },
] as const

describe.skipIf(!hasBrowser)('the documentation pages', () => {
  let browser: TestBrowser
  let server: RunningServer
  beforeAll(async () => {
    ;[browser, server] = await Promise.all([startBrowser(), startServer()])
  })
  afterAll(async () => {
    await Promise.all([browser.close(), server.stop()])
  })

  it.each(PATHS.flatMap((path) => LANGS.map((lang) => [path, lang] as const)))(
    '%s in %s makes no request to another origin and has no fault in the console',
    async (path, lang) => {
      const { page, requests, faults, close } = await browser.open()
      await page.goto(`${server.url}${path}?lang=${lang}`, { waitUntil: 'networkidle' })
      expect(await page.locator('html').getAttribute('lang')).toBe(lang)
      await page.getByRole('link', { name: lang === 'en' ? 'Errors' : '錯誤', exact: true }).click()
      await page
        .getByRole('heading', { level: 1, name: lang === 'en' ? 'Errors and close codes' : '錯誤與關閉代碼' })
        .waitFor()
      expect(requests.length).toBeGreaterThan(2)
      const strangers = requests.filter(
        (url) => !url.startsWith(`${server.url}/`) && !url.startsWith('data:'),
      )
      expect(strangers).toEqual([])
      expect(faults).toEqual([])
      await close()
    },
  )

  it.each(PATHS)('%s is readable for everybody: light, dark, desktop, phone', async (path) => {
    for (const size of [
      { width: 1280, height: 800 },
      { width: 320, height: 640 },
    ]) {
      // axe-core is put in from outside, which the policy of the page forbids to anybody else.
      const { page, close } = await browser.open({ size, context: { bypassCSP: true } })
      await page.goto(`${server.url}${path}?lang=zh-Hant`)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(size.width)
      await page.evaluate(axeCore.source)
      for (const { scheme, options } of LOOKS) {
        await page.emulateMedia({ colorScheme: scheme })
        const violations = await page.evaluate(
          async (chosen) => (await axe.run(chosen)).violations.map(({ id }) => id),
          options,
        )
        expect({ path, scheme, size, violations }).toEqual({ path, scheme, size, violations: [] })
      }
      await close()
    }
  })

  it('works without a script, and no script would run', async () => {
    const { page, faults, close } = await browser.open()
    await page.goto(`${server.url}/docs`)
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'document.title = "ran"'
      document.head.append(script)
    })
    expect(await page.title()).not.toBe('ran')
    expect(faults.join()).toContain('Content Security Policy')
    await close()
  })

  it('follows from a problem to its explanation', async () => {
    const problem: unknown = await (await fetch(`${server.url}/nothing`)).json()
    const type =
      typeof problem === 'object' && problem !== null && 'type' in problem ? String(problem.type) : ''
    const { page, close } = await browser.open()
    await page.goto(server.url + type)
    await page.locator(':target', { hasText: 'not_found' }).waitFor()
    await close()
  })
})
