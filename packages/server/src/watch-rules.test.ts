import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import type { Rule } from './ports/permissions.ts'
import { watchRules } from './watch-rules.ts'

const folder = mkdtempSync(join(tmpdir(), 'roomful-rules-'))
const config = join(folder, 'roomful.json')
let stop = (): void => {}

afterEach(() => {
  stop()
  rmSync(folder, { recursive: true, force: true })
})

it('PE8: a change of the rules in the file holds; what is not usable, or not there, changes nothing', async () => {
  const held: (readonly Rule[])[] = []
  const log: string[] = []
  const note = (event: string, _fields?: unknown, cause?: unknown): void =>
    void log.push(`${event} ${cause instanceof Error ? cause.message : ''}`)
  const logger = { debug: note, info: note, warn: note, error: note }
  const first: Rule[] = [{ rooms: ['a'], who: 'guests', may: ['read'] }]
  const write = (content: object | string): void =>
    writeFileSync(config, typeof content === 'string' ? content : JSON.stringify(content))
  write({ permissions: first })
  stop = watchRules(
    { config, auth: 'jwt+guest', permissions: first },
    { replaceRules: (rules) => held.push(rules) },
    logger,
    20,
  )
  const logged = async (text: string): Promise<void> =>
    vi.waitFor(() => expect(log.at(-1) ?? '').toContain(text), { timeout: 60_000 })
  const second: Rule[] = [{ rooms: ['a', 'b*'], who: 'guests', may: [] }]
  write({ permissions: second })
  await logged('permissions_reloaded')
  expect(held).toEqual([second])
  write('{"permissions":[')
  await logged('permissions_not_reloaded config')
  write({ permissions: [{ rooms: ['b'], who: 'guests', may: ['fly'] }] })
  await logged('permissions[0]: may: "fly" is none of')
  write({ permissions: [{ rooms: ['c'], who: { claim: 'groups', is: 'x' }, may: [] }] })
  await logged('The claim groups was in no rule')
  rmSync(config)
  await logged('does not exist')
  expect(held).toHaveLength(1)
})
