/** The room that everybody connects to, the other one, and everybody's private log. */
export const HOME = 'lobby'
export const SIDE = 'side'
export const PRIVATE = '@me'
