import type { Lang } from '@roomful/protocol'

/** A sentence in both languages. */
export type Said = Readonly<Record<Lang, string>>

export function said(en: string, zh: string): Said {
  return { en, 'zh-Hant': zh }
}

export type CheckName =
  | 'descriptors'
  | 'tokens'
  | 'store'
  | 'broker'
  | 'clock'
  | 'upgrade'
  | 'login'
  | 'idle'
  | 'origin'
  | 'proxy'

/** `bad`: people will notice. `warning`: they may. `unknown`: it could not be told from here. */
export type FindingState = 'good' | 'warning' | 'bad' | 'unknown'

export interface Finding {
  readonly check: CheckName
  readonly state: FindingState
  readonly what: Said
  /** What to do about it; `null` where there is nothing to do. */
  readonly fix: Said | null
}

export function finding(check: CheckName, state: FindingState, what: Said, fix: Said | null = null): Finding {
  return { check, state, what, fix }
}

const STATES: Readonly<Record<Lang, Readonly<Record<FindingState, string>>>> = {
  en: { good: 'ok', warning: 'warning', bad: 'FAULT', unknown: 'unknown' },
  'zh-Hant': { good: '正常', warning: '注意', bad: '有問題', unknown: '無法判斷' },
}

const FIX: Said = said('To do', '處理方式')

/** For people: two lines at most. */
export function shownFinding({ check, state, what, fix }: Finding, lang: Lang): string {
  const line = `[${STATES[lang][state]}] ${check}: ${what[lang]}\n`
  return fix === null ? line : `${line}    ${FIX[lang]}: ${fix[lang]}\n`
}
