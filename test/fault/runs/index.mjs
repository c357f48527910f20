import { kill9 } from './kill9.mjs'
import { lostack } from './lostack.mjs'

/**
 * Every fault run: what is done, and how long the full one may take in seconds.
 * @type {Readonly<Record<string, { run: import('./run.mjs').Run, title: string, limitSeconds: number }>>}
 */
export const RUNS = {
  kill9: { run: kill9, title: 'the server killed (SIGKILL) in the middle of a burst', limitSeconds: 900 },
  lostack: { run: lostack, title: 'acks lost, the same sent again, across restarts', limitSeconds: 300 },
}
