/** The settings of what one connection, person or address may do (PROTOCOL.md, LI1 to LI8, LI12), as `settings.ts` describes all of them. */
import { Type } from 'typebox'
import { MAX_LOGS } from '../ports/store.ts'
import { Off } from './off.ts'

export const LIMIT_SETTINGS = {
  maxConnections: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    description:
      'Most connections at once, of all workers together; one more is closed with 1008 Server is full.',
  }),
  maxConnectionsPerUser: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: 10_000,
    description: 'Most connections of one person at once, on all nodes together.',
  }),
  maxConnectionsPerAddress: Type.Union([Type.Integer({ minimum: 1, maximum: 1_000_000 }), Off], {
    default: 2_000,
    description:
      'Most connections from one network address at once, on all nodes together. A reverse proxy on another machine must be named in trusted-proxies, or it counts as one address, here and in all other limits per address.',
  }),
  maxSocketsPerAddress: Type.Union([Type.Integer({ minimum: 1, maximum: 1_000_000 }), Off], {
    default: 1_000,
    description:
      'Most sockets from one network address at once, on each node, that have asked for nothing yet or only over HTTP; one more is cut off.',
  }),
  maxUnprovenPerAddress: Type.Union([Type.Integer({ minimum: 1, maximum: 1_000_000 }), Off], {
    default: 200,
    description:
      'Most connections from one network address at once, on each node, whose token was not judged yet.',
  }),
  authTimeout: Type.Number({
    default: 10,
    minimum: 0.1,
    maximum: 600,
    unit: 's',
    description: 'Time in which a connection must have shown a good token; then it is closed with 4003.',
  }),
  maxUnprovenFrames: Type.Integer({
    default: 10,
    minimum: 1,
    maximum: 100,
    unit: 'messages',
    description:
      'Messages that are held back of a connection whose token was not judged yet; beyond it, it is not read.',
  }),
  maxUnprovenFrameLength: Type.Integer({
    default: 8_192,
    minimum: 256,
    maximum: 65_536,
    unit: 'characters',
    description:
      'Longest message of a connection whose token was not judged yet; a longer one closes with 1009. A token shown in the first message must fit.',
  }),
  maxRooms: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: 1_000,
    description: 'Most rooms that one connection is in at once.',
  }),
  maxRoomsPerUser: Type.Union([Type.Integer({ minimum: 1, maximum: 100_000 }), Off], {
    default: 100,
    description:
      'Most rooms that one person with a name is in at once, with all connections to all nodes together.',
  }),
  maxLogs: Type.Integer({
    default: MAX_LOGS,
    minimum: 1,
    maximum: 100_000_000,
    unit: 'logs',
    description:
      "Most logs that are kept: rooms in which something was ever said, and people's private ones. What would begin one more is refused.",
  }),
  maxMessageBytes: Type.Integer({
    default: 16_384,
    minimum: 1,
    maximum: 1_048_576,
    unit: 'bytes of UTF-8',
    description: 'Longest text of one message. Must be smaller than max-frame-bytes.',
  }),
  maxFrameBytes: Type.Integer({
    default: 65_536,
    minimum: 256,
    maximum: 4_194_304,
    unit: 'bytes',
    description: 'Longest WebSocket message that is read at all; a longer one closes with 1009.',
  }),
  maxFragments: Type.Integer({
    default: 64,
    minimum: 1,
    maximum: 16_384,
    description: 'Most pieces in which one WebSocket message may arrive; more close with 1009.',
  }),
  rateLimit: Type.Union([Type.Number({ minimum: 0.1, maximum: 100_000 }), Off], {
    default: 20,
    unit: 'messages/s',
    description:
      'Messages a connection may send on average. off is for benchmarks, and lifts all that is counted per time.',
  }),
  rateBurst: Type.Integer({
    default: 100,
    minimum: 1,
    maximum: 1_000_000,
    unit: 'messages',
    description: 'Messages a connection may send at once after a pause.',
  }),
  byteRateLimit: perSecond(65_536, {
    unit: 'bytes/s',
    description:
      'Text a connection may send on average, and the worth of five seconds at once after a pause, at least max-frame-bytes.',
  }),
  joinRateLimit: perSecond(10, {
    unit: 'joins/s',
    description:
      'Requests to join a room that a connection may send on average, and the worth of five seconds at once, at least max-rooms.',
  }),
  signalRateLimit: perSecond(10, {
    unit: 'signals/s',
    description:
      'What a connection may tell of writing, reading and being away on average, and the worth of five seconds at once.',
  }),
  logRateLimit: perSecond(1, {
    unit: 'logs/s',
    description:
      'New logs that a connection may begin on average, and the worth of five seconds at once, at least max-rooms: rooms in which nothing was said before, and private logs. A person and an address may begin as many, and at once, as rate-per-user and rate-per-address connections.',
  }),
  connectRateLimit: perSecond(2, {
    unit: 'connects/s',
    description:
      'New connections on average for each connection of rate-per-user and rate-per-address, and the worth of five seconds at once, of two for an address; of a person at least max-connections-per-user at once.',
  }),
  requestRateLimit: perSecond(20, {
    unit: 'requests/s',
    description:
      'HTTP requests on average for each connection of rate-per-user and rate-per-address, and the worth of five seconds at once, of two for an address. /health, /livez and /readyz do not count.',
  }),
  ratePerUser: Type.Union([Type.Number({ minimum: 1, maximum: 10_000 }), Off], {
    default: 2,
    unit: 'connections',
    description:
      'A person with a name may use as much of each rate as so many connections, with all connections to all nodes together.',
  }),
  ratePerAddress: Type.Union([Type.Number({ minimum: 1, maximum: 1_000_000 }), Off], {
    default: 10,
    unit: 'connections',
    description:
      'A network address (IPv6: a /64) may use as much of each rate as so many connections, and the worth of two seconds at once, on all nodes together. Whoever comes from this machine, and through no proxy, is not limited.',
  }),
}

function perSecond(fallback: number, notes: { unit: string; description: string }) {
  return Type.Union([Type.Number({ minimum: 0.1, maximum: 1_000_000_000 }), Off], {
    default: fallback,
    ...notes,
  })
}
