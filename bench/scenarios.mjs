/** What is measured. All peers of a scenario get the same clients, the same messages and the same time. */

/** @typedef {import('./peers/peers.mjs').Peer} Peer */
/** @typedef {import('./generator.mjs').Plan} Plan */
/** @typedef {import('./runner/trial.mjs').Open<Plan>} Work */

/**
 * @typedef {object} Times
 * @property {number} warmupMs
 * @property {number} measureMs
 * @property {number} bursts how often all that is in flight is to be delivered at least while it is measured
 * @property {number} drainMs without progress after which what is missing is given up
 * @property {number} settleMs in which resting connections come to rest
 */

/** @type {{ full: Times, quick: Times }} */
export const TIMES = {
  full: { warmupMs: 3000, measureMs: 5000, bursts: 3, drainMs: 5000, settleMs: 15_000 },
  quick: { warmupMs: 300, measureMs: 750, bursts: 1, drainMs: 2000, settleMs: 400 },
}

/** @typedef {'deliveries' | 'cpu' | 'latency' | 'memory' | 'storm' | 'slow' | 'zip'} Shape which figures are shown */

/**
 * @typedef {object} Scenario
 * @property {string} id
 * @property {Shape} shape
 * @property {readonly string[]} peers
 * @property {readonly string[]} quickPeers
 * @property {number} clients
 * @property {number} quickClients
 * @property {(clients: number) => string} title
 * @property {(peer: Peer, clients: number, times: Times) => Work[]} works what is done in one repetition
 */

const EVERYBODY = ['roomful', 'memory', 'ws', 'bun', 'socketio', 'fastapi', 'flask', 'floor']
const CLOSEST = ['roomful', 'memory', 'ws', 'bun', 'floor']
const FEW = ['roomful', 'ws', 'bun', 'floor']
const PAIR = ['roomful', 'ws']
const SENDERS = 50
const SHORT_TEXT = 24
const LONG_TEXT = 16_384

const SOCKETIO_PATH = '/socket.io/?EIO=4&transport=websocket'

/** @param {Peer} peer @param {string} path of the others */
const pathOf = ({ dialect }, path = '/ws/chat/{user}?room={room}') =>
  dialect === 'socketio' ? SOCKETIO_PATH : path

/** @param {Peer} peer */
const envelopeOf = ({ dialect }) =>
  dialect === 'socketio'
    ? { before: '42["message",{"message":"', after: '"}]' }
    : { before: '{"type":"message","message":"', after: '"}' }

/** @param {Peer} peer @param {number} clients */
const chat = (peer, clients) => ({
  path: pathOf(peer),
  clients,
  rooms: 1,
  atOnce: 100,
  senders: SENDERS,
  echo: false,
  envelope: envelopeOf(peer),
  textBytes: SHORT_TEXT,
  prose: false,
  compress: false,
})

/** @typedef {Partial<Extract<Work, { kind: 'load' }>>} LoadChanges */

/**
 * @param {{ inFlight: number } | { rate: number }} loop
 * @param {LoadChanges} [changes] against `chat`
 * @returns {Scenario['works']}
 */
const talk =
  (loop, changes = {}) =>
  (peer, clients, times) => [{ kind: 'load', ...chat(peer, clients), loop, ...times, ...changes }]

/** @type {readonly Scenario[]} */
export const SCENARIOS = [
  {
    id: 'saturate',
    shape: 'deliveries',
    peers: EVERYBODY,
    quickPeers: EVERYBODY,
    clients: 500,
    quickClients: 500,
    title: (clients) => `${clients} clients in one room, 50 senders, each keeps 4 messages in flight`,
    works: talk({ inFlight: 4 }),
  },
  {
    id: 'steady',
    shape: 'cpu',
    peers: EVERYBODY,
    quickPeers: FEW,
    clients: 500,
    quickClients: 500,
    title: (clients) => `${clients} clients in one room, 40 messages/s`,
    works: talk({ rate: 40 }),
  },
  {
    id: 'busy',
    shape: 'latency',
    peers: EVERYBODY,
    quickPeers: PAIR,
    clients: 500,
    quickClients: 500,
    title: (clients) => `${clients} clients in one room, 200 messages/s`,
    works: talk({ rate: 200 }),
  },
  {
    id: 'rooms',
    shape: 'deliveries',
    peers: EVERYBODY,
    quickPeers: ['roomful', 'memory', 'ws', 'bun'],
    clients: 2000,
    quickClients: 2000,
    title: (clients) => `${clients} clients in 200 rooms, each keeps 1 message in flight`,
    works: (peer, clients, times) =>
      talk({ inFlight: 1 }, { rooms: 200, senders: clients })(peer, clients, times),
  },
  {
    id: 'crowd',
    shape: 'deliveries',
    peers: CLOSEST,
    quickPeers: ['roomful', 'ws', 'bun'],
    clients: 5000,
    quickClients: 2000,
    title: (clients) => `${clients} clients in one room, 50 senders, each keeps 1 message in flight`,
    works: talk({ inFlight: 1 }),
  },
  {
    id: 'echo',
    shape: 'deliveries',
    peers: ['roomful', 'ws', 'bun', 'fastapi'],
    quickPeers: ['roomful', 'ws', 'bun'],
    clients: 100,
    quickClients: 100,
    title: (clients) => `${clients} clients, each gets its own message back and keeps 4 in flight`,
    works: (peer, clients, times) =>
      talk(
        { inFlight: 4 },
        { path: pathOf(peer, '/ws'), envelope: { before: '', after: '' }, echo: true, senders: clients },
      )(peer, clients, times),
  },
  {
    id: 'idle',
    shape: 'memory',
    peers: ['roomful', 'ws', 'bun', 'socketio', 'fastapi'],
    quickPeers: PAIR,
    clients: 10_000,
    quickClients: 2000,
    title: (clients) => `${clients} connections at rest in rooms of 10: the server's memory for each`,
    works: (peer, clients, { settleMs }) => [
      { kind: 'idle', ...chat(peer, clients), rooms: Math.ceil(clients / 10), settleMs },
    ],
  },
  {
    id: 'storm',
    shape: 'storm',
    peers: ['roomful', 'ws', 'bun', 'socketio'],
    quickPeers: PAIR,
    clients: 10_000,
    quickClients: 2000,
    title: (clients) =>
      `${clients} clients connect at once to one room; only Roomful also tells who came and who is there`,
    works: (peer, clients, { settleMs }) => [
      { kind: 'storm', ...chat(peer, clients), afterMs: Math.min(settleMs, 3000), limitMs: 60_000 },
    ],
  },
  {
    id: 'slow',
    shape: 'slow',
    peers: ['roomful', 'ws', 'bun', 'socketio'],
    quickPeers: PAIR,
    clients: 200,
    quickClients: 200,
    title: (clients) =>
      `${clients} clients in one room, 100 messages/s of 16 KiB; a tenth of the clients stops to read, then goes on`,
    works: (peer, clients, times) => [
      {
        kind: 'slow',
        ...chat(peer, clients),
        textBytes: LONG_TEXT,
        rate: 100,
        slowShare: 0.1,
        ...times,
        // A kernel holds some 3 MB for a connection before the server notices anything.
        // The worst hundredth of few messages is a matter of luck, and of 1,000 it is ten.
        measureMs: Math.max(times.measureMs * 4, 2400),
      },
    ],
  },
  {
    id: 'big',
    shape: 'deliveries',
    peers: CLOSEST,
    quickPeers: PAIR,
    clients: 100,
    quickClients: 100,
    title: (clients) =>
      `${clients} clients in one room, messages of 16 KiB, 10 senders, each keeps 2 in flight`,
    works: talk({ inFlight: 2 }, { textBytes: LONG_TEXT, senders: 10 }),
  },
  {
    id: 'zip',
    shape: 'zip',
    peers: ['roomful', 'ws', 'bun'],
    quickPeers: PAIR,
    clients: 500,
    quickClients: 500,
    title: (clients) =>
      `${clients} clients in one room, 40 messages/s of 4,000 bytes of prose, first as they are, then compressed`,
    works: (peer, clients, times) =>
      [false, true].flatMap((compress) =>
        talk({ rate: 40 }, { textBytes: 4000, prose: true, compress })(peer, clients, times),
      ),
  },
]
