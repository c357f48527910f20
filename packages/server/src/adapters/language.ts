/** EP6: which of the server's two languages a request asks for. */
import type { IncomingMessage } from 'node:http'
import type { Lang } from '@roomful/protocol'

/** Most entries of an `Accept-Language` that are looked at. */
const MAX_RANGES = 32

/** Any Chinese is Traditional Chinese, any English is English; `null` for all else. */
function langOfTag(tag: string): Lang | null {
  const [primary] = tag.trim().toLowerCase().split('-', 1)
  if (primary === 'en') return 'en'
  return primary === 'zh' ? 'zh-Hant' : null
}

/** Of an address: what `?lang=` says; `null` when it says nothing that is spoken here. */
export function langInQuery(query: URLSearchParams): Lang | null {
  return langOfTag(query.get('lang') ?? '')
}

/** The language of an answer over HTTP: that of `?lang=`, otherwise the one that `Accept-Language` likes best (RFC 9110 section 12.5.4), otherwise `fallback`. */
export function languageOf({ url = '', headers }: IncomingMessage, fallback: Lang): Lang {
  const mark = url.indexOf('?')
  const asked = mark < 0 ? null : langInQuery(new URLSearchParams(url.slice(mark + 1)))
  return asked ?? accepted(headers['accept-language']) ?? fallback
}

function accepted(header = ''): Lang | null {
  let best: Lang | null = null
  let most = 0
  for (const range of header.split(',', MAX_RANGES)) {
    const [tag = '', ...parameters] = range.split(';')
    const lang = langOfTag(tag)
    const quality = qualityOf(parameters)
    if (lang === null || quality <= most) continue
    best = lang
    most = quality
  }
  return best
}

function qualityOf(parameters: readonly string[]): number {
  const given = parameters.map((each) => each.trim().toLowerCase()).find((each) => each.startsWith('q='))
  return given === undefined ? 1 : Number(given.slice(2)) || 0
}
