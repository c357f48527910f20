import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpFixture, httpFixture } from '../../../testing/http-fixture.ts'

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

describe('the page', () => {
  let webRoot: string
  let withPage: HttpFixture
  beforeAll(async () => {
    webRoot = await mkdtemp(join(tmpdir(), 'roomful-web-'))
    await mkdir(join(webRoot, 'assets'))
    await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>page</title>')
    await writeFile(join(webRoot, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
    await writeFile(join(webRoot, '.secret'), 'hidden words')
    await writeFile(join(webRoot, 'assets', 'index-D4mWx8_k.js'), 'plain()')
    await writeFile(join(webRoot, 'assets', 'index-D4mWx8_k.js.br'), 'brotli')
    await writeFile(join(webRoot, 'assets', 'index-D4mWx8_k.js.gz'), 'gzip')
    withPage = await httpFixture({ webRoot })
  })
  afterAll(async () => {
    await withPage.app.close()
    await rm(webRoot, { recursive: true })
  })
  const fetchPage = (url: string, headers: Record<string, string> = {}) =>
    withPage.app.inject({ method: 'GET', url, headers: { host: 'chat.example:8000', ...headers } })

  it.each(['/chat', '/static/chat.html', '/chat?room=garden', '/static/index.html'])(
    '%s is the page with its policy',
    async (url) => {
      const { statusCode, body, headers } = await fetchPage(url)
      expect([statusCode, body]).toEqual([200, '<!doctype html><title>page</title>'])
      expect(headers['content-type']).toBe('text/html; charset=utf-8')
      expect(headers['cache-control']).toBe('no-cache')
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws://chat.example:8000 wss://chat.example:8000; " +
          "img-src 'self' data:; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; object-src 'none'; " +
          "frame-ancestors 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
      )
    },
  )

  it.each(['evil.example; script-src *', "x' 'unsafe-inline", 'a,b', 'a b'])(
    'Host %j does not get into the policy',
    async (host) => {
      const policy = String((await fetchPage('/chat', { host })).headers['content-security-policy'])
      expect(policy).toContain("connect-src 'self';")
    },
  )

  it('hashed files never change', async () => {
    const { headers, body } = await fetchPage('/static/assets/index-D4mWx8_k.js')
    expect(body).toBe('plain()')
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(headers['content-type']).toMatch(/^(?:text|application)\/javascript/)
  })

  it('files without a hash are asked for again', async () => {
    const first = await fetchPage('/static/icon.svg')
    expect(first.headers['cache-control']).toBe('no-cache')
    const again = await fetchPage('/static/icon.svg', { 'if-none-match': String(first.headers['etag']) })
    expect(again.statusCode).toBe(304)
  })

  it.each([
    ['br', 'br', 'brotli'],
    ['gzip', 'gzip', 'gzip'],
    ['gzip, deflate, br', 'br', 'brotli'],
    ['', undefined, 'plain()'],
  ])('Accept-Encoding %j gets %s', async (accept, encoding, content) => {
    const { headers, body } = await fetchPage('/static/assets/index-D4mWx8_k.js', {
      'accept-encoding': accept,
    })
    expect([headers['content-encoding'], body]).toEqual([encoding, content])
    expect(headers['cache-control']).toContain('immutable')
    expect(headers['vary']).toMatch(/accept-encoding/i)
  })

  it.each([
    '/static/',
    '/static/assets/',
    '/static/none.js',
    '/static/.secret',
    '/static/../app.ts',
    '/static/%2e%2e/app.ts',
    '/static/..%2fapp.ts',
    '/static/assets/..%5c..%5capp.ts',
    '/static//etc/passwd',
    '/static/%00',
  ])('%s is not there', async (url) => {
    const response = await fetchPage(url)
    expect(response.headers['content-type']).toBe(PROBLEM_TYPE)
    expect([400, 403, 404]).toContain(response.statusCode)
    expect(response.body).not.toContain('hidden words')
  })

  it('without a build there is a page that says so', async () => {
    const unbuilt = await httpFixture()
    const { statusCode, body } = await unbuilt.app.inject('/chat')
    expect(statusCode).toBe(503)
    expect(body).toContain('npm run build')
    expect(body).toContain('聊天頁面尚未建置')
    await unbuilt.app.close()
  })
})
