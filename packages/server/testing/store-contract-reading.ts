/** The part of the `Store` contract that is about what comes out again. */
import { randomUUID } from 'node:crypto'
import { beforeEach, expect, it } from 'vitest'
import type { Range } from '../src/ports/store.ts'
import { all, type Context, entries, entry, numbersTo, seqsOf, shown } from './store-support.ts'

/** Of a log that holds 1 to 10. */
const RANGES: readonly (readonly [what: string, Range, limit: number, expected: number[]])[] = [
  ['after the start', { after: 0 }, 3, [1, 2, 3]],
  ['after one', { after: 4 }, 3, [5, 6, 7]],
  ['after the last but one', { after: 9 }, 3, [10]],
  ['after the head', { after: 10 }, 3, []],
  ['after what is not there yet', { after: 99 }, 3, []],
  ['before one: the nearest', { before: 8 }, 3, [5, 6, 7]],
  ['before the first', { before: 1 }, 3, []],
  ['before what is not there yet', { before: 99 }, 3, [8, 9, 10]],
  ['before the largest number', { before: Number.MAX_SAFE_INTEGER }, 2, [9, 10]],
  ['before infinity', { before: Number.POSITIVE_INFINITY }, 2, [9, 10]],
  ['nothing with limit 0', { after: 0 }, 0, []],
  ['nothing with a limit below 0', { before: 8 }, -1, []],
  ['all with a limit beyond all', { after: 0 }, 1_000, numbersTo(10)],
  ['all with a limit without end', { after: 0 }, Number.POSITIVE_INFINITY, numbersTo(10)],
]

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '大廳',
  '@x',
  "'; DROP TABLE entries; --",
  '*',
  'lobby',
  'LOBBY',
  'x'.repeat(300),
]

const TEXTS: readonly (readonly [what: string, text: string])[] = [
  ['Chinese', '大家好，今天天氣很好。'],
  ['emoji with joiners', '👩‍👩‍👧‍👦 🏳️‍🌈'],
  ['beyond the basic plane', '𠮷野家 😀'],
  ['decomposed letters', 'e\u0301 ≠ \u00e9'],
  ['a byte order mark', '\ufeffstart'],
  ['U+0000 inside', 'a\0b\0'],
  ['U+0000 only', '\0'],
  ['controls and line ends', '\u0001\u001f\u007f\r\n\t\u2028'],
  ['quotes and backslashes', `"'\`\\" -- ? $1 :x @y`],
  ['right-to-left', 'שלום \u202eעולם'],
  ['noncharacters', '\uffff\ufffe\u{10ffff}'],
  ['spaces', '   '],
  ['16 KiB of three-byte letters', '中'.repeat(5_461)],
]

export function reading(context: Context): void {
  it('waits for the appends before it, and not for those after it', async () => {
    const { store } = context
    const before = [1, 2, 3].map((seq) => store.append(entries(100, { log: `log-${seq}` })))
    const read = new AbortController()
    const reads = Promise.all([
      store.heads(['log-1', 'log-2', 'log-3']),
      store.read('log-3', { before: 101 }, 1),
      store.check(),
    ]).finally(() => read.abort())
    // Two are under way at any time.
    const speak = async (): Promise<number> => {
      let appended = 0
      while (!read.signal.aborted && appended < 2_000) appended += (await store.append([entry()])).length
      return appended
    }
    const appended = await Promise.all([speak(), speak()])
    const [heads, page] = await reads
    expect(heads).toEqual([100, 100, 100])
    expect(seqsOf(page)).toEqual([100])
    expect(Math.max(...appended)).toBeLessThan(2_000)
    await Promise.all(before)
  })

  beforeEach(() => context.store.append(entries(10)).then(() => undefined))

  it('reads ranges, always ascending', async () => {
    for (const [what, range, limit, expected] of RANGES)
      expect(seqsOf(await context.store.read('lobby', range, limit)), what).toEqual(expected)
  })

  it('reads nothing of a log that nobody wrote to', async () => {
    expect(await context.store.read('nowhere', { after: 0 }, 10)).toEqual([])
    expect(await context.store.read('nowhere', { before: 10 }, 10)).toEqual([])
  })

  it('gives pages of 1,000 when asked', async () => {
    await context.store.append(entries(1_500, { log: 'long' }))
    expect(seqsOf(await all(context.store, 'long'))).toEqual(numbersTo(1_000))
    expect(seqsOf(await context.store.read('long', { before: 1_501 }, 1_000)).at(0)).toBe(501)
  })

  it('gives heads in the order asked, 0 for a log that nobody wrote to, as often as asked', async () => {
    await context.store.append([entry({ log: 'other' })])
    expect(await context.store.heads(['nowhere', 'other', 'lobby', 'lobby'])).toEqual([0, 1, 10, 10])
    expect(await context.store.heads([])).toEqual([])
  })

  it('creates nothing by reading', async () => {
    await context.store.read('ghost', { after: 0 }, 1)
    await context.store.heads(['ghost'])
    expect((await context.store.rooms('', 10)).map(({ room }) => room)).toEqual(['lobby'])
  })

  it('can be checked', async () => {
    await expect(context.store.check()).resolves.toBeUndefined()
    expect(await context.store.heads(['lobby'])).toEqual([10])
  })
}

export function rooms(context: Context): void {
  // In order of code points; U+FF71 and U+20000 stand the other way round when UTF-16 units are compared.
  const names = ['1', 'Z', '__proto__', 'a', 'b', 'constructor', '\u00e9', '大廳', '\uff71', '\u{20000}']

  it('lists rooms by code point, with their heads and without private logs', async () => {
    await context.store.append([...names].reverse().map((log) => entry({ log })))
    await context.store.append([
      entry({ log: 'a' }),
      entry({ log: '@', copy: '@alice' }),
      entry({ log: '@大' }),
    ])
    const listed = await context.store.rooms('', 100)
    expect(listed).toEqual(names.map((room) => ({ room, head: room === 'a' ? 2 : 1 })))
  })

  it('pages behind a name, also one that is no room', async () => {
    await context.store.append(names.map((log) => entry({ log })))
    const found: string[] = []
    for (let after = ''; ; ) {
      const page = await context.store.rooms(after, 3)
      found.push(...page.map(({ room }) => room))
      if (page.length < 3) break
      after = found.at(-1) ?? ''
    }
    expect(found).toEqual(names)
    expect((await context.store.rooms('aa', 1))[0]?.room).toBe('b')
    expect(await context.store.rooms('\u{20000}', 1)).toEqual([])
    expect(await context.store.rooms('', 0)).toEqual([])
  })

  it('lists nothing where nobody said anything', async () => {
    expect(await context.store.rooms('', 10)).toEqual([])
  })
}

export function content(context: Context): void {
  it('gives back every field as it was', async () => {
    const full = entry({
      log: 'r',
      kind: 'private',
      target: 'Bob',
      authorId: null,
      clientId: randomUUID(),
      at: 2 ** 52,
    })
    const plain = entry({ log: 'r' })
    await context.store.append([full, plain])
    expect(await all(context.store, 'r')).toEqual([shown(full, 1), shown(plain, 2)])
    expect((await all(await context.reopened(), 'r'))[0]).toEqual(shown(full, 1))
  })

  it('takes any text as a log, a name or a client id', async () => {
    for (const name of NAMES) {
      const sent = entry({
        log: name,
        author: name,
        authorId: name,
        target: name,
        clientId: name,
        copy: `@${name}`,
      })
      expect(await context.store.heads([name]), name).toEqual([0])
      await context.store.append([sent])
      expect(await context.store.heads([name, `@${name}`]), name).toEqual([1, 1])
      expect(await all(context.store, name), name).toEqual([shown(sent, 1)])
      expect((await context.store.append([sent]))[0]?.outcome, name).toBe('duplicate')
    }
  })

  it('gives back text byte for byte, and knows it again', async () => {
    const sent = TEXTS.map(([, text], index) => entry({ text, clientId: `c${index}` }))
    await context.store.append(sent)
    const found = await all(context.store)
    const kept = await all(await context.reopened())
    for (const [index, [what, text]] of TEXTS.entries()) {
      expect(found[index]?.text, what).toBe(text)
      expect(Buffer.from(kept[index]?.text ?? '').equals(Buffer.from(text)), what).toBe(true)
    }
    expect(new Set((await context.store.append(sent)).map(({ outcome }) => outcome))).toEqual(
      new Set(['duplicate']),
    )
  })
}
