/** The settings of traces, as `settings.ts` describes all of them. */
import { Type } from 'typebox'

function isCollector(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return ['http:', 'https:'].includes(protocol) && username + password + search + hash === ''
}

export const TRACE_SETTINGS = {
  traces: Type.Refine(
    Type.String({
      default: 'off',
      expected: 'off, or an address such as http://127.0.0.1:4318',
      description:
        'Collector of OpenTelemetry that is sent traces of messages from their receipt until they were written to their readers, by OTLP over HTTP as JSON to /v1/traces below this address. They hold no text, name or address of anybody.',
    }),
    (text) => text === 'off' || isCollector(text),
  ),
  tracesRatio: Type.Number({
    default: 0.01,
    minimum: 0,
    maximum: 1,
    description: 'Share of the messages that are followed: 0.01 is one of a hundred, 1 is every one.',
  }),
}
