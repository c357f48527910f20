/** How the connections to a database are set up that write to it. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../../testing/sqlite.ts'
import { entries } from '../../../testing/store-support.ts'
import { flattenBatch } from '../store-codec.ts'
import type * as Drivers from './driver.ts'

interface Seen {
  readonly file: string
  /** `PRAGMA synchronous` as it is at the end: 2 waits for the disk with every commit. */
  readonly synchronous: unknown
}

const seen: Seen[] = []

/** Each connection says at its end how it was set up, if it has changed anything. */
async function watchedDrivers(importActual: <T>() => Promise<T>): Promise<typeof Drivers> {
  const actual = await importActual<typeof Drivers>()
  return {
    ...actual,
    async loadDriver() {
      const driver = await actual.loadDriver()
      return {
        ...driver,
        open(file: string) {
          const database = driver.open(file)
          const close = () => {
            const changes = database.prepare('SELECT total_changes() AS number').all([])[0]?.['number']
            const synchronous = database.prepare('PRAGMA synchronous').all([])[0]?.['synchronous']
            if (Number(changes) > 0) seen.push({ file, synchronous })
            database.close()
          }
          return { ...database, close }
        },
      }
    },
  }
}

/** What other files have loaded already has the drivers as they are. */
async function freshModules() {
  const [{ backUp }, { openEngine }, { restore }] = await Promise.all([
    import('./backup.ts'),
    import('./open.ts'),
    import('./restore.ts'),
  ])
  return { backUp, openEngine, restore }
}

let temporary: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  temporary = temporaryFolder()
  seen.length = 0
  vi.resetModules()
  vi.doMock('./driver.ts', watchedDrivers)
})
afterEach(() => {
  vi.doUnmock('./driver.ts')
  vi.resetModules()
  vi.restoreAllMocks()
  temporary.remove()
})

const builtIn = process.getBuiltinModule('node:sqlite') as unknown

describe.each([
  ['node:sqlite', builtIn === undefined],
  ['libsql', false],
])('a connection of %s', (name, isMissing) => {
  it.skipIf(isMissing)('waits for the disk with every commit', async () => {
    if (name === 'libsql') vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
    const folder = join(temporary.folder, 'data')
    const file = join(temporary.folder, 'backup.db')
    const other = join(temporary.folder, 'other')
    mkdirSync(other)
    const { backUp, openEngine, restore } = await freshModules()

    const engine = await openEngine(folder)
    expect(engine.driver).toBe(name)
    engine.append(flattenBatch(entries(3)))
    engine.renewLog()
    engine.append(flattenBatch(entries(3)))
    await backUp({ folder, file, force: false })
    engine.close()
    await restore({ file, folder: other, force: false, now: 0 })

    expect(seen).toEqual([
      { file: `${file}.part`, synchronous: 2 },
      { file: join(folder, 'roomful.db'), synchronous: 2 },
      { file: join(other, 'roomful.db.restoring'), synchronous: 2 },
    ])
  })
})
