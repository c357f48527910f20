/** Every link between documents leads somewhere, down to the heading. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { filesBelow } from '../../scripts/lib/tree.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Addresses of a document: of links and pictures, in brackets or in angle brackets, without code. */
function linksOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
}

/** Anchors of headings, as forges make them. */
function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.*)$/gm)
  const slug = (text: string) =>
    text
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
  return new Set([...headings].map((match) => slug(match[1] ?? '')))
}

/** What of a document's links leads nowhere. */
function broken(path: string, markdown: string): string[] {
  return linksOf(markdown).filter((link) => {
    if (/^(?:https?|mailto|ws):/.test(link)) return false
    const [to = '', anchor] = decodeURI(link).split('#')
    const file = to === '' ? path : join(dirname(path), to)
    if (relative(ROOT, file).startsWith('..') || !existsSync(file)) return true
    if (anchor === undefined || statSync(file).isDirectory()) return anchor !== undefined
    return !anchorsOf(file === path ? markdown : readFileSync(file, 'utf8')).has(anchor)
  })
}

it('finds what leads nowhere', () => {
  const text =
    '# A b\n[a](#a-b) [b](#c) [c](README.md) [d](gone.md) [e](README.md#gone) `[f](gone.md)` <https://a>'
  expect(broken(join(ROOT, 'CHANGELOG.md'), text)).toEqual(['#c', 'gone.md', 'README.md#gone'])
  expect(anchorsOf('# A b\n').has('a-b')).toBe(true)
})

it('all documents lead somewhere', () => {
  const documents = filesBelow('').filter((path) => path.endsWith('.md'))
  expect(documents.length).toBeGreaterThan(35)
  const faults = documents.flatMap((path) =>
    broken(join(ROOT, path), readFileSync(join(ROOT, path), 'utf8')).map((link) => `${path}: ${link}`),
  )
  expect(faults).toEqual([])
})

it('every document of the handbook is in its index, in both languages', () => {
  const pages = filesBelow('docs').filter(
    (path) => /^docs\/[^/]+\.md$/.test(path) && !path.includes('README'),
  )
  const english = pages.filter((path) => !path.endsWith('.zh-TW.md')).map((path) => path.replace('docs/', ''))
  const index = linksOf(readFileSync(join(ROOT, 'docs/README.md'), 'utf8'))
  const chinese = linksOf(readFileSync(join(ROOT, 'docs/README.zh-TW.md'), 'utf8'))
  expect(english.filter((page) => !index.includes(page))).toEqual([])
  const translated = english.map((page) => page.replace('.md', '.zh-TW.md'))
  expect(
    english.filter((page, i) => !chinese.includes(page) && !chinese.includes(translated[i] ?? '')),
  ).toEqual([])
})

it('every alert has its steps in both languages', () => {
  const rules = readFileSync(join(ROOT, 'deploy/monitoring/alerts.yaml'), 'utf8')
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map((match) => match[1] ?? '')
  expect(alerts.length).toBeGreaterThan(10)
  for (const page of ['docs/operations.md', 'docs/operations.zh-TW.md']) {
    const steps = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^### (Roomful\w+)$/gm)]
    expect([page, steps.map((match) => match[1] ?? '').sort()]).toEqual([page, [...alerts].sort()])
  }
})
