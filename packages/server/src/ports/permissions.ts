/** Rules about who may do what in which rooms. */
import type { Identity } from './auth.ts'
import type { Action, Grants } from './grants.ts'

/** Whoever a rule may be about. */
export interface Who {
  /** `null` for a guest. */
  readonly identity: Identity | null
}

/** Whom a rule of the settings is about. A claim is `is` when it is that text, or a list in which it stands; numbers and truth values count as texts. */
export type RuleSubject =
  | 'everyone'
  | 'guests'
  | 'bearers'
  | { readonly subject: string; readonly issuer?: string }
  | { readonly claim: string; readonly is: string }

/** The first rule whose rooms and subject fit decides alone. */
export interface Rule {
  readonly rooms: readonly string[]
  readonly who: RuleSubject
  readonly may: readonly Action[]
}

/** The claims that rules look at. */
export function claimsOf(rules: readonly Rule[]): string[] {
  const names = rules.flatMap(({ who }) => (typeof who === 'object' && 'claim' in who ? [who.claim] : []))
  return [...new Set(names)]
}

/** Whom a hook is asked about. All guests are one: their names are whatever they say. */
export interface Asked {
  readonly subject: string | null
  readonly issuer: string | null
  readonly username: string | null
}

/** What somebody may, as somebody else says who knows. */
export interface HookAnswer {
  /** Of a room that no pattern fits nothing is said. */
  readonly grants: Grants
  /** Milliseconds for which it holds; `null` for as long as the server thinks. */
  readonly holdsMs: number | null
}

export interface PermissionHook {
  /** Rejects when it cannot be told now. Answers within a time of its own, whatever happens. */
  ask(asked: Asked): Promise<HookAnswer>
}
