/** The setting of what is refused where strangers come: `production.ts`. */
import { Type } from 'typebox'

export const PRODUCTION_SETTINGS = {
  production: Type.Union([Type.Literal('auto'), Type.Literal('on'), Type.Literal('off')], {
    default: 'auto',
    description:
      'Whether settings are refused that are unsafe where strangers come. auto: when the environment variable NODE_ENV is production.',
  }),
} as const
