/** axe-core in a page. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}
declare const axe: { run(options: object): Promise<{ violations: Violation[] }> }

const ALL = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** The scheme is a matter of style sheets alone, so that in the dark only what depends on colours is another. */
const LOOKS = [
  { scheme: 'light', runOnly: ALL },
  { scheme: 'dark', runOnly: ['color-contrast', 'link-in-text-block'] },
] as const

const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Fails when axe finds something in the page as it is, in light or dark. */
export async function expectNoViolations(page: Page, state: string): Promise<void> {
  // Once in a document: to hand it over takes as long as to use it.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(await source)
  for (const { scheme, runOnly } of LOOKS) {
    await page.emulateMedia({ colorScheme: scheme })
    const { violations } = await page.evaluate((only) => axe.run({ runOnly: [...only] }), runOnly)
    const found = violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, failureSummary }) => [html, failureSummary]),
    }))
    expect(found, `${state}, ${scheme}`).toEqual([])
  }
}
