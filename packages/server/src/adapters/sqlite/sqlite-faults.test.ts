/** The SQLite store when something breaks: the process, the thread, the disk, the file, somebody else's lock. */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  keepingLogger,
  mortalWorker,
  openIn,
  startWriter,
  temporaryFolder,
  writtenWal,
} from '../../../testing/sqlite.ts'
import { entries, entry, numbersTo } from '../../../testing/store-support.ts'
import { type Appended, type Store, StoreUnavailable } from '../../ports/store.ts'
import { type Database, loadDriver } from './driver.ts'

let temporary: ReturnType<typeof temporaryFolder>
let folder: string
let store: Store
beforeEach(() => {
  temporary = temporaryFolder()
  folder = join(temporary.folder, 'data')
})
afterEach(async () => {
  await store.close()
  temporary.remove()
})

const WAIT = { timeout: 60_000, interval: 20 }
const LOGS = ['a', 'b', '@c', '@d']

const seqsOf = (results: readonly Appended[]) =>
  results.map((result) => (result.outcome === 'appended' ? result.seq : null))

async function textsOf(log: string): Promise<string[]> {
  const texts: string[] = []
  for (;;) {
    const page = await store.read(log, { after: texts.length }, 1_000)
    expect(page.map(({ seq }) => seq)).toEqual(numbersTo(page.length).map((seq) => texts.length + seq))
    texts.push(...page.map(({ text }) => text))
    if (page.length === 0) return texts
  }
}

/** That every log has the same batches whole, and goes on without a hole. Answers the texts of the batches. */
async function expectWholeBatches(): Promise<string[]> {
  const texts = await textsOf('a')
  for (const log of LOGS) expect(await textsOf(log)).toEqual(texts)
  expect(await store.heads(LOGS)).toEqual(LOGS.map(() => texts.length))
  expect(seqsOf(await store.append(LOGS.map((log) => entry({ log }))))).toEqual(
    LOGS.map(() => texts.length + 1),
  )
  return texts
}

async function killedAfter(acknowledged: number, start: number): Promise<string[]> {
  const writer = startWriter(folder, start)
  try {
    await vi.waitFor(() => expect(writer.acknowledged.length).toBeGreaterThan(acknowledged), WAIT)
  } finally {
    await writer.kill()
  }
  return writer.acknowledged
}

describe('a process that is killed while it writes', () => {
  it('keeps whatever it has acknowledged, again and again', async () => {
    const acknowledged: string[] = []
    let epoch: string | null = null
    for (let round = 0; round < 3; round++) {
      acknowledged.push(...(await killedAfter(60, round * 1_000_000)))
      store = await openIn(folder)
      expect(store.epoch).toBe((epoch ??= store.epoch))
      const kept = await expectWholeBatches()
      expect(kept).toEqual(expect.arrayContaining(acknowledged))
      acknowledged.push('hello')
      await store.close()
    }
  })

  it('answers a batch that it had committed as a duplicate afterwards', async () => {
    const [text] = await killedAfter(10, 0)
    store = await openIn(folder)
    const [again] = await store.append([
      entry({ log: 'a', author: 'A', text: text ?? '', clientId: `c${text}` }),
    ])
    expect(again).toMatchObject({ outcome: 'duplicate', id: `a${text}` })
  })

  it('leaves whole batches, the first ones, when the end of its last writes is torn', async () => {
    await killedAfter(60, 0)
    const database = readFileSync(join(folder, 'roomful.db'))
    const wal = writtenWal(folder)
    expect(wal.length).toBeGreaterThan(100_000)
    store = await openIn(folder)
    const whole = await textsOf('a')
    await store.close()
    rmSync(folder, { recursive: true })

    const lengths: number[] = []
    for (const torn of tornEnds(wal)) {
      mkdirSync(folder)
      writeFileSync(join(folder, 'roomful.db'), database)
      writeFileSync(join(folder, 'roomful.db-wal'), torn)
      store = await openIn(folder)
      const texts = await expectWholeBatches()
      expect(texts).toEqual(whole.slice(0, texts.length))
      lengths.push(texts.length)
      await store.close()
      rmSync(folder, { recursive: true })
    }
    // One byte costs at most one batch, all of them the whole history, and in between the prefix shrinks with the file.
    expect(lengths[1]).toBeGreaterThanOrEqual(whole.length - 1)
    expect(lengths.at(-1)).toBe(0)
    expect(lengths.slice(1)).toEqual(lengths.slice(1).toSorted((a, b) => b - a))
    expect(lengths[5]).toBeGreaterThan(0)
  })
})

/** A write-ahead log as a power cut may leave it. */
function tornEnds(wal: Buffer): Buffer[] {
  const garbled = Buffer.from(wal)
  garbled.fill(0xa5, wal.length - 5_000)
  const ends = [1, 4_000, 4_121, 40_000, wal.length / 2, wal.length - 20, wal.length]
  return [garbled, ...ends.map((bytes) => wal.subarray(0, wal.length - Math.floor(bytes)))]
}

describe('a database that another program has locked', () => {
  let other: Database
  beforeEach(async () => {
    store = await openIn(folder)
    await store.append(entries(2))
    other = (await loadDriver()).open(join(folder, 'roomful.db'))
    // The store may be renewing its write-ahead log. Of the two libraries, one waits by itself.
    other.exec('PRAGMA busy_timeout = 15000')
    other.exec('BEGIN IMMEDIATE')
  })
  afterEach(() => other.close())

  it('refuses all at once, however much is under way, and works when the lock is gone', async () => {
    const started = performance.now()
    const calls = numbersTo(20).map(() => store.append([entry(), entry({ log: 'new' })]))
    const read = store.read('lobby', { after: 0 }, 10)
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
      expect(result).toMatchObject({ reason: { message: 'The database is locked by another program.' } })
    }
    // One after the other they would take 80 s.
    expect(performance.now() - started).toBeLessThan(40_000)
    expect(await read).toHaveLength(2)
    await expect(store.check()).rejects.toBeInstanceOf(StoreUnavailable)

    other.exec('ROLLBACK')
    await store.check()
    expect(await store.heads(['lobby', 'new'])).toEqual([2, 0])
    expect(seqsOf(await store.append([entry(), entry({ log: 'new' })]))).toEqual([3, 1])
  })

  it('only makes writes wait when the lock is short', async () => {
    const call = store.append([entry()])
    other.exec('ROLLBACK')
    expect(seqsOf(await call)).toEqual([3])
  })

  it('is waited for again after it was gone', async () => {
    await expect(store.append([entry()])).rejects.toThrow('locked')
    other.exec('ROLLBACK')
    await store.append([entry()])
    other.exec('BEGIN IMMEDIATE')
    const started = performance.now()
    await expect(store.append([entry()])).rejects.toThrow('locked')
    expect(performance.now() - started).toBeGreaterThan(1_000)
  })
})

describe('a disk that is full', () => {
  it('refuses whole batches, reads on, and writes again when there is space, without a restart', async ({
    skip,
  }) => {
    mkdirSync(folder)
    const unmount = mountTiny(folder)
    if (unmount === null) {
      skip('a tiny disk needs root and the right to mount')
      return
    }
    try {
      store = await openIn(folder)
      const ballast = join(folder, 'ballast')
      writeFileSync(ballast, Buffer.alloc(2_000_000))
      const committed = await writeUntilRefused()
      expect(committed).toBeGreaterThan(0)
      expect(await textsOf('b')).toEqual(numbersTo(committed).map(String))
      await expect(store.append(bigBatch('x'))).rejects.toMatchObject({
        code: 'unavailable',
        message: 'The disk of the data folder is full.',
      })
      expect(await store.heads(['a', 'b', 'new'])).toEqual([committed, committed, 0])
      truncateSync(ballast, 0)
      await store.check()
      expect(seqsOf(await store.append(bigBatch('x')))).toEqual([committed + 1, committed + 1])
      const { epoch } = store
      await store.close()
      store = await openIn(folder)
      expect(store.epoch).toBe(epoch)
      expect(await textsOf('a')).toEqual([...numbersTo(committed).map(String), 'x'])
    } finally {
      await store.close()
      unmount()
    }
  })

  const bigBatch = (text: string) => [
    entry({ log: 'a', text, author: 'A'.repeat(8_000) }),
    entry({ log: 'b', text, author: 'B'.repeat(8_000) }),
  ]

  /** How many batches were committed. */
  async function writeUntilRefused(): Promise<number> {
    for (let committed = 0; committed < 1_000; committed++) {
      const refused = await store.append(bigBatch(String(committed + 1))).then(
        () => false,
        () => true,
      )
      if (refused) return committed
    }
    throw new Error('The disk did not become full.')
  }
})

/** A disk of 4 MB; the answer takes it away, `null` when it cannot be had. */
function mountTiny(path: string): (() => void) | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    return null
  }
  return () => execFileSync('umount', [path])
}

describe('a thread that dies', () => {
  const logger = keepingLogger()
  let flag: (name: string) => string
  beforeEach(async () => {
    logger.logged.length = 0
    const worker = mortalWorker(temporary.folder)
    flag = worker.flag
    store = await openIn(folder, logger, worker.url)
    await store.append([entry(), entry({ log: '@a', copy: '@b' })])
  })

  const plant = (name: string) => writeFileSync(flag(name), '')
  const events = () => logger.logged.map(({ event }) => event)
  const alive = () => vi.waitFor(() => store.check(), WAIT)

  it.each(['exit', 'throw'])(
    'by %s between a commit and its answer: every call under way is refused, and nothing of it is there',
    async (death) => {
      plant(death)
      const calls = [
        store.append([entry(), entry({ log: '@a', copy: '@b' }), entry({ log: 'new' })]),
        store.read('lobby', { after: 0 }, 10),
        store.append([entry(), entry({ log: '@a', copy: '@a' })]),
        store.heads(['lobby']),
        store.check(),
      ]
      for (const result of await Promise.allSettled(calls))
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
      await expect(store.append([entry()])).rejects.toThrow('The store is being restarted.')

      await alive()
      expect(await store.heads(['lobby', '@a', '@b', 'new'])).toEqual([1, 1, 1, 0])
      expect(seqsOf(await store.append([entry(), entry({ log: '@b' }), entry({ log: 'new' })]))).toEqual([
        2, 2, 1,
      ])
      expect(await textsOf('lobby')).toHaveLength(2)
      expect(events()).toEqual(['store_opened', 'store_worker_lost', 'store_worker_restarted'])
      if (death === 'throw') expect(logger.logged[1]?.cause).toMatchObject({ message: 'planted' })
    },
  )

  it('between the commit of what is about a private message and its answer: it is in neither log', async () => {
    await store.append([entry({ log: '@a', copy: '@b', kind: 'private', text: 'psst' })])
    plant('exit')
    const batch = [
      entry({ log: '@a', kind: 'edit', about: 2 }),
      entry({ log: '@a', kind: 'reaction', about: 2 }),
      entry({ log: '@b', kind: 'reaction', about: 2 }),
    ]
    await expect(store.append(batch)).rejects.toBeInstanceOf(StoreUnavailable)
    await alive()
    expect(await store.heads(['@a', '@b'])).toEqual([2, 2])
    expect(seqsOf(await store.append(batch))).toEqual([3, 4, 5])
  })

  it('is replaced as often as it dies, and the epoch stays', async () => {
    const { epoch } = store
    for (let deaths = 1; deaths <= 3; deaths++) {
      plant('exit')
      await expect(store.append([entry()])).rejects.toBeInstanceOf(StoreUnavailable)
      await alive()
      expect(seqsOf(await store.append([entry()]))).toEqual([deaths + 1])
    }
    expect(store.epoch).toBe(epoch)
  })

  it('is tried again while it cannot start, later each time', async () => {
    plant('refuse')
    plant('exit')
    await expect(store.check()).rejects.toBeInstanceOf(StoreUnavailable)
    await vi.waitFor(
      () => expect(events().filter((event) => event.endsWith('_failed'))).toHaveLength(3),
      WAIT,
    )
    await expect(store.heads([])).rejects.toThrow('The store is being restarted.')
    expect(logger.logged.at(-1)?.cause).toMatchObject({ message: 'refused as told' })
    rmSync(flag('refuse'))
    await alive()
    expect(await store.heads(['lobby'])).toEqual([1])
  })

  it('does not keep the store from closing, and nothing is started after that', async () => {
    plant('exit')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      await expect(store.check()).rejects.toBeInstanceOf(StoreUnavailable)
      expect(vi.getTimerCount()).toBe(1)
      await store.close()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
    await expect(store.check()).rejects.toThrow('The store is closed.')
  })

  it('and is just being replaced when the store closes: the new one lets go of the folder too', async () => {
    plant('hold')
    plant('exit')
    await expect(store.check()).rejects.toBeInstanceOf(StoreUnavailable)
    await vi.waitFor(() => expect(existsSync(flag('holding'))).toBe(true), WAIT)
    const closed = store.close()
    rmSync(flag('hold'))
    await closed
    store = await openIn(folder)
    expect(await store.heads(['lobby'])).toEqual([1])
  })

  it('and a database with another history in its place: it is not used', async () => {
    plant('refuse')
    plant('exit')
    await expect(store.check()).rejects.toBeInstanceOf(StoreUnavailable)
    await vi.waitFor(() => expect(events()).toContain('store_worker_restart_failed'), WAIT)
    const stranger = join(temporary.folder, 'stranger')
    await (await openIn(stranger)).close()
    for (const suffix of ['-wal', '-shm']) rmSync(join(folder, `roomful.db${suffix}`), { force: true })
    copyFileSync(join(stranger, 'roomful.db'), join(folder, 'roomful.db'))
    rmSync(flag('refuse'))
    await vi.waitFor(() => {
      expect(String(logger.logged.at(-1)?.cause)).toContain('Another database')
    }, WAIT)
    await expect(store.append([entry()])).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('while it opens is an error of opening', async () => {
    const worker = mortalWorker(temporary.folder)
    plant('throw')
    await expect(openIn(join(temporary.folder, 'other'), logger, worker.url)).rejects.toThrow(
      'The thread of the store ended while it started (planted).',
    )
  })
})
