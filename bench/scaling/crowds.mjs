/** Shapes of a large crowd: how many rooms, and how much is said in them. */

/**
 * @typedef {object} Crowd
 * @property {string} id
 * @property {string} title
 * @property {number} people one connection each, in one room each
 * @property {number} rooms of equal size
 * @property {number} messagesPerSecond in all rooms together
 * @property {number} sessionSeconds how long somebody stays, on average
 */

/** @type {readonly Crowd[]} */
export const CROWDS = [
  {
    id: 'teams',
    title: '50,000 rooms of 20, everybody speaks every 100 s',
    people: 1_000_000,
    rooms: 50_000,
    messagesPerSecond: 10_000,
    sessionSeconds: 1_200,
  },
  {
    id: 'halls',
    title: '1,000 rooms of 1,000, one message a second in each',
    people: 1_000_000,
    rooms: 1_000,
    messagesPerSecond: 1_000,
    sessionSeconds: 1_200,
  },
  {
    id: 'arena',
    title: 'one room of 1,000,000, ten messages a second',
    people: 1_000_000,
    rooms: 1,
    messagesPerSecond: 10,
    sessionSeconds: 1_200,
  },
]
