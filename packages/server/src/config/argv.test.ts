import { describe, expect, it } from 'vitest'
import { readArgv } from './argv.ts'

describe('flags of commands', () => {
  it.each([
    ['restore a.db --force=false', '--force takes no value, and is given "false"'],
    ['export a.txt --force=no', '--force takes no value, and is given "no"'],
    ['bench --yes=false', '--yes takes no value, and is given "false"'],
    ['--version=no', '--version takes no value, and is given "no"'],
    ['export a.txt --room a --room b', '--room is given twice, with "a" and "b": keep one of them.'],
    ['doctor --token a --token b', '--token is given twice, with two secrets: keep one of them.'],
  ])('%s is refused', (line, why) => {
    expect(() => readArgv(line.split(' '))).toThrow(why)
  })

  it('may be given twice alike', () => {
    const line = 'export a.txt --room a --room a --force --force'
    expect(readArgv(line.split(' '))).toMatchObject({ asked: { room: 'a' }, force: true })
  })
})
