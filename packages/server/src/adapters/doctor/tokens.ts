import { type Finding, finding, said } from './finding.ts'

/** AU10: what cannot be told of a token that does not say when it was issued. */
export function checkTokens({ needsIat }: { readonly needsIat: boolean }): Finding {
  if (needsIat)
    return finding(
      'tokens',
      'good',
      said('Every token must say when it was issued.', '每個權杖都必須有簽發時間。'),
    )
  return finding(
    'tokens',
    'warning',
    said(
      'Tokens that do not say when they were issued (iat) are let in: once a subject is revoked, none of theirs is let in again, also one that was issued afterwards.',
      '會接受沒有簽發時間（iat）的權杖：一旦撤銷某人，他的這種權杖都不再有效，之後才簽發的也一樣。',
    ),
    said(
      'Have whoever signs write iat, and set jwt-iat to required.',
      '請讓簽發者寫入 iat，並將 jwt-iat 設為 required。',
    ),
  )
}
