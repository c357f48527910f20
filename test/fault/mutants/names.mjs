/**
 * Faults that the real server can be made to have, each with what the checker must call it.
 * @type {Readonly<Record<string, { title: string, found: readonly string[] }>>}
 */
export const MUTANTS = {
  drop: { title: 'one of 1,000 deliveries is not made', found: ['hole', 'stale'] },
  swap: { title: 'two neighbours of 1,000 change places', found: ['reordered'] },
  twice: { title: 'one of 1,000 deliveries is made twice', found: ['duplicated'] },
  early: { title: 'acknowledged and told before the commit', found: ['lost', 'diverged'] },
  forget: { title: 'client_ids are forgotten by a restart', found: ['duplicated'] },
  broadcast: { title: 'a private message goes to a third party too', found: ['leaked'] },
  skip: { title: 'a page of what was missed lacks one entry', found: ['hole'] },
}
