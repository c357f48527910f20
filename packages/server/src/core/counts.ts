import { CLOSES, type CloseName, ERROR_CODES, type ErrorCode } from '@roomful/protocol'

/** Codes by which peers, and the transport for their sake, end connections; every other one counts as `other`. */
const PEER_CODES = ['1000', '1001', '1002', '1005', '1006', '1007', '1009', 'other'] as const
type PeerCode = (typeof PEER_CODES)[number]

function zeros<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>
}

/** What happened on the connections of this node since its start: plain numbers, as many as there are words for them. */
export class Counts {
  /** Frames that were read, refused ones included. */
  framesReceived = 0
  opened = 0
  readonly refusals: Record<ErrorCode, number> = zeros(ERROR_CODES)
  readonly closes: Record<CloseName, number> = zeros(Object.keys(CLOSES) as CloseName[])
  readonly peerCloses: Record<PeerCode, number> = zeros(PEER_CODES)

  closedByPeer(code: number): void {
    const known = PEER_CODES.find((each) => each === String(code)) ?? 'other'
    this.peerCloses[known]++
  }
}
