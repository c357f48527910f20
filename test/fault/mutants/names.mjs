/**
 * Faults that the real server can be made to have, each with what the checker must call it, and the run that
 * comes upon it.
 * @type {Readonly<Record<string, { title: string, found: readonly string[], run: string, scale: number }>>}
 */
export const MUTANTS = {
  drop: {
    title: 'one of 1,000 deliveries is not made',
    found: ['hole', 'stale'],
    run: 'kill9',
    scale: 0.005,
  },
  swap: { title: 'two neighbours of 1,000 change places', found: ['reordered'], run: 'kill9', scale: 0.005 },
  twice: {
    title: 'one of 1,000 deliveries is made twice',
    found: ['duplicated'],
    run: 'kill9',
    scale: 0.005,
  },
  early: {
    title: 'acknowledged and told before the commit',
    found: ['lost', 'diverged'],
    run: 'kill9',
    scale: 0.005,
  },
  forget: {
    title: 'client_ids are forgotten by a restart',
    found: ['duplicated'],
    run: 'lostack',
    scale: 0.1,
  },
  broadcast: {
    title: 'a private message goes to a third party too',
    found: ['leaked'],
    run: 'kill9',
    scale: 0.005,
  },
  skip: { title: 'a page of what was missed lacks one entry', found: ['hole'], run: 'offline', scale: 0.01 },
}
