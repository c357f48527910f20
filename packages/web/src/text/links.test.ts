import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findLinks } from './links.ts'

const links = (text: string) =>
  findLinks(text).flatMap((segment) => (segment.kind === 'link' ? [segment.text] : []))

describe('findLinks', () => {
  it.each([
    ['see https://example.com/a?b=c#d now', ['https://example.com/a?b=c#d']],
    ['請看https://example.com謝謝', ['https://example.com']],
    ['文件在 https://example.com/路徑/頁，請看。', ['https://example.com/路徑/頁']],
    ['（https://example.com/a）', ['https://example.com/a']],
    ['(https://example.com/a_(b)).', ['https://example.com/a_(b)']],
    ['http://localhost:8000/chat?room=lobby!', ['http://localhost:8000/chat?room=lobby']],
    ['HTTPS://EXAMPLE.COM', ['HTTPS://EXAMPLE.COM']],
    ['http://[::1]:8000/x', ['http://[::1]:8000/x']],
    ['write to mailto:ann@example.com?subject=hi.', ['mailto:ann@example.com?subject=hi']],
    ['https://a.example/,https://b.example/', ['https://a.example/,https://b.example/']],
    ['two: https://a.example https://b.example', ['https://a.example', 'https://b.example']],
  ])('finds the links of %j', (text, expected) => {
    expect(links(text)).toEqual(expected)
  })

  it.each([
    'javascript:alert(1)',
    'JAVASCRIPT://example.com/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://example.com',
    'xhttps://example.com',
    'https://',
    'http:///x',
    'https://中文.example',
    'ann@example.com',
    'example.com',
  ])('makes no link of %j', (text) => {
    expect(links(text)).toEqual([])
  })

  it('never lets an address lead elsewhere than it reads', () => {
    expect(findLinks('https://bank.example@evil.example/')).toEqual([
      { kind: 'link', text: 'https://bank.example', href: 'https://bank.example/' },
      { kind: 'text', text: '@evil.example/' },
    ])
    expect(links('https://user:secret@evil.example/')).toEqual(['https://user'])
  })

  it('gives back the text, and only targets of the three schemes, whatever the text', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.constantFrom('https://', 'javascript:', 'mailto:', 'a@b.c', ')', '。', '"', '\n', '<b>', '@'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('')
        const segments = findLinks(text)
        expect(segments.map((segment) => segment.text).join('')).toBe(text)
        for (const segment of segments)
          if (segment.kind === 'link') expect(segment.href).toMatch(/^(?:https?:\/\/[^/@]+(?:\/|$)|mailto:)/u)
      }),
    )
  })

  it('stays linear on hostile text', () => {
    const started = performance.now()
    findLinks(`https://a${'('.repeat(8000)}${')'.repeat(8000)}`)
    const [, rest] = findLinks(`https://a/${'.)'.repeat(40_000)}`)
    expect(rest?.text).toHaveLength(80_000)
    findLinks('https://a.'.repeat(1600))
    findLinks(`https://${'a-'.repeat(8000)}`)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
