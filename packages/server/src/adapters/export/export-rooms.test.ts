import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NewEntry, Store } from '../../ports/store.ts'
import { createMemoryStore } from '../memory-store.ts'
import { MESSAGES_AT_A_TIME } from './changes.ts'
import { exportRooms } from './export-rooms.ts'
import { jsonLines } from './json-lines.ts'
import type { ExportFormat } from './message.ts'
import { plainText } from './plain-text.ts'
import { webPage } from './web-page.ts'

const AT = Date.UTC(2026, 10, 26)

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roomful-export-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

let ids = 0
function entry(part: Partial<NewEntry>): NewEntry {
  return {
    log: 'den',
    copy: null,
    id: `id-${++ids}`,
    kind: 'message',
    author: 'Ann',
    authorId: 'ann',
    target: null,
    text: 'hello',
    timestamp: '2026-11-26T08:00:00.000Z',
    at: AT,
    clientId: null,
    about: null,
    ...part,
  }
}

async function written(store: Store, format: ExportFormat, room: string | null = null): Promise<string> {
  const file = join(folder, 'out')
  await exportRooms({ store, room, file, format, now: AT })
  expect(readdirSync(folder)).toEqual(['out'])
  return readFileSync(file, 'utf8')
}

async function storeOf(...entries: readonly Partial<NewEntry>[]): Promise<Store> {
  const store = createMemoryStore()
  for (const each of entries) await store.append([entry(each)])
  return store
}

const parsed = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

const ben = { author: 'Ben', authorId: 'ben' }

describe('an export', () => {
  it('folds edits, deletions and reactions into the messages that they are about', async () => {
    const store = await storeOf(
      { text: 'first' },
      { text: 'second', ...ben, about: 1 },
      { text: 'gone' },
      { kind: 'edit', text: 'first, better', about: 1 },
      { kind: 'reaction', text: '👍', about: 1, ...ben },
      { kind: 'reaction', text: '👍', about: 1 },
      { kind: 'reaction', text: '🎉', about: 1 },
      { kind: 'unreaction', text: '🎉', about: 1 },
      { kind: 'edit', text: 'going', about: 3 },
      { kind: 'delete', text: '', about: 3 },
    )
    const [head, ...messages] = parsed(await written(store, jsonLines('1.2.3')))
    expect(head).toEqual({ type: 'export', exported_at: '2026-11-26T00:00:00.000Z', version: '1.2.3' })
    const known = { type: 'message', room: 'den', timestamp: '2026-11-26T08:00:00.000Z' }
    const id = expect.any(String) as string
    expect(messages).toEqual([
      {
        ...known,
        seq: 1,
        id,
        username: 'Ann',
        message: 'first, better',
        edited: true,
        reactions: [{ emoji: '👍', usernames: ['Ben', 'Ann'] }],
      },
      { ...known, seq: 2, id, username: 'Ben', message: 'second', reply_to: { id, seq: 1 } },
      { ...known, seq: 3, id, username: 'Ann', message: '', deleted: true },
    ])
  })

  it('is of one room or of all, and never of what was said in private', async () => {
    const store = await storeOf({ text: 'here' }, { log: 'attic', text: 'there' })
    await store.append([entry({ log: '@ann', copy: '@ben', kind: 'private', target: 'Ben', text: 'psst' })])
    expect(await written(store, plainText('en'))).toBe(
      'Roomful export\nExported 2026-11-26T00:00:00.000Z\n\n# attic\n\n1 [2026-11-26T08:00:00.000Z] Ann: there\n\n# den\n\n1 [2026-11-26T08:00:00.000Z] Ann: here\n',
    )
    const one = await written(store, plainText('en'), 'attic')
    expect(one).toContain('there')
    expect(one).not.toContain('here\n\n# den')
    expect(await written(store, plainText('zh-Hant'), 'nowhere')).toContain('沒有任何訊息。')
  })

  it('finds a change of a message that was said long before', async () => {
    const store = createMemoryStore()
    const count = MESSAGES_AT_A_TIME + 5
    await store.append(Array.from({ length: count }, (_, i) => entry({ text: `m${i + 1}` })))
    await store.append([entry({ kind: 'edit', text: 'late', about: 2 })])
    await store.append([entry({ kind: 'edit', text: 'later', about: count })])
    const lines = (await written(store, jsonLines('1'))).split('\n')
    expect(lines).toHaveLength(count + 2)
    expect(lines[2]).toContain('"message":"late","edited":true')
    expect(lines[count]).toContain('"message":"later","edited":true')
    expect(lines[3]).toContain('"message":"m3"}')
  })

  it('lets no text pass for a line, a room or a name of somebody else', async () => {
    const forged = 'hi\n2 [now] Boss: fired\u2028# other\r\u001b[2Jend\u202e'
    const text = await written(await storeOf({ text: forged, author: 'A\u202eB' }), plainText('en'))
    expect(text.split('\n').slice(5)).toEqual([
      '1 [2026-11-26T08:00:00.000Z] A\\u202eB: hi',
      '    2 [now] Boss: fired',
      '    # other',
      '    \\u001b[2Jend\\u202e',
      '',
    ])
  })

  it.each(['en', 'zh-Hant'] as const)('as a page runs and loads nothing (%s)', async (lang) => {
    const evil = `<script>alert(1)</script>"'&</p><img src=x onerror=alert(1)>`
    const store = await storeOf(
      { text: evil, author: '<b>x', log: 'den"><script>' },
      { text: 'fine', log: 'den"><script>', about: 1 },
      { kind: 'reaction', text: '<i>', about: 1, log: 'den"><script>' },
    )
    const page = await written(store, webPage(lang))
    expect(page).toMatch(/^<!doctype html>\n<html lang="(en|zh-Hant)">/)
    expect(page).not.toMatch(/<(script|img|i|iframe|link|object)\b|<b>x/)
    expect(page).toContain('&#60;script&#62;alert(1)')
    expect(page).toContain('style-src &#39;sha256-')
    expect(page).toContain('prefers-color-scheme: dark')
    expect(page).toContain('<a href="#r1-1">')
    expect(page.trimEnd()).toMatch(/<\/html>$/)
    expect(page).not.toMatch(/\bon\w+=(?!alert)|src=(?!x)|href="(?!#)/)
  })

  it('leaves nothing behind when the store fails, and is for this user only', async () => {
    const store = await storeOf({ text: 'hello' })
    await written(store, jsonLines('1'))
    expect(statSync(join(folder, 'out')).mode & 0o777).toBe(0o600)
    store.read = () => Promise.reject(new Error('away'))
    const file = join(folder, 'other')
    await expect(exportRooms({ store, room: null, file, format: jsonLines('1'), now: AT })).rejects.toThrow(
      'away',
    )
    expect(existsSync(file)).toBe(false)
    expect(readdirSync(folder)).toEqual(['out'])
  })
})
