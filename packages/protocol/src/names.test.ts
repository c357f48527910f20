import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalRoom, checkRoom, checkUsername, type NameFault, nameKey } from './names.ts'

const fault = (name: string): NameFault | 'ok' => {
  const check = checkUsername(name)
  return check.ok ? 'ok' : check.fault
}

describe('usernames', () => {
  it('NA1: takes names of every script, with inner spaces and joined emoji', () => {
    for (const name of [
      'Alice',
      '王小明',
      'Zoë',
      'a b',
      'Ω',
      '👩‍💻',
      '👨‍👩‍👧',
      '🏳️‍🌈',
      '👍🏽',
      'नमस्ते',
      'محمد',
      'x'.repeat(32),
      '👍'.repeat(32),
    ])
      expect([name, fault(name)]).toEqual([name, 'ok'])
  })

  it('NA1: refuses the empty, the long, spaces at the ends, and slashes', () => {
    expect(fault('')).toBe('empty')
    expect(fault('x'.repeat(33))).toBe('too_long')
    expect(fault('x'.repeat(1000))).toBe('too_long')
    for (const name of [' a', 'a ', '\u3000a', 'a\u00a0', ' ']) expect(fault(name)).toBe('spaces')
    for (const name of ['a/b', '/', 'a\u2044/']) expect(fault(name)).toBe('characters')
    expect(fault('\ud800')).toBe('ill_formed')
  })

  it('NA1: refuses control, bidi and zero-width characters, one by one', () => {
    const bad = [
      0x00, 0x07, 0x0a, 0x1b, 0x7f, 0x85, 0xad, 0x34f, 0x61c, 0x180e, 0x200b, 0x200c, 0x200e, 0x200f, 0x2028,
      0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a,
      0x2800, 0x3164, 0xfeff, 0xffa0, 0xfff9, 0xfffd, 0x1bca0, 0x1d173, 0xe0001, 0xe0041,
    ]
    for (const point of bad) {
      const name = `a${String.fromCodePoint(point)}b`
      expect([point.toString(16), fault(name)]).toEqual([point.toString(16), 'characters'])
    }
    expect(fault('a\u200db')).toBe('characters')
    expect(fault('z̷̧̛̤̙̈a')).toBe('characters')
  })

  it('NA3: refuses reserved names in every spelling that has their key', () => {
    for (const name of [
      'system',
      'ADMIN',
      'Server',
      'everyone',
      'here',
      'Anonymous',
      'ＡＤＭＩＮ',
      'аdmin',
      'ѕуѕtеm',
      'ſystem',
      'anοnymοus',
    ])
      expect([name, fault(name)]).toEqual([name, 'reserved'])
  })

  it('NA2: gives look-alike spellings one key', () => {
    const pairs: [string, string][] = [
      ['alice', 'Alice'],
      ['alice', 'ALICE'],
      ['alice', 'Ａlice'],
      ['alice', 'аlice'],
      ['alice', 'alіce'],
      ['alice', 'αlice'],
      ['straße', 'STRASSE'],
      ['ﬁona', 'fiona'],
      ['kelvin', 'Kelvin'],
      ['saſha', 'sasha'],
      ['ıvan', 'ivan'],
      ['İvan', 'ivan'],
      ['pete', 'реtе'],
      ['zoë', 'zoe\u0308'],
      ['bob', 'ｂｏｂ'],
      ['mike', 'ⓜike'],
      ['scope', 'ѕсоре'],
      ['x²', 'x2'],
    ]
    for (const [a, b] of pairs) expect([a, b, nameKey(a)]).toEqual([a, b, nameKey(b)])
    expect(nameKey('alice')).not.toBe(nameKey('alicia'))
    expect(nameKey('王')).not.toBe(nameKey('玉'))
  })

  it('NA2: no letter of the basic plane that folds to ASCII makes a second key', () => {
    for (let point = 0x80; point < 0x10000; point++) {
      const letter = String.fromCodePoint(point)
      const folded = letter.normalize('NFKC').toLowerCase()
      if (/^[a-z]+$/.test(folded)) expect(nameKey(letter)).toBe(nameKey(folded))
    }
  })

  it('NA2: a key is its own key, and the canonical name has the key of what was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (raw) => {
        const check = checkUsername(raw)
        if (!check.ok) return
        expect(check.name).toBe(raw.normalize('NFC'))
        expect(nameKey(check.key)).toBe(check.key)
        expect(nameKey(check.name)).toBe(check.key)
      }),
    )
  })

  it('NA1: refuses Latin letters beside letters of other alphabets that pass for Latin capitals', () => {
    for (const name of ['Ηenry', 'Μary', 'Νora', 'Ηere', 'Ꭺdmin', 'ꓮdmin', 'ᴀdmin', 'Aӏice'])
      expect([name, fault(name)]).toEqual([name, 'characters'])
    for (const name of ['Ηλίας', 'Νίκος', 'ΝΙΚΟΣ', 'Маша', 'ᏣᎳᎩ'])
      expect([name, fault(name)]).toEqual([name, 'ok'])
    expect(nameKey('Νίκος')).toBe(nameKey('νίκος'))
  })

  it('NA6: names of object members are names as any other', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined'])
      expect(fault(name)).toBe('ok')
  })
})

describe('rooms', () => {
  it('RO1: takes letters, digits, marks, -, _ and . of every script', () => {
    for (const room of [
      'lobby',
      '大廳',
      'team-1_a.b',
      'क्षेत्र',
      'Ünïcode',
      'x'.repeat(64),
      '__proto__',
      'constructor',
      '1',
    ])
      expect(checkRoom(room)).toMatchObject({ ok: true })
  })

  it('RO1: refuses everything that means something to a back end', () => {
    const bad = [
      '',
      '*',
      '>',
      '#',
      'a/b',
      'a b',
      ' ',
      '@me',
      '@bob',
      'a:b',
      '{x}',
      '?',
      '[a-z]',
      "'; --",
      '%',
      '\r\n',
      '\0',
      '.',
      '..',
      'a,b',
      '$SYS',
      'x'.repeat(65),
      '😀',
      '\ud800',
      'a\u200bb',
    ]
    for (const room of bad) expect([room, checkRoom(room).ok]).toEqual([room, false])
  })

  it('RO1: two spellings of one text are one room', () => {
    expect(checkRoom('cafe\u0301')).toEqual(checkRoom('café'))
  })
})

describe('texts that are far too long for a name', () => {
  // Two that say the same, of which neither may be made the other: that takes time in the square of the marks.
  const [composed, decomposed] = ['\u00e9', 'e\u0301'].map((letter) => letter.repeat(600)) as [string, string]

  it('RO1: are no rooms, and are not made canonical', () => {
    expect(canonicalRoom(decomposed)).toBe(decomposed)
    expect(canonicalRoom(decomposed.slice(0, 400))).toBe(composed.slice(0, 200))
    expect(checkRoom(decomposed)).toEqual({ ok: false, fault: 'too_long' })
  })

  it('NA2: are no names, and have themselves as their key', () => {
    expect(nameKey(decomposed)).toBe(decomposed)
    expect(nameKey(decomposed.slice(0, 64))).toBe(composed.slice(0, 32))
    expect(checkUsername(decomposed)).toEqual({ ok: false, fault: 'too_long' })
  })
})
