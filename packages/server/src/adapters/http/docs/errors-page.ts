import { afterClose, CLOSES, type CloseName, ERRORS, type ErrorCode, type Lang } from '@roomful/protocol'
import { CLOSE_TEXTS, ERROR_TEXTS } from '../error-texts.ts'
import { html, prose } from './html.ts'
import { LABELS } from './labels.ts'
import { pageOf } from './layout.ts'
import { table } from './parts.ts'

/** Both catalogues of failure as a page. Problem details point here. */
export function errorsPage(lang: Lang): string {
  const labels = LABELS[lang]
  const errors = (Object.keys(ERRORS) as ErrorCode[]).map((code) => {
    const { title, meaning } = ERROR_TEXTS[lang][code]
    const { status, retryable } = ERRORS[code]
    return [
      html`<code id="${code}">${code}</code>`,
      String(status),
      retryable ? labels.yes : labels.no,
      html`<strong>${title}</strong> ${prose(meaning)}`,
    ]
  })
  const closes = (Object.keys(CLOSES) as CloseName[]).map((name) => {
    const { code, reason } = CLOSES[name]
    return [
      html`<code id="close-${name}">${code}</code>`,
      reason === '' ? name : html`<code>${reason}</code>`,
      afterClose(code, reason) === 'retry' ? labels.comeBack : labels.stop,
      CLOSE_TEXTS[lang][name],
    ]
  })
  return pageOf({
    lang,
    path: '/docs/errors',
    title: labels.errorsTitle,
    contents: [
      { id: 'errors', title: labels.requestErrors },
      { id: 'closes', title: labels.closeCodes },
    ],
    main: html`<p>${prose(labels.errorsIntro)}</p>
<h2 id="errors">${labels.requestErrors}</h2>
${table([labels.code, labels.status, labels.retry, labels.meaning], errors)}
<h2 id="closes">${labels.closeCodes}</h2>
${table([labels.code, labels.name, labels.afterwards, labels.meaning], closes)}`,
  })
}
