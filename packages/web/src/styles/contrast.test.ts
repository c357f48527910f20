import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')

type Scheme = 'light' | 'dark'
const SCHEMES: readonly Scheme[] = ['light', 'dark']

/** The colour of a role, such as `--ink`; `--name` and `--disc` are told apart by the number of the person's colour. */
function colour(role: string, scheme: Scheme): string {
  const [name, hue] = role.split(' ')
  const within = hue === undefined ? '' : `\\.hue-${hue}\\b[^{]*\\{[^}]*`
  const pair = new RegExp(`${within}${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`, 'u').exec(css)
  const single = new RegExp(`${name}: (#\\w{6})`, 'u').exec(css)
  const found = pair?.[scheme === 'light' ? 1 : 2] ?? single?.[1]
  if (found === undefined) throw new Error(`no colour for ${role}`)
  return found
}

/** Contrast as WCAG 2.2 defines it. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
      const part = Number.parseInt(hex.slice(from, from + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

const BACKGROUNDS = ['--page', '--surface', '--raised', '--hover', '--other', '--secret']
const TEXT: readonly (readonly [ink: string, on: readonly string[]])[] = [
  ['--ink', [...BACKGROUNDS, '--pressed']],
  ['--muted', BACKGROUNDS],
  ['--link', ['--page', '--surface', '--raised', '--other', '--secret']],
  ['--bad', ['--page', '--surface', '--raised', '--hover']],
  ['--own-ink', ['--own', '--accent']],
  ['--secret-ink', ['--secret']],
  ['--system-ink', ['--system']],
  ...Array.from({ length: 8 }, (_, hue): readonly [string, readonly string[]] => [
    `--name ${hue}`,
    ['--other', '--raised', '--surface'],
  ]),
]

describe.each(SCHEMES)('in %s', (scheme) => {
  it.each(TEXT.flatMap(([ink, on]) => on.map((ground) => [ink, ground] as const)))(
    '%s can be read on %s',
    (ink, ground) => {
      expect(contrast(colour(ink, scheme), colour(ground, scheme))).toBeGreaterThanOrEqual(4.5)
    },
  )

  it.each(['--control', '--focus'])('%s can be seen', (line) => {
    for (const ground of ['--page', '--surface', '--secret'])
      expect(contrast(colour(line, scheme), colour(ground, scheme)), ground).toBeGreaterThanOrEqual(3)
  })

  it('initials can be read on their disc', () => {
    for (let hue = 0; hue < 8; hue++) {
      const ink = scheme === 'light' ? colour(`--name ${hue}`, scheme) : '#ffffff'
      expect(contrast(ink, colour(`--disc ${hue}`, scheme)), String(hue)).toBeGreaterThanOrEqual(4.5)
    }
  })

  it('white can be read on the colour of whispering', () => {
    expect(contrast('#ffffff', colour('--accent-deep', scheme))).toBeGreaterThanOrEqual(4.5)
  })
})
