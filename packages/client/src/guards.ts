/** Checks of what came from outside, made of each other. */

export type Fields = Record<string, unknown>
export type Guard<T> = (value: unknown) => value is T

/** A guard for each field of `M` but its type, by which it was chosen; the compiler sees to it that none is forgotten. */
type Shape<M> = {
  readonly [K in keyof Omit<M, 'type'>]-?: Guard<object extends Pick<M, K> ? M[K] | undefined : M[K]>
}

/** A JSON object, cleared of a key that would reach a prototype when someone merges it. */
export function isObject(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  Reflect.deleteProperty(value, '__proto__')
  return true
}

export const string: Guard<string> = (value) => typeof value === 'string'
export const number: Guard<number> = (value): value is number => Number.isFinite(value)
export const count: Guard<number> = (value): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0
export const seq: Guard<number> = (value): value is number => count(value) && value > 0
export const flag: Guard<boolean> = (value) => typeof value === 'boolean'

export function oneOf<const T>(...literals: readonly T[]): Guard<T> {
  return (value): value is T => literals.includes(value as T)
}

export function either<A, B>(a: Guard<A>, b: Guard<B>): Guard<A | B> {
  return (value): value is A | B => a(value) || b(value)
}

export function list<T>(item: Guard<T>): Guard<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(item)
}

export function optional<T>(guard: Guard<T>): Guard<T | undefined> {
  return (value): value is T | undefined => value === undefined || guard(value)
}

export function object<M>(shape: Shape<M>): Guard<M> {
  const guards = Object.entries<Guard<unknown>>(shape)
  return (value): value is M => isObject(value) && guards.every(([key, guard]) => guard(value[key]))
}
