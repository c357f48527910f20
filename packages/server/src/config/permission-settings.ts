/** The settings of who may do what in which rooms (PROTOCOL.md, PE3). */
import { Type } from 'typebox'
import { ACTIONS, isPattern } from '../ports/grants.ts'
import { isSecureAddress } from './secure-address.ts'

/** Rules that are looked at, one after the other. */
export const MAX_RULES = 1_000

export const MAX_ROOMS_OF_RULE = 100

const Text = Type.String({ minLength: 1, maxLength: 256 })

const Pattern = Type.Refine(Type.String(), isPattern)

const Subject = Type.Union([
  Type.Literal('everyone'),
  Type.Literal('guests'),
  Type.Literal('bearers'),
  Type.Object({ subject: Text, issuer: Type.Optional(Text) }, { additionalProperties: false }),
  Type.Object({ claim: Text, is: Text }, { additionalProperties: false }),
])

const Rule = Type.Object(
  {
    rooms: Type.Array(Pattern, { minItems: 1, maxItems: MAX_ROOMS_OF_RULE }),
    who: Subject,
    may: Type.Array(Type.Union(ACTIONS.map((action) => Type.Literal(action))), { maxItems: ACTIONS.length }),
  },
  { additionalProperties: false },
)

export const PERMISSION_SETTINGS = {
  permissions: Type.Array(Rule, {
    default: [],
    maxItems: MAX_RULES,
    expected: 'a list of rules in the configuration file',
    description:
      'Who may do what in which rooms, in the configuration file: rules such as {"rooms":["class-*"],"who":"bearers","may":["join","read","write"]}, of which the first that fits decides. none: everybody may join, read and write. A change of the file is heard of within seconds.',
  }),
  permissionsHook: Type.Refine(
    Type.String({
      default: '',
      expected: 'an https address (http on this machine only)',
      description:
        'Address that is asked, by POST, what somebody may do in rooms (PROTOCOL.md, PE9), and whose answer goes before the token and permissions.',
    }),
    (text) => text === '' || isSecureAddress(text),
  ),
  permissionsHookSecret: Type.String({
    default: '',
    maxLength: 4_096,
    expected: 'a text',
    description:
      'What permissions-hook is shown as Authorization: Bearer, best in ROOMFUL_PERMISSIONS_HOOK_SECRET.',
  }),
  permissionsHookTimeout: Type.Number({
    default: 2,
    minimum: 0.1,
    maximum: 30,
    unit: 's',
    description:
      'Time in which permissions-hook must have answered. Without an answer nobody is let in or heard, and is told to come back.',
  }),
  permissionsHookTtl: Type.Number({
    default: 30,
    minimum: 5,
    maximum: 3_600,
    unit: 's',
    description:
      'How long an answer of permissions-hook holds that does not say so itself (expires_in); those who are here are asked about again after half of it.',
  }),
} as const
