import type { Lang } from '@roomful/protocol'
import type { Rule } from '../ports/permissions.ts'

/** What the core can be told. Every limit has a name; `main` fills it from the settings. */
export interface HubOptions {
  /** Language of the server's sentences for clients that name none. */
  readonly lang: Lang
  /** Whether several connections may bear one name without a token. */
  readonly names: 'exclusive' | 'shared'
  /** Live connections, echo included, those that the census knows elsewhere among them. One more is closed with 1008 `Server is full`. */
  readonly maxConnections: number
  /** Live connections of one person, on all nodes together. */
  readonly maxConnectionsPerUser: number
  /** Live connections of one address, on all nodes together; `null` for no limit. */
  readonly maxConnectionsPerAddress: number | null
  /** Sockets of one address that are no connections, because they have asked for nothing yet or only over HTTP; `null` for no limit. */
  readonly maxSocketsPerAddress: number | null
  /** Connections of one address that have not proven who they are; `null` for no limit. */
  readonly maxUnprovenPerAddress: number | null
  /** Milliseconds in which a connection must have shown a good token. */
  readonly authTimeoutMs: number
  /** Frames that are held back of one that has not, and their length in UTF-16 units. */
  readonly maxUnprovenFrames: number
  readonly maxUnprovenFrameLength: number
  /** Rooms that one connection is in at a time. */
  readonly maxRooms: number
  /** Rooms that one person with a name is in at a time, on all nodes together; `null` for no limit. */
  readonly maxRoomsPerUser: number | null
  /** Bytes of UTF-8 in `message`. */
  readonly maxMessageBytes: number
  /** Bytes of one inbound message; enforced by the transport, told to v1 clients. */
  readonly maxFrameBytes: number
  /** Inbound frames per second and connection; with `null` nothing is counted per time. */
  readonly rateLimit: number | null
  /** Inbound frames at once. */
  readonly rateBurst: number
  /** Bytes of inbound text per second and connection, `null` for no limit, as for all that follow. */
  readonly byteRateLimit: number | null
  /** Requests to join per second and connection. */
  readonly joinRateLimit: number | null
  /** Signals (V16-V18) per second and connection. */
  readonly signalRateLimit: number | null
  /** New logs per second and connection. */
  readonly logRateLimit: number | null
  /** New connections per second, and requests over HTTP, for each connection's worth that `ratePerUser` and `ratePerAddress` give. */
  readonly connectRateLimit: number | null
  readonly requestRateLimit: number | null
  /** As much as so many connections a person may use, and an address, on all nodes together. */
  readonly ratePerUser: number | null
  readonly ratePerAddress: number | null
  /** Milliseconds between two pings. */
  readonly heartbeatIntervalMs: number
  /** Milliseconds without an inbound frame after which a connection is given up. */
  readonly heartbeatTimeoutMs: number
  /** Join and leave notices of one room at once; more are folded into one a second. */
  readonly noticesPerSecond: number
  /** People in a room up to which it is told who is writing, away or back. */
  readonly signalRoomPeople: number
  /** People in a room up to which it is told how far each has read; in a larger one only their own connections are. */
  readonly markerRoomPeople: number
  /** People of this node in a room whom the others are told by name; of those beyond, they are told how many. */
  readonly presenceRoomPeople: number
  /** Milliseconds for which somebody whose connection broke off stays in the rooms, and the people of another node that ends as planned. */
  readonly presenceGraceMs: number
  /** Milliseconds without progress after which a connection that is behind is closed with 4010. */
  readonly slowTimeoutMs: number
  /** Bytes of finished frames kept in memory per log. */
  readonly tailBytes: number
  /** Newest entries of each log that are kept; `null` for all. */
  readonly retentionEntries: number | null
  /** Milliseconds for which entries are kept; `null` for ever. */
  readonly retentionMs: number | null
  /** Milliseconds for which a token may hold, and a revocation is kept. */
  readonly tokenLifetimeMs: number
  /** Whether every token says when it was issued. Otherwise a revocation may have to be kept for ever. */
  readonly tokensSayWhen: boolean
  /** Milliseconds by which the clock of whoever signs tokens may differ. */
  readonly tokenLeewayMs: number
  /** Milliseconds between two looks whether other nodes have said what was not heard of; `null` where there are none. */
  readonly headWatchMs: number | null
  /** Milliseconds between two flights of the canary through store and bus; `null` for none. */
  readonly canaryMs: number | null
  /** Bytes of answers that may wait for a connection that does not read; beyond it the connection is neither heard nor read any more. */
  readonly maxReplyBytes: number
  /** Who may do what in which rooms, as the settings say. */
  readonly rules: readonly Rule[]
  /** Milliseconds for which an answer of the hook of permissions holds that does not say for how long. */
  readonly hookHoldMs: number
}

export const DEFAULT_OPTIONS: HubOptions = Object.freeze({
  lang: 'zh-Hant',
  names: 'exclusive',
  maxConnections: 10_000,
  maxConnectionsPerUser: 20,
  maxConnectionsPerAddress: 2_000,
  maxSocketsPerAddress: 1_000,
  maxUnprovenPerAddress: 200,
  authTimeoutMs: 10_000,
  maxUnprovenFrames: 10,
  maxUnprovenFrameLength: 8_192,
  maxRooms: 20,
  maxRoomsPerUser: 100,
  maxMessageBytes: 16_384,
  maxFrameBytes: 65_536,
  rateLimit: 20,
  rateBurst: 100,
  byteRateLimit: 65_536,
  joinRateLimit: 10,
  signalRateLimit: 10,
  logRateLimit: 1,
  connectRateLimit: 2,
  requestRateLimit: 20,
  ratePerUser: 2,
  ratePerAddress: 10,
  heartbeatIntervalMs: 10_000,
  heartbeatTimeoutMs: 30_000,
  noticesPerSecond: 5,
  signalRoomPeople: 500,
  markerRoomPeople: 100,
  presenceRoomPeople: 1_000,
  presenceGraceMs: 5_000,
  slowTimeoutMs: 30_000,
  tailBytes: 524_288,
  retentionEntries: null,
  retentionMs: null,
  tokenLifetimeMs: 2_592_000_000,
  tokensSayWhen: false,
  tokenLeewayMs: 5_000,
  headWatchMs: null,
  canaryMs: null,
  maxReplyBytes: 65_536,
  rules: [],
  hookHoldMs: 30_000,
})
