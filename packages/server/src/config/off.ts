import { Type } from 'typebox'

/** Keyword value for "no limit" where a setting can be switched off. */
export const OFF = 'off'

export const Off = Type.Literal(OFF)
