/** Structured log: a fixed word for the event, plain fields, never text of messages, tokens or full addresses. */
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface Logger {
  debug(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields, cause?: unknown): void
  error(event: string, fields?: Fields, cause?: unknown): void
}
