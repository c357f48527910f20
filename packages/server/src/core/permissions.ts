import type { Identity } from '../ports/auth.ts'
import { type Action, ACTIONS, decidingPattern, fits, type Grants } from '../ports/grants.ts'
import type { Rule, Who } from '../ports/permissions.ts'
import type { HookAnswers } from './hook-answers.ts'

/** What is asked one after the other; `unknown` stands for a hook that does not answer. */
export type Source = 'administrator' | 'unknown' | 'hook' | 'claims' | 'settings' | 'default'

/** Which rule decided: a pattern of the hook or the token, or the place of a rule in the settings. */
export interface Why {
  readonly source: Source
  readonly rule: string | null
}

export interface Verdict {
  readonly allowed: boolean
  readonly why: Why
}

/** What became of a source, or of one of its rules, when somebody was judged. */
export type Outcome =
  | 'decided'
  | 'not_reached'
  | 'not_configured'
  | 'not_this_person'
  | 'not_this_room'
  | 'unavailable'

/** What a source says about somebody in a room. */
interface Opinion {
  readonly may: readonly Action[]
  readonly why: Why
}

const DEFAULT: Opinion = { may: ['join', 'read', 'write'], why: { source: 'default', rule: null } }
const ADMINISTRATOR: Opinion = { may: ACTIONS, why: { source: 'administrator', rule: null } }
const UNKNOWN: Opinion = { may: [], why: { source: 'unknown', rule: null } }

/**
 * PE1-PE3: whether somebody may do something in a room. An administrator may everything; of others the hook, then the claims of the token, then the rules of the
 * settings, then the default decide: the first that says something about that room. Whether the room exists changes nothing.
 */
export class Permissions {
  #rules: readonly Rule[]
  readonly #answers: HookAnswers | null

  /** `answers` of the hook; `null` without one. */
  constructor(rules: readonly Rule[], answers: HookAnswers | null = null) {
    this.#rules = rules
    this.#answers = answers
  }

  /** Until a hook has been asked about somebody (`known`), nothing is allowed but to administrators. */
  judge(who: Who, room: string, action: Action): Verdict {
    const { may, why } = this.#opinion(who, room)
    return { allowed: may.includes(action), why }
  }

  /** What `judge` looks at, in its order, and what became of each. */
  explain(who: Who, room: string): readonly (Why & { readonly outcome: Outcome })[] {
    const { identity } = who
    const decided = this.#opinion(who, room).why
    let isOpen = true
    const outcomeOf = (source: Source, rule: string | null, otherwise: Outcome) => {
      const decides = isOpen && decided.source === source && decided.rule === rule
      const outcome = decides ? 'decided' : isOpen ? otherwise : 'not_reached'
      if (decides) isOpen = false
      return { source, rule, outcome }
    }
    const said = this.#answers === null ? NOTHING : this.#answers.of(identity)
    const hook = said === null ? null : decidingPattern(said, room)
    const administrator = outcomeOf('administrator', null, 'not_this_person')
    const hookOutcome = outcomeOf('hook', hook, this.#answers === null ? 'not_configured' : 'not_this_room')
    const unknown = decided.source === 'unknown'
    if (unknown) isOpen = false
    const grants = identity?.grants ?? null
    const claims = grants === null ? null : decidingPattern(grants, room)
    return [
      administrator,
      unknown ? { ...hookOutcome, outcome: 'unavailable' } : hookOutcome,
      outcomeOf('claims', claims, grants === null ? 'not_configured' : 'not_this_room'),
      ...this.#rules.map((rule, at) =>
        outcomeOf('settings', ruleName(at), isAbout(rule, who) ? 'not_this_room' : 'not_this_person'),
      ),
      outcomeOf('default', null, 'not_reached'),
    ]
  }

  /** Whether `judge` can answer now. */
  isKnown({ identity }: Who): boolean {
    return this.#answers === null || identity?.isAdmin === true || this.#answers.of(identity) !== null
  }

  /** Resolves when it can. Rejects with `HookUnavailable`. */
  async known(who: Who): Promise<void> {
    if (!this.isKnown(who)) await this.#answers?.known(who.identity)
  }

  /** From now on these are the rules of the settings. What was judged before is for whoever calls to judge again. */
  replaceRules(rules: readonly Rule[]): void {
    this.#rules = rules
  }

  stop(): void {
    this.#answers?.stop()
  }

  #opinion(who: Who, room: string): Opinion {
    const { identity } = who
    if (identity?.isAdmin) return ADMINISTRATOR
    const said = this.#answers === null ? NOTHING : this.#answers.of(identity)
    if (said === null) return UNKNOWN
    return (
      ofGrants('hook', said, room) ??
      ofGrants('claims', identity?.grants ?? NOTHING, room) ??
      ofRules(this.#rules, who, room) ??
      DEFAULT
    )
  }
}

const NOTHING: Grants = {}

function ofGrants(source: Source, grants: Grants, room: string): Opinion | null {
  const rule = decidingPattern(grants, room)
  return rule === null ? null : { may: grants[rule] ?? [], why: { source, rule } }
}

function ofRules(rules: readonly Rule[], who: Who, room: string): Opinion | null {
  const at = rules.findIndex(
    (rule) => isAbout(rule, who) && rule.rooms.some((pattern) => fits(pattern, room)),
  )
  const rule = rules[at]
  return rule === undefined ? null : { may: rule.may, why: { source: 'settings', rule: ruleName(at) } }
}

function ruleName(at: number): string {
  return `permissions[${at}]`
}

function isAbout({ who: about }: Rule, { identity }: Who): boolean {
  if (about === 'everyone') return true
  if (about === 'guests') return identity === null
  if (identity === null) return false
  if (about === 'bearers') return true
  if ('claim' in about) return valuesOf(identity.claims, about.claim).includes(about.is)
  return about.subject === identity.subject && (about.issuer ?? identity.issuer) === identity.issuer
}

function valuesOf(claims: Identity['claims'], name: string): readonly string[] {
  return Object.hasOwn(claims, name) ? (claims[name] ?? []) : []
}
