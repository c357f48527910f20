import { type Said, said } from '../doctor/finding.ts'

export type BenchFaultCode =
  | 'nothing_listens'
  | 'not_roomful'
  | 'token_refused'
  | 'rate_limited'
  | 'refused'
  | 'lost'
  | 'not_started'

/** Nothing could be measured. */
export class BenchFault extends Error {
  readonly code: BenchFaultCode
  readonly what: Said

  constructor(code: BenchFaultCode, en: string, zh: string) {
    super(en)
    this.name = 'BenchFault'
    this.code = code
    this.what = said(en, zh)
  }
}
