/** What is wrong with rules of permissions, in sentences for the operator. */
import { Check } from 'typebox/value'
import { ACTIONS, isPattern } from '../ports/grants.ts'
import type { Rule, RuleSubject } from '../ports/permissions.ts'
import { MAX_ROOMS_OF_RULE, MAX_RULES, PERMISSION_SETTINGS } from './permission-settings.ts'
import { quote } from './quote.ts'

const WHO =
  '"everyone", "guests", "bearers", {"subject":…} with or without "issuer", or {"claim":…,"is":…}, of at most 256 characters each'

/** Why this is no list of rules; `null` when it is one. */
export function malformedRules(value: unknown): string | null {
  if (Check(PERMISSION_SETTINGS.permissions, value)) return null
  if (!Array.isArray(value)) return `expected a list of rules in the configuration file, got ${quote(value)}`
  if (value.length > MAX_RULES) return `expected at most ${MAX_RULES} rules, got ${value.length}`
  for (const [at, rule] of value.entries()) {
    const fault = malformedRule(rule)
    if (fault !== null) return `permissions[${at}]: ${fault}`
  }
  return 'expected a list of rules in the configuration file'
}

function malformedRule(rule: unknown): string | null {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule))
    return `expected an object with rooms, who and may, got ${quote(rule)}`
  const { items } = PERMISSION_SETTINGS.permissions
  const unknown = Object.keys(rule).find((name) => !Object.hasOwn(items.properties, name))
  if (unknown !== undefined) return `${quote(unknown)} is unknown; a rule has rooms, who and may`
  const { rooms, who, may } = { rooms: undefined, who: undefined, may: undefined, ...rule }
  return malformedRooms(rooms) ?? malformedWho(who) ?? malformedActions(may)
}

function malformedRooms(rooms: unknown): string | null {
  if (!Array.isArray(rooms) || rooms.length === 0 || rooms.length > MAX_ROOMS_OF_RULE)
    return `rooms: expected a list of 1 to ${MAX_ROOMS_OF_RULE} rooms, got ${quote(rooms ?? 'nothing')}`
  const wrong: unknown = rooms.find((room) => !isPattern(room))
  return wrong === undefined
    ? null
    : `rooms: ${quote(wrong)} is neither the name of a room nor the beginning of one with * behind it`
}

function malformedWho(who: unknown): string | null {
  if (Check(PERMISSION_SETTINGS.permissions.items.properties.who, who)) return null
  return `who: expected ${WHO}, got ${quote(who ?? 'nothing')}`
}

function malformedActions(may: unknown): string | null {
  if (!Array.isArray(may))
    return `may: expected a list of ${ACTIONS.join(', ')}, got ${quote(may ?? 'nothing')}`
  const wrong: unknown = may.find((action) => !ACTIONS.some((known) => known === action))
  if (wrong !== undefined) return `may: ${quote(wrong)} is none of ${ACTIONS.join(', ')}`
  return may.length > ACTIONS.length ? 'may: an action stands there twice' : null
}

/** Why rules do not do what they say; `null` when each can decide about somebody. */
export function idleRule(rules: readonly Rule[], auth: 'guest' | 'jwt' | 'jwt+guest'): string | null {
  for (const [at, rule] of rules.entries()) {
    const { who, rooms } = rule
    if (auth === 'guest' && who !== 'everyone' && who !== 'guests')
      return `permissions[${at}] is about bearers of tokens, and with auth guest there are none`
    if (auth === 'jwt' && who === 'guests')
      return `permissions[${at}] is about guests, and with auth jwt there are none`
    const earlier = rules.slice(0, at)
    if (!rooms.every((room) => earlier.some((before) => decidesFor(before, room, who)))) continue
    const by = earlier.findIndex((before) => rooms.some((room) => decidesFor(before, room, who)))
    return `permissions[${at}] is never reached: permissions[${by}] decides before it about the same rooms and people; put the narrower one first, or remove it`
  }
  return null
}

function decidesFor({ rooms, who }: Rule, room: string, about: RuleSubject): boolean {
  return rooms.some((pattern) => coversPattern(pattern, room)) && coversWho(who, about)
}

function coversPattern(pattern: string, other: string): boolean {
  return pattern === other || (pattern.endsWith('*') && other.startsWith(pattern.slice(0, -1)))
}

function coversWho(who: RuleSubject, other: RuleSubject): boolean {
  if (who === 'everyone' || who === other) return true
  if (typeof other === 'string') return false
  if (who === 'bearers') return true
  if (typeof who === 'string') return false
  if ('claim' in who) return 'claim' in other && who.claim === other.claim && who.is === other.is
  return 'subject' in other && who.subject === other.subject && (who.issuer ?? other.issuer) === other.issuer
}
