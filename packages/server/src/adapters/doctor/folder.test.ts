import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { shownFinding } from './finding.ts'
import { checkFolder } from './folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roomful-doctor-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.doUnmock('libsql')
  rmSync(folder, { recursive: true })
})

it('finds that there is no SQLite with which a history could be made', async () => {
  expect(await checkFolder(folder)).toMatchObject({ check: 'store', state: 'good' })
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
  vi.doMock('libsql', () => {
    throw new Error('Cannot find package')
  })
  vi.resetModules()
  const { checkFolder: again } = await import('./folder.ts')
  const found = await again(folder)
  expect(found).toMatchObject({ check: 'store', state: 'bad' })
  expect(shownFinding(found, 'en')).toContain('Use Node.js 22.13 or newer, or keep the history in PostgreSQL')
  expect(shownFinding(found, 'zh-Hant')).toContain('請使用 Node.js 22.13 以上')
  expect(readdirSync(folder)).toEqual([])
})

it('tells a file from a folder, and that a history would be begun', async () => {
  writeFileSync(join(folder, 'file'), '')
  const file = await checkFolder(join(folder, 'file'))
  expect(file).toMatchObject({ state: 'bad' })
  expect(shownFinding(file, 'en')).toContain('is no folder')
  expect(shownFinding(await checkFolder(join(folder, 'nowhere')), 'en')).toContain('would begin an empty one')
})
