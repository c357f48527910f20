/** Pairs of names: which are one name, which may not be borne at all, and which are two, though they look it. */
import { describe, expect, it } from 'vitest'
import { checkUsername, nameKey } from './names.ts'

/** Of each pair the second is the first one's name, or nobody's. */
const SAME: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'case folding': [
    ['alice', 'Alice'],
    ['alice', 'ALICE'],
    ['zoë', 'ZOË'],
    ['straße', 'STRASSE'],
    ['straße', 'strasse'],
    ['groß', 'GROẞ'],
    ['σίσυφος', 'ΣΊΣΥΦΟΣ'],
    ['σίσυφος', 'σίσυφοσ'],
    ['маша', 'МАША'],
    ['ǆungla', 'ǅungla'],
    ['ﬀ', 'ff'],
    ['ŉ', 'ʼn'],
    ['ᾳ', 'αι'],
    ['ⓐlice', 'Ⓐlice'],
    ['sasha', 'ſaſha'],
    ['kelvin', '\u212Aelvin'],
    ['ångström', '\u212Bngström'],
    ['ωmega', '\u2126mega'],
    ['նա', 'ՆԱ'],
    ['ა', 'Ა'],
  ],
  'Turkish i': [
    ['ivan', 'ıvan'],
    ['ivan', 'İvan'],
    ['ivan', 'i\u0307van'],
    ['ivan', 'IVAN'],
    ['izmir', 'İZMİR'],
    ['izmir', 'ızmır'],
    ['admin1', 'admın1'],
    ['ali', 'alı'],
    ['ali', 'ALİ'],
    ['isik', 'ışık'.replaceAll('ş', 's')],
  ],
  'full-width and other forms': [
    ['bob', 'ｂｏｂ'],
    ['bob', 'ＢＯＢ'],
    ['bob1', 'bob１'],
    ['mike', 'ⓜike'],
    ['x2', 'x²'],
    ['x2', 'x₂'],
    ['fiona', 'ﬁona'],
    ['flora', 'ﬂora'],
    ['alice', '𝐚lice'],
    ['alice', '𝒶lice'],
    ['alice', '𝓪𝓵𝓲𝓬𝓮'],
    ['alice', '𝔞𝔩𝔦𝔠𝔢'],
    ['alice', '𝕒𝕝𝕚𝕔𝕖'],
    ['alice', '𝖺𝗅𝗂𝖼𝖾'],
    ['alice', '𝚊𝚕𝚒𝚌𝚎'],
    ['no1', 'no①'],
    ['iv', 'ⅳ'],
    ['カナ', 'ｶﾅ'],
    ['ガス', 'ｶﾞｽ'],
    ['tel', '℡'],
    ['a.b', 'a․b'],
    ['l', 'ⅼ'],
    ['c', 'ⅽ'],
    ['d', 'ⅾ'],
    ['m', 'ⅿ'],
    ['x', 'ⅹ'],
    ['v', 'ⅴ'],
    ['i', 'ⅰ'],
    ['2d', '2ⅾ'],
    ['h', 'ℎ'],
    ['r', 'ℝ'],
    ['e', 'ℯ'],
    ['a', 'ª'],
    ['o', 'º'],
    ['神', '\uFA19'],
    ['福', '\uFA1B'],
  ],
  'combining marks': [
    ['zoë', 'zoe\u0308'],
    ['é', 'e\u0301'],
    ['ñandu', 'n\u0303andu'],
    ['ệ', 'e\u0323\u0302'],
    ['ệ', 'e\u0302\u0323'],
    ['한글', '\u1112\u1161\u11ab\u1100\u1173\u11af'],
    ['が', 'か\u3099'],
    ['ü', 'u\u0308'],
    ['Å', 'A\u030a'],
    ['\u0958', '\u0915\u093c'],
  ],
  'letters of other alphabets': [
    ['alice', 'аlice'],
    ['alice', 'αlice'],
    ['alice', 'ɑlice'],
    ['alice', 'alіce'],
    ['alice', 'aliсe'],
    ['alice', 'alicе'],
    ['alice', 'аlісе'],
    ['bob', 'Вob'],
    ['bob', 'bоb'],
    ['bob', 'bοb'],
    ['bob', 'bօb'],
    ['pete', 'реtе'],
    ['scope', 'ѕсоре'],
    ['hans', 'һans'],
    ['hans', 'հans'],
    ['jay', 'јay'],
    ['max', 'maх'],
    ['max', 'maχ'],
    ['max', 'mаx'],
    ['toy', 'toу'],
    ['toy', 'τoy'],
    ['kim', 'кim'],
    ['kim', 'κim'],
    ['mia', 'мia'],
    ['queen', 'ԛueen'],
    ['will', 'ԝill'],
    ['dave', 'ԁave'],
    ['viv', 'ѵiv'],
    ['viv', 'νiν'],
    ['ute', 'սte'],
    ['noa', 'ոoa'],
    ['eve', 'ενε'],
    ['eva', 'ева'.replace('в', 'v')],
    ['gogo', 'ɡoɡo'],
    ['rpm', 'rρm'],
    ['uno', 'υno'],
    ['sys', 'ѕуѕ'],
    ['tim', 'тim'],
    ['pope', 'роре'],
    ['oleg', 'οleg'],
  ],
  'reserved words': [
    ['system', 'ѕуѕtеm'],
    ['system', 'ＳＹＳＴＥＭ'],
    ['system', 'ſystem'],
    ['system', '𝓼𝔂𝓼𝓽𝓮𝓶'],
    ['admin', 'аdmin'],
    ['admin', 'ADMIN'],
    ['admin', 'ａｄｍｉｎ'],
    ['admin', 'admın'],
    ['admin', 'ⓐⓓⓜⓘⓝ'],
    ['server', 'ѕerver'],
    ['server', 'Server'],
    ['everyone', 'еveryone'],
    ['everyone', 'everyonе'],
    ['here', 'һere'],
    ['here', 'Hеre'],
    ['anonymous', 'anοnymοus'],
    ['anonymous', 'Anonymous'],
    ['anonymous', 'аnonymous'],
  ],
  'what cannot be seen, and what turns the reading direction': [
    ...[
      ...[
        '\u200b',
        '\u200c',
        '\u200d',
        '\u2060',
        '\ufeff',
        '\u00ad',
        '\u034f',
        '\u061c',
        '\u180e',
        '\u200e',
        '\u200f',
      ],
      ...[
        '\u202a',
        '\u202b',
        '\u202c',
        '\u202d',
        '\u202e',
        '\u2066',
        '\u2067',
        '\u2068',
        '\u2069',
        '\u2061',
        '\u206a',
      ],
      ...[
        '\u115f',
        '\u1160',
        '\u3164',
        '\uffa0',
        '\u2800',
        '\u17b4',
        '\ufff9',
        '\u{e0001}',
        '\u{e0061}',
        '\u0000',
        '\u0085',
      ],
      ...['\ufe0f', '\ufe00', '\u{e0100}', '\u180b'],
    ].map((letter) => ['alice', `al${letter}ice`] as const),
    ['alice', 'alice '],
    ['alice', ' alice'],
    ['alice', 'alice\u00a0'],
    ['alice', '\u3000alice'],
    ['a b', 'a\u00a0b'],
    ['a b', 'a\u3000b'],
    ['a b', 'a\u2009b'],
    ['a b', 'a  b'],
    ['a b', 'a \u3000 b'],
    ['❤', '❤\ufe0f'],
    ['❤\ufe0e', '❤\ufe0f'],
  ],
  'capitals of other alphabets beside Latin letters': [
    ['henry', 'Ηenry'],
    ['mary', 'Μary'],
    ['nora', 'Νora'],
    ['zoe', 'Ζoe'],
    ['yann', 'Υann'],
    ['admin', 'Ꭺdmin'],
    ['admin', 'ꓮdmin'],
    ['admin', 'ᴀdmin'],
    ['alice', 'Aӏice'],
    ['bob', 'ꓐob'],
    ['maxy', 'Μаху'],
    ['carl', 'Ϲarl'],
    ['ary', '\u{1d6b3}ary'],
    ['sasha', 'ꜱasha'],
  ],
  'letters of Cyrillic, Greek and Armenian that are seldom seen': [
    ['mary', 'Marү'],
    ['mary', 'Mаrү'],
    ['jack', 'Ϳack'],
    ['sam', 'Տam'],
    ['lee', 'Լee'],
    ['greg', 'Greց'],
    ['greg', 'Ԍreg'],
    ['greg', 'ԍreg'],
    ['viv', 'Viѵ'],
    ['zoë', 'Zoё'],
    ['zoë', 'Zое\u0308'],
    ['noïs', 'noїs'],
    ['börk', 'bӧrk'],
  ],
  'words of two alphabets': [
    ['bob', 'Bסb'],
    ['bob', 'Bഠb'],
    ['bob', 'B๐b'],
    ['bob', 'Bⲟb'],
    ['team', 'Жteam'],
    ['жож', 'жοж'],
  ],
  'whole names of other alphabets': [
    ['coco', 'сосо'],
    ['mapy', 'МАРҮ'],
    ['sos', 'ՏՕՏ'],
  ],
}

/** Whoever confuses these has not looked: each may be borne beside the other. */
const DIFFERENT: readonly (readonly [string, string])[] = [
  ['王', '玉'],
  ['王', '主'],
  ['己', '已'],
  ['已', '巳'],
  ['未', '末'],
  ['土', '士'],
  ['日', '曰'],
  ['大', '太'],
  ['大', '犬'],
  ['人', '入'],
  ['千', '干'],
  ['王小明', '王小名'],
  ['陳大文', '陈大文'],
  ['張偉', '张伟'],
  ['林志玲', '林志伶'],
  ['阿美', '阿妹'],
  ['小龍', '小龙'],
  ['曉明', '小明'],
  ['子', '孑'],
  ['戊', '戌'],
  ['は', 'ほ'],
  ['シ', 'ツ'],
  ['ソ', 'ン'],
  ['さくら', 'サクラ'],
  ['か', 'が'],
  ['は', 'ぱ'],
  ['김민준', '김민지'],
  ['alice', 'alicia'],
  ['jose', 'josé'],
  ['muller', 'müller'],
  ['zoe', 'zoë'],
  ['oe', 'œ'],
  ['ny', 'ñy'],
  ['и', 'й'],
  ['маша', 'миша'],
  ['Νίκος', 'Νίκη'],
  ['محمد', 'محمود'],
  ['נועה', 'נעה'],
  ['नमन', 'नमिन'],
  ['👩', '👨'],
  ['👍', '👍🏽'],
  ['bob1', 'bob2'],
  ['Anna Анна', 'Maria Мария'],
  ['Мария (HR)', 'Мария'],
  ['小明Ming', 'ミンMing'],
  ['김Kim', 'Kim'],
  ['DJ-Ω', 'DJ-Δ'],
]

/** Whether the two can be there at the same time, as two people. */
function canBothBe(a: string, b: string): boolean {
  const [one, other] = [checkUsername(a), checkUsername(b)]
  return one.ok && other.ok && one.key !== other.key
}

describe('look-alike names', () => {
  it('NA1: selectors of how an emoji is drawn stand behind emoji only', () => {
    for (const name of ['❤\ufe0f', '🏳\ufe0f\u200d🌈', '1\ufe0f\u20e3', 'love ❤\ufe0f'])
      expect(checkUsername(name).ok).toBe(true)
    for (const name of ['1\ufe0f', 'a\ufe0f', '\ufe0f', '王\ufe00', '1\ufe0fa'])
      expect(checkUsername(name).ok).toBe(false)
  })

  const pairs = Object.entries(SAME).flatMap(([how, list]) => list.map(([a, b]) => [how, a, b] as const))

  it('NA2: there are more than two hundred pairs, each of two spellings', () => {
    expect(pairs.length + DIFFERENT.length).toBeGreaterThan(200)
    expect(pairs.filter(([, a, b]) => a === b)).toEqual([])
    for (const [, a] of pairs) expect(nameKey(a)).not.toBe('')
  })

  it.each(pairs)('NA1, NA2, NA3: %s: %j and %j are not two people', (_how, a, b) => {
    expect(canBothBe(a, b)).toBe(false)
  })

  it('NA1, NA2, NA3: no letter of Cyrillic, Greek or Armenian in a Latin word makes another person', () => {
    const foreign = /^(?=\p{L})[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]$/u
    const letters = Array.from({ length: 0x1e100 }, (_, point) => String.fromCodePoint(point)).filter(
      (each) => foreign.test(each),
    )
    expect(letters.length).toBeGreaterThan(800)
    const seen = letters.flatMap((letter) =>
      ['Mary', 'system'].flatMap((word) =>
        [...word].map((_, at) => word.slice(0, at) + letter + word.slice(at + 1)),
      ),
    )
    // What may be borne has a key of Latin letters only, so that whatever it looks like has that key too.
    const others = seen.filter((name) => {
      const check = checkUsername(name)
      return check.ok && !/^[\p{Script=Latin}\p{M} ]+$/u.test(check.key)
    })
    expect(others).toEqual([])
    for (const name of ['SҮSTEM', 'sүstem', 'EVERҮONE', 'ANONҮMOUS', 'ЅҮЅТЕМ', 'ꓢꓬꓢꓔꓰꓟ', 'ᎻᎬᎡᎬ'])
      expect(checkUsername(name)).toMatchObject({ fault: 'reserved' })
  })

  it.each(DIFFERENT)('NA2: %j and %j are two people', (a, b) => {
    expect([a, b, canBothBe(a, b)]).toEqual([a, b, true])
  })
})
