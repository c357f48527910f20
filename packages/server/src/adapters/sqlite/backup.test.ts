import {
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openIn, startWriter, temporaryFolder } from '../../../testing/sqlite.ts'
import { all, entries, entry, numbersTo, seqsOf, textsOf } from '../../../testing/store-support.ts'
import { secretOf } from '../secret.ts'
import { backUp } from './backup.ts'
import { type Database, loadDriver } from './driver.ts'
import { restore } from './restore.ts'

let temporary: ReturnType<typeof temporaryFolder>
let folder: string
let file: string
beforeEach(() => {
  temporary = temporaryFolder()
  folder = join(temporary.folder, 'data')
  file = join(temporary.folder, 'backup.db')
})
afterEach(() => temporary.remove())

/** Names of files of the store itself; not each of them is there at every time. */
const OWN_FILES = [
  ...['', '-wal', '-shm', '-journal', '.restoring', '.restoring-wal'].map((end) => `roomful.db${end}`),
  ...['lock.db', 'lock.db-journal', 'server.secret', 'server.secret.new'],
]

const WAIT = { timeout: 60_000, interval: 20 }
/** 2024-01-01 */
const now = 1_704_110_400_000

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error)) throw new Error('It was not refused.')
  expect(error.message).toMatch(/^[^\n]+: [^\n]+\.$/)
  return error.message
}

async function filled(where = folder, count = 3): Promise<string> {
  const store = await openIn(where)
  await store.append([...entries(count), entry({ log: '@a', copy: '@b', kind: 'private', target: 'B' })])
  await store.close()
  return store.epoch
}

async function changed(path: string, work: (database: Database) => void): Promise<void> {
  const database = (await loadDriver()).open(path)
  work(database)
  database.close()
}

const back = (force = false) => backUp({ folder, file, force })
const again = (where = folder, force = false) => restore({ file, folder: where, force, now })
const elsewhere = () => join(temporary.folder, 'other')

/** A file with the bytes at its middle turned over. */
function damage(path: string): void {
  const bytes = readFileSync(path)
  for (let at = 4_096; at < bytes.length; at += 4_096) bytes.fill(0xa5, at, at + 100)
  writeFileSync(path, bytes)
}

describe('a backup', () => {
  it('holds everything, for this user only, and comes back with another epoch each time', async () => {
    const epoch = await filled()
    expect(await back()).toEqual({ file, bytes: statSync(file).size, rooms: 1, messages: 3, others: 2 })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const epochs = new Set([epoch])
    for (const name of ['one', 'two']) {
      const where = join(temporary.folder, name)
      expect(await again(where)).toEqual({
        folder: where,
        keptAs: null,
        hasSecret: false,
        rooms: 1,
        messages: 3,
        others: 2,
      })
      const store = await openIn(where)
      epochs.add(store.epoch)
      expect(textsOf(await all(store))).toEqual(['1', '2', '3'])
      expect(await store.heads(['lobby', '@a', '@b'])).toEqual([3, 1, 1])
      await store.close()
    }
    expect(epochs.size).toBe(3)
  })

  it('V3: holds the client ids of what retention has removed', async () => {
    const sent = entry({ clientId: 'c', id: 'first' })
    const store = await openIn(folder)
    await store.append([sent, ...entries(3)])
    await store.trim({ keep: 2, before: null, idsBefore: null }, 100)
    await store.close()
    await back()
    await again(elsewhere())
    const restored = await openIn(elsewhere())
    expect(await restored.append([{ ...sent, id: 'again' }])).toMatchObject([
      { outcome: 'duplicate', seq: 1, id: 'first' },
    ])
    await restored.close()
  })

  it('with a client id that is no UTF-8 is refused', async () => {
    const store = await openIn(folder)
    await store.append([entry({ clientId: 'c' })])
    await store.trim({ keep: 0, before: null, idsBefore: null }, 100)
    await store.close()
    await back()
    await changed(file, (database) => database.exec(`UPDATE let_go_ids SET author = CAST(x'ff' AS TEXT)`))
    expect(await refusal(again(elsewhere()))).toContain(
      'the id of an entry that was removed holds a text that is no UTF-8',
    )
  })

  it('that is put into a folder by hand is another history too', async () => {
    const epoch = await filled()
    await back()
    mkdirSync(elsewhere())
    copyFileSync(file, join(elsewhere(), 'roomful.db'))
    const store = await openIn(elsewhere())
    expect(store.epoch).not.toBe(epoch)
    await store.close()
  })

  it('taken again and again beside a process that writes holds whole batches, all that was acknowledged before it', async () => {
    const writer = startWriter(folder, 0, 10)
    try {
      await vi.waitFor(() => expect(writer.acknowledged.length).toBeGreaterThan(20), WAIT)
      for (let round = 1; round <= 5; round++) {
        const before = [...writer.acknowledged]
        await back(true)
        const where = join(temporary.folder, `copy-${round}`)
        await again(where)
        const store = await openIn(where)
        const [head = 0] = await store.heads(['a'])
        expect(await store.heads(['a', 'b', '@c', '@d'])).toEqual([head, head, head, head])
        const texts: string[] = []
        while (texts.length < head)
          texts.push(...textsOf(await store.read('a', { after: texts.length }, 1_000)))
        const held = new Set(texts)
        expect(before.filter((text) => !held.has(text))).toEqual([])
        await store.close()
      }
      const seen = writer.acknowledged.length
      await vi.waitFor(() => expect(writer.acknowledged.length).toBeGreaterThan(seen), WAIT)
    } finally {
      await writer.kill()
    }
  })

  it('of a folder whose server was killed holds what is in the write-ahead log', async () => {
    const writer = startWriter(folder, 0)
    await vi.waitFor(() => expect(writer.acknowledged.length).toBeGreaterThan(20), WAIT)
    await writer.kill()
    await back()
    await again(elsewhere())
    const store = await openIn(elsewhere())
    expect(textsOf(await all(store, 'a'))).toEqual(expect.arrayContaining(writer.acknowledged.slice(0, 900)))
    await store.close()
  })

  it('does not replace a file without being told so', async () => {
    await filled()
    writeFileSync(file, 'precious')
    expect(await refusal(back())).toBe(
      `${file} exists already: choose another name, or replace it with --force.`,
    )
    expect(readFileSync(file, 'utf8')).toBe('precious')
    await back(true)
    expect((await again(elsewhere())).messages).toBe(3)
  })

  it.each(OWN_FILES)(
    'never takes the place of %s of the data folder, however that is named',
    async (name) => {
      const store = await openIn(folder)
      await store.append(entries(3))
      await secretOf(folder)
      mkdirSync(elsewhere())
      const own = join(folder, name)
      symlinkSync(folder, join(elsewhere(), 'folder'))
      const paths = [own, join(elsewhere(), 'folder', name), join(folder, name.toUpperCase())]
      if (existsSync(own)) {
        symlinkSync(own, join(elsewhere(), 'symbolic'))
        linkSync(own, join(elsewhere(), 'hard'))
        paths.push(join(elsewhere(), 'symbolic'), join(elsewhere(), 'hard'))
      }
      const former = readdirSync(folder).map((each) => [each, statSync(join(folder, each)).ino])
      for (const path of paths)
        expect(await refusal(backUp({ folder, file: path, force: true })), path).toContain(
          'of the data folder itself',
        )
      expect(readdirSync(folder).map((each) => [each, statSync(join(folder, each)).ino])).toEqual(former)
      await store.close()
    },
  )

  it('may lie in the data folder under any other name', async () => {
    await filled()
    for (const name of ['monday.db', 'roomful.db.bak'])
      expect((await backUp({ folder, file: join(folder, name), force: false })).messages).toBe(3)
  })

  it('needs a database, a place, and a name that is no folder', async () => {
    expect(await refusal(back())).toBe(
      `There is no database in ${folder}: name the data folder of the server with --data.`,
    )
    expect(existsSync(folder)).toBe(false)
    await filled()
    const nowhere = join(folder, 'roomful.db', 'backup.db')
    expect(await refusal(backUp({ folder, file: nowhere, force: false }))).toMatch(
      /backup\.db cannot be written \(E[A-Z]+\): choose another place for the backup\.$/,
    )
    expect(await refusal(backUp({ folder, file: folder, force: true }))).toContain('is not a file')
  })

  it('makes the folder in which it shall lie', async () => {
    await filled()
    const deep = join(temporary.folder, 'not', 'there', 'backup.db')
    expect((await backUp({ folder, file: deep, force: false })).messages).toBe(3)
  })

  it('of a damaged database is refused, and the earlier one stays', async () => {
    await filled(folder, 900)
    await back()
    const earlier = readFileSync(file)
    damage(join(folder, 'roomful.db'))
    expect(await refusal(back(true))).toContain('is damaged')
    expect(readFileSync(file).equals(earlier)).toBe(true)
    expect(readdirSync(temporary.folder).sort()).toEqual(['backup.db', 'data'])
  })

  it.each([
    ['a hole', 'DELETE FROM entries WHERE seq = 2'],
    ['a lost end', 'DELETE FROM entries WHERE seq = 3'],
    ['entries of no log', `DELETE FROM logs WHERE name = 'lobby'`],
    ['a log without its entries', `INSERT INTO logs (name, head) VALUES ('other', 7)`],
  ])('with %s is not kept', async (_, sql) => {
    await filled()
    await changed(join(folder, 'roomful.db'), (database) => database.exec(sql))
    expect(await refusal(back())).toMatch(/failed its check \(.*\) and was not kept/)
    expect(readdirSync(temporary.folder)).toEqual(['data'])
  })
})

describe('restoring', () => {
  it.runIf(process.getuid?.() === 0)('by root leaves all to the owner of the folder', async () => {
    mkdirSync(elsewhere())
    chownSync(elsewhere(), 4_711, 4_712)
    writeFileSync(join(elsewhere(), 'server.secret'), Buffer.alloc(32))
    await again(elsewhere())
    const owners = readdirSync(elsewhere()).map((name) => {
      const { uid, gid } = statSync(join(elsewhere(), name))
      return [name, uid, gid]
    })
    expect(owners).toEqual(['lock.db', 'roomful.db', 'server.secret'].map((name) => [name, 4_711, 4_712]))
  })

  beforeEach(async () => {
    await filled()
    await back()
  })

  it('over a database needs force, and keeps that one under a dated name, with what was in its write-ahead log', async () => {
    const writer = startWriter(folder, 0)
    await vi.waitFor(() => expect(writer.acknowledged.length).toBeGreaterThan(20), WAIT)
    await writer.kill()
    expect(await refusal(again())).toBe(
      `The data folder ${folder} is not empty: choose another one with --data, or restore with --force, which keeps the database that is there under another name.`,
    )
    const { keptAs } = await again(folder, true)
    expect(keptAs).toBe(join(folder, 'roomful-2024-01-01T12-00-00Z.db'))
    const store = await openIn(folder)
    expect(await store.heads(['lobby', 'a'])).toEqual([3, 0])
    await store.close()
    mkdirSync(elsewhere())
    copyFileSync(keptAs ?? '', join(elsewhere(), 'roomful.db'))
    const former = await openIn(elsewhere())
    expect(textsOf(await all(former, 'a'))).toEqual(expect.arrayContaining(writer.acknowledged.slice(0, 900)))
    await former.close()
  })

  it('twice within a second keeps both', async () => {
    const first = await again(folder, true)
    const second = await again(folder, true)
    expect(second.keptAs).toBe(join(folder, 'roomful-2024-01-01T12-00-00Z-2.db'))
    expect(existsSync(first.keptAs ?? '')).toBe(true)
  })

  it('takes the place of a damaged database, which is kept as it was', async () => {
    damage(join(folder, 'roomful.db'))
    const damaged = readFileSync(join(folder, 'roomful.db'))
    const { keptAs } = await again(folder, true)
    expect(readFileSync(keptAs ?? '').equals(damaged)).toBe(true)
    const store = await openIn(folder)
    expect(seqsOf(await all(store))).toEqual(numbersTo(3))
    await store.close()
  })

  it('into the folder of a running server is refused', async () => {
    const store = await openIn(folder)
    expect(await refusal(again(folder, true))).toContain('Another Roomful process is using the data folder')
    await store.append([entry()])
    await store.close()
  })

  it('leaves the folder as it was when the backup is none, is damaged, or has holes', async () => {
    const names = readdirSync(folder).sort()
    const whole = readFileSync(join(folder, 'roomful.db'))
    const good = readFileSync(file)
    const attempts: (() => void | Promise<void>)[] = [
      () => writeFileSync(file, ''),
      () => writeFileSync(file, 'something else '.repeat(1_000)),
      () => writeFileSync(file, good.subarray(0, good.length - 4_096)),
      () => damage(file),
      () => changed(file, (database) => database.exec('DELETE FROM entries WHERE seq = 2')),
      () => changed(file, (database) => database.exec('DROP INDEX entries_by_number; DROP TABLE entries')),
    ]
    for (const attempt of attempts) {
      writeFileSync(file, good)
      await attempt()
      expect(await refusal(again(folder, true))).toMatch(/is damaged or no backup of Roomful/)
      expect(readdirSync(folder).sort()).toEqual(names)
      expect(readFileSync(join(folder, 'roomful.db')).equals(whole)).toBe(true)
    }
  })

  it('takes a copied pair of database and write-ahead log whole', async () => {
    const writer = startWriter(folder, 0)
    await vi.waitFor(() => expect(writer.acknowledged.length).toBeGreaterThan(20), WAIT)
    await writer.kill()
    for (const suffix of ['', '-wal']) copyFileSync(join(folder, `roomful.db${suffix}`), file + suffix)
    await again(elsewhere())
    const store = await openIn(elsewhere())
    expect(textsOf(await all(store, 'a'))).toEqual(expect.arrayContaining(writer.acknowledged.slice(0, 900)))
    await store.close()
  })

  it.each(OWN_FILES)('does not take %s of the folder itself, however that is named', async (name) => {
    const own = join(folder, name)
    // Whole, so that nothing but its name speaks against it.
    if (!existsSync(own)) copyFileSync(file, own)
    linkSync(own, join(temporary.folder, 'hard'))
    symlinkSync(own, join(temporary.folder, 'symbolic'))
    const former = readFileSync(own)
    for (file of [own, join(temporary.folder, 'hard'), join(temporary.folder, 'symbolic')])
      expect(await refusal(again(folder, true)), file).toContain('not a backup of it')
    expect(readFileSync(own).equals(former)).toBe(true)
  })

  it('does not take a name that is not there', async () => {
    file = join(temporary.folder, 'nothing.db')
    expect(await refusal(again(elsewhere()))).toBe(`There is no file ${file}: name the backup to restore.`)
    expect(existsSync(elsewhere())).toBe(false)
  })
})
