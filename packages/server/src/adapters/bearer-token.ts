/** The token of an `Authorization` header (RFC 6750 section 2.1); `null` when it shows none. */
export function bearerToken(header: string | undefined): string | null {
  return /^bearer +(\S.*)$/i.exec(header ?? '')?.[1] ?? null
}
