import { type Action, ACTIONS, decidingPattern, fits, type Grants } from '../ports/grants.ts'
import type { Rule, Who } from '../ports/permissions.ts'

/** Which rule decided. `rule`: its place among those of its source, in words that its author knows. */
export interface Why {
  readonly source: 'administrator' | 'claims' | 'settings' | 'default'
  readonly rule: string | null
}

export interface Verdict {
  readonly allowed: boolean
  readonly why: Why
}

/** What a source says about somebody in a room; `null` when it says nothing. */
interface Opinion {
  readonly may: readonly Action[]
  readonly why: Why
}

const DEFAULT: Opinion = { may: ['join', 'read', 'write'], why: { source: 'default', rule: null } }
const ADMINISTRATOR: Opinion = { may: ACTIONS, why: { source: 'administrator', rule: null } }

/**
 * PE1-PE3: whether somebody may do something in a room. An administrator may everything; of others the claims of the token, then the rules of the settings, then the
 * default decide: the first that says something about that room. Whether the room exists changes nothing.
 */
export class Permissions {
  #rules: readonly Rule[]

  constructor(rules: readonly Rule[]) {
    this.#rules = rules
  }

  judge(who: Who, room: string, action: Action): Verdict {
    const { may, why } = this.#opinion(who, room)
    return { allowed: may.includes(action), why }
  }

  #opinion(who: Who, room: string): Opinion {
    const { identity } = who
    if (identity?.isAdmin) return ADMINISTRATOR
    return ofGrants(identity?.grants ?? null, room) ?? ofRules(this.#rules, who, room) ?? DEFAULT
  }
}

function ofGrants(grants: Grants | null, room: string): Opinion | null {
  const rule = grants === null ? null : decidingPattern(grants, room)
  return rule === null ? null : { may: grants?.get(rule) ?? [], why: { source: 'claims', rule } }
}

function ofRules(rules: readonly Rule[], who: Who, room: string): Opinion | null {
  const at = rules.findIndex(
    (rule) => isAbout(rule, who) && rule.rooms.some((pattern) => fits(pattern, room)),
  )
  const rule = rules[at]
  return rule === undefined
    ? null
    : { may: rule.may, why: { source: 'settings', rule: `permissions[${at}]` } }
}

function isAbout({ who: about }: Rule, { identity }: Who): boolean {
  if (about === 'everyone') return true
  if (about === 'guests') return identity === null
  if (identity === null) return false
  if (about === 'bearers') return true
  if ('claim' in about) return identity.claims.get(about.claim)?.includes(about.is) ?? false
  return about.subject === identity.subject && (about.issuer ?? identity.issuer) === identity.issuer
}
