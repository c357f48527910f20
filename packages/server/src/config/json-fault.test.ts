import { expect, it } from 'vitest'
import { jsonFault } from './json-fault.ts'

it.each([
  ['{"port": 8000,}', 'line 1, column 14: expected no comma before }'],
  [
    '{\n  "port": 8000\n  "lang": "en"\n}',
    'line 2, column 15: expected a comma (,) before the next name, or } at the end',
  ],
  [
    '{"origins": ["a" "b"]}',
    'line 1, column 17: expected a comma (,) before the next value, or ] at the end',
  ],
  ['{"origins": ["a",]}', 'line 1, column 17: expected no comma before ]'],
  ['{\n  port: 8000\n}', 'line 2, column 3: expected a name in double quotes, such as "port"'],
  ["{'port': 8000}", 'line 1, column 2: expected a name in double quotes, such as "port"'],
  ['{"port" 8000}', 'line 1, column 8: expected a colon (:) between the name and its value'],
  ['{"port" = 8000}', 'line 1, column 8: expected a colon (:) between the name and its value'],
  ['{"port": }', 'line 1, column 10: expected a value'],
  ['{"lang": en}', 'line 1, column 10: expected a number, true, false, or a text in double quotes (")'],
  ['{"lang": \'en\'}', 'line 1, column 10: expected double quotes (") around a text'],
  ['{"lang": "en}\n', 'line 1, column 10: expected a closing double quote (") in this line'],
  ['{"lang": "en', 'line 1, column 10: expected a closing double quote (") in this line'],
  [String.raw`{"data": "C:\rooms\data"}`, String.raw`line 1, column 19: expected \\ for a backslash`],
  ['{"data": "a\tb"}', 'line 1, column 12: expected no tab or other control character in a text'],
  ['{\n  // the port\n  "port": 8000\n}', 'line 2, column 3: expected no comment: JSON has none'],
  ['{"port": 8000, # why\n}', 'line 1, column 16: expected no comment: JSON has none'],
  ['{"port": 8000 /* why */}', 'line 1, column 15: expected no comment: JSON has none'],
  ['{"port": 8000} // why', 'line 1, column 16: expected no comment: JSON has none'],
  ['{"port": /* why */ 8000}', 'line 1, column 10: expected no comment: JSON has none'],
  ['{"port": 8000', 'line 1, column 1: expected } for what begins here'],
  ['{', 'line 1, column 1: expected } for what begins here'],
  ['{"port": 8000,\n', 'line 1, column 1: expected } for what begins here'],
  ['{"a": ["b"', 'line 1, column 7: expected ] for what begins here'],
  ['{"port":', 'line 1, column 9: expected a value, and the text ends'],
  ['{"port": 08000}', 'line 1, column 11: expected a comma (,) before the next name, or } at the end'],
  ['{"port": 8000}}', 'line 1, column 15: expected nothing behind the end of the object'],
  ['{"名": "🙂🙂" x}', 'line 1, column 11: expected a comma (,) before the next name, or } at the end'],
])('%j', (text, fault) => {
  expect(jsonFault(text)).toBe(fault)
})

it('finds a fault exactly where JSON.parse does', () => {
  const whole = `{"a": [1, -2.5e3, true, null, {"b": "\\u00e9\\n\\"", "": {}}, []], "c": ""}`
  expect(jsonFault(whole)).toBeNull()
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  const wrong: string[] = []
  let faults = 0
  for (let at = 0; at <= whole.length; at++) {
    for (const unit of ['', '"', ',', ':', '{', '}', '[', ']', '0', '-', '.', 'e', 't', '\\', ' ', '\n', '/'])
      for (const length of [0, 1]) {
        const text = whole.slice(0, at) + unit + whole.slice(at + length)
        const isWhole = parses(text)
        if ((jsonFault(text) === null) !== isWhole) wrong.push(text)
        if (!isWhole) faults++
      }
  }
  expect(wrong).toEqual([])
  expect(faults).toBeGreaterThan(1_000)
})

it('does not follow what is nested without end', () => {
  expect(jsonFault('['.repeat(200_000))).toBe('line 1, column 102: nested too deeply')
})
