import type { Lang } from '@roomful/protocol'
import type { Dialect } from '../ports/service.ts'

/** Readers who get the same bytes. `index` counts them from 0. */
export interface Audience {
  readonly index: number
  readonly dialect: Dialect
  readonly lang: Lang
}

const DIALECTS: readonly Dialect[] = ['classic', 'v1']
const LANGS: readonly Lang[] = ['zh-Hant', 'en']

const AUDIENCES: readonly Audience[] = Object.freeze(
  DIALECTS.flatMap((dialect, d) => LANGS.map((lang, l) => ({ index: d * LANGS.length + l, dialect, lang }))),
)

export function audienceOf(dialect: Dialect, lang: Lang): Audience {
  return AUDIENCES[DIALECTS.indexOf(dialect) * LANGS.length + LANGS.indexOf(lang)] as Audience
}
