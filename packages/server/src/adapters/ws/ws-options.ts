export interface WsOptions {
  /** Bytes of one inbound message; more closes with 1009. */
  readonly maxFrameBytes: number
  /** Fragments of one inbound message; more closes with 1009. */
  readonly maxFragments: number
  /** Whether clients that offer permessage-deflate get their messages compressed. */
  readonly compression: 'on' | 'off'
  /** Origins let in besides the server's own host and loopback. */
  readonly origins: readonly string[]
  /** Peers whose word on a client's address, host and scheme is taken, as in `trustedProxies`. */
  readonly trustedProxies: readonly string[]
  /** Whether `?token=` is taken. */
  readonly jwtInQuery: 'on' | 'off'
}
