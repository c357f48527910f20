/** The setting of who may do what in which rooms (PROTOCOL.md, PE3). */
import { Type } from 'typebox'
import { ACTIONS, isPattern } from '../ports/grants.ts'

/** Rules that are looked at, one after the other. */
const MAX_RULES = 1_000

const MAX_ROOMS_OF_RULE = 100

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

export const PERMISSIONS = Type.Array(Rule, {
  default: [],
  maxItems: MAX_RULES,
  expected: 'a list of rules in the configuration file',
  description:
    'Who may do what in which rooms, in the configuration file: rules such as {"rooms":["class-*"],"who":"bearers","may":["join","read","write"]}, of which the first that fits decides. none: everybody may join, read and write.',
})
