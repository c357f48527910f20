import { describe, expect, it } from 'vitest'
import { createImeGuard } from './ime.ts'

/** One event of a trace: what the browser reports, `ms` after the one before. */
type Step =
  | ['start' | 'end' | 'blur' | 'paste', number?]
  | ['input', boolean, number?]
  | ['key', string, { composing?: boolean; code?: number; ms?: number }?]

/** Plays a trace; gives the keys that reach the page. */
function play(steps: readonly Step[]): string[] {
  let clock = 0
  const guard = createImeGuard(() => clock)
  const reached: string[] = []
  for (const step of steps) {
    if (step[0] === 'key') {
      const { composing = false, code = 13, ms = 80 } = step[2] ?? {}
      clock += ms
      if (guard.owns({ key: step[1], isComposing: composing, keyCode: code }) === false) reached.push(step[1])
    } else if (step[0] === 'input') {
      clock += step[2] ?? 1
      guard.input(step[1])
    } else {
      clock += step[1] ?? 1
      if (step[0] === 'start') guard.compositionStarted()
      else if (step[0] === 'end') guard.compositionEnded()
      else guard.reset()
    }
  }
  return reached
}

const ime = { composing: true, code: 229 }
const late = { code: 229, ms: 4 }
const SEND: Step = ['key', 'Enter', { ms: 400 }]

/** Letters typed into a composition, as Chrome and Firefox report them. */
const typed = (...keys: string[]): Step[] => [
  ['key', 'Process', { code: 229 }],
  ['start'],
  ['input', true],
  ...keys.flatMap((key): Step[] => [
    ['key', key, ime],
    ['input', true],
  ]),
]

// The confirming Enter: Chrome and Firefox report it inside the composition, Safari after its end.
const CHROME: Step[] = [['key', 'Enter', ime], ['input', true], ['end']]
const FIREFOX: Step[] = [['key', 'Enter', ime], ['end'], ['input', false]]
const SAFARI: Step[] = [['input', true], ['end'], ['key', 'Enter', late]]
const SAFARI_PLAIN_CODE: Step[] = [['input', true], ['end'], ['key', 'Enter', { code: 13, ms: 4 }]]
const WINDOWS: Step[] = [['key', 'Process', { composing: true, code: 229 }], ['end'], ['input', false]]

const CONFIRMING: readonly (readonly [string, Step[]])[] = [
  ['Chrome', CHROME],
  ['Firefox', FIREFOX],
  ['Safari', SAFARI],
  ['Safari without key code 229', SAFARI_PLAIN_CODE],
  ['Windows', WINDOWS],
]

const METHODS: readonly (readonly [string, Step[]])[] = [
  ['Zhuyin', typed('ㄋ', 'ㄧ', 'ˇ', 'ArrowDown', '2')],
  ['Cangjie', typed('人', '弓', '火', ' ')],
  ['Pinyin', typed('n', 'i', 'h', 'a', 'o', 'Tab')],
  ['Japanese', typed('に', 'h', 'o', 'n', ' ', ' ', 'ArrowDown')],
  ['Korean', typed('ㅎ', 'ㅏ', 'ㄴ')],
]

describe.each(METHODS)('%s', (_, typing) => {
  it.each(CONFIRMING)(
    'on %s: the Enter that confirms never sends, the next one does',
    (_browser, confirm) => {
      expect(play([...typing, ...confirm])).toEqual([])
      expect(play([...typing, ...confirm, SEND])).toEqual(['Enter'])
    },
  )

  it('leaves every key of the candidate window alone', () => {
    const keys: Step[] = ['ArrowUp', 'ArrowDown', 'Escape', 'Tab', '1', 'PageDown', ' '].map((key) => [
      'key',
      key,
      ime,
    ])
    expect(play([...typing, ...keys])).toEqual([])
  })

  it('confirms several times in one sentence', () => {
    expect(play([...typing, ...SAFARI, ...typing, ...CHROME, ...typing, ...FIREFOX, SEND])).toEqual(['Enter'])
  })
})

describe('Android', () => {
  // Every key is 229 and the letters of one word are one composition.
  const word: Step[] = [
    ['key', 'Unidentified', { code: 229 }],
    ['start'],
    ['input', true],
    ['key', 'Unidentified', { code: 229 }],
    ['input', true],
  ]

  it('sends with the key after the word was finished', () => {
    expect(play([...word, ['end'], ['input', false], SEND])).toEqual(['Enter'])
  })

  it('heals when the composition is never ended: by input outside of it', () => {
    expect(play([...word, ['start'], SEND])).toEqual([])
    expect(play([...word, ['start'], ['input', false], SEND])).toEqual(['Enter'])
  })

  it('heals on blur and on paste', () => {
    expect(play([...word, ['blur'], SEND])).toEqual(['Enter'])
    expect(play([...word, ['paste'], SEND])).toEqual(['Enter'])
  })

  it('takes repeated starts for one composition', () => {
    expect(play([...word, ['start'], ['start'], ['end'], SEND])).toEqual(['Enter'])
  })
})

it('does not delay the Enter of somebody who types without an input method', () => {
  expect(
    play([
      ['key', 'h', { code: 72 }],
      ['input', false],
      ['key', 'Enter', { ms: 1 }],
    ]),
  ).toEqual(['h', 'Enter'])
})

it('tells an Enter that may have confirmed from one that certainly does', () => {
  let clock = 0
  const guard = createImeGuard(() => clock)
  const enter = { key: 'Enter', isComposing: false, keyCode: 13 }
  guard.compositionStarted()
  expect(guard.owns(enter)).toBe('composing')
  guard.compositionEnded()
  clock += 5
  expect(guard.owns(enter)).toBe('just-ended')
  clock += 50
  expect(guard.owns(enter)).toBe(false)
})

it('lets other keys through right after a composition', () => {
  expect(play([['start'], ['end'], ['key', 'a', { code: 65, ms: 2 }]])).toEqual(['a'])
})
