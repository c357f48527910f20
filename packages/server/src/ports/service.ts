/** The core as its transports see it: what the WebSocket and HTTP adapters call. */
import type { ErrorCode, Lang, LogFrame } from '@roomful/protocol'
import type { Identity } from './auth.ts'
import type { Action } from './grants.ts'
import type { AuditPage, Moderated, ModerationRequest } from './moderation.ts'
import type { Socket, SocketEvents } from './socket.ts'
import type { Range } from './store.ts'

export type Dialect = 'classic' | 'v1'

/** Who a client is, as it shows; not checked. Of several the first counts. */
export interface Shown {
  readonly token: string | null
  /** What a token was changed for. */
  readonly ticket: string | null
  /** Without either: whether the token comes with the first frame, also where guests are let in. */
  readonly awaitsToken: boolean
}

/** What a client asked for with its upgrade, parsed by the transport and not yet judged. */
export type Attach =
  | {
      readonly endpoint: 'echo'
      readonly address: string
      readonly echoPrefix: string
      readonly shown: Shown
    }
  | {
      readonly endpoint: 'chat'
      readonly address: string
      readonly dialect: Dialect
      /** Decoded path segment; `null` on the anonymous endpoint. */
      readonly username: string | null
      /** Whether the application heartbeat was asked for. */
      readonly heartbeat: boolean
      /** `?room=`, not checked; `null` means the default room. */
      readonly room: string | null
      /** `null` means the server's default. */
      readonly lang: Lang | null
      readonly resumeToken: string | null
      readonly shown: Shown
    }
  | {
      /** A room's log for somebody who only listens. */
      readonly endpoint: 'events'
      readonly address: string
      /** Not checked. */
      readonly room: string
      readonly lang: Lang | null
      /** The last entry that the reader has. */
      readonly since: { readonly epoch: string; readonly seq: number } | null
      /** As `identify` answered. */
      readonly identity: Identity | null
    }

export type Requester = { readonly address: string } | { readonly identity: Identity }

/** Further members of a refusal, by their names on the wire. */
export interface RefusalMembers {
  /** Which limit was reached, and whose. */
  readonly limit?: string | undefined
  readonly scope?: string | undefined
  /** RFC 3339: when what moderators did ends. */
  readonly until?: string | undefined
  /** What the moderator wrote. */
  readonly reason?: string | undefined
}

interface RefusalDetails extends RefusalMembers {
  readonly field?: string
  readonly retryAfterMs?: number
}

/** A request that was refused; `code` decides status and retry. */
export class Refusal extends Error {
  readonly code: ErrorCode
  readonly field: string | undefined
  readonly retryAfterMs: number | undefined
  readonly members: RefusalMembers
  constructor(code: ErrorCode, message: string, details: RefusalDetails = {}) {
    super(message)
    const { limit, scope, until, reason } = details
    this.members = { limit, scope, until, reason }
    this.name = 'Refusal'
    this.code = code
    this.field = details.field
    this.retryAfterMs = details.retryAfterMs
  }
}

export interface ConnectionStatus {
  readonly username: string
  readonly last_activity: string
  readonly idle_seconds: number
}

export interface Status {
  readonly connected_count: number
  readonly connected_users: readonly string[]
  /** Only when the list was cut and the count is larger. */
  readonly connected_users_truncated?: true
  readonly heartbeat_timeout: number
  /** Of this node, at most `MAX_LISTED_USERS`. */
  readonly connections: readonly ConnectionStatus[]
  readonly status: 'active'
  readonly partial?: true
}

export interface RoomSummary {
  readonly room: string
  readonly connected_count: number
  /** Number of the newest entry; 0 in a room where nothing was said. */
  readonly head_seq: number
}

export interface RoomList {
  readonly rooms: readonly RoomSummary[]
  /** `MAX_LOOKED_THROUGH` rooms were looked at, and there are more. */
  readonly truncated?: true
  readonly partial?: true
}

/** A process of those that share the store, with its own connections. */
export interface NodeSummary {
  /** `null` where there is one only. */
  readonly node: string | null
  readonly people: number
  /** Whether it is the one that was asked. */
  readonly answers: boolean
  /** False while not all that it has told of its people has arrived. */
  readonly complete: boolean
}

export interface Overview {
  readonly nodes: readonly NodeSummary[]
  /** Those with most people, on all nodes; the fullest first. */
  readonly rooms: readonly RoomSummary[]
  readonly partial?: true
}

/** `partial`: of several nodes, not all that the others have told has arrived here yet, so people may be missing. */
export interface Members {
  readonly room: string
  readonly connected_count: number
  readonly connected_users: readonly string[]
  /** True when the list was cut and the count is larger. */
  readonly truncated: boolean
  readonly partial?: true
}

export interface HistoryPage {
  readonly room: string
  readonly epoch: string
  readonly entries: readonly LogFrame[]
  /** Number of the oldest entry that is kept; one above `head_seq` when there is none. */
  readonly first_available: number
  readonly head_seq: number
  readonly complete: boolean
}

export interface PublishRequest {
  readonly room: string
  readonly message: string
  /** As `identify` answered: then the author is its bearer. */
  readonly identity: Identity | null
  /** Default `Anonymous`. A reserved name, that of a live person, and of an `identity` any other name is refused. */
  readonly username?: string | undefined
  readonly timestamp?: string | undefined
  readonly client_id?: string | undefined
  /** From which it comes; default: not known. */
  readonly address?: string | null
}

export interface Published {
  readonly id: string
  readonly seq: number
  readonly room: string
  readonly timestamp: string
  /** False when `client_id` was known already and this is the first answer again. */
  readonly created: boolean
}

/** Takes back all that a subject was given so far, or one token. One of the two. */
export interface RevokeRequest {
  /** Who asks; must be an administrator. */
  readonly identity: Identity | null
  readonly subject?: string | undefined
  readonly token_id?: string | undefined
  /** Default: that of who asks. */
  readonly issuer?: string | undefined
}

export interface IssuedTicket {
  readonly ticket: string
  readonly expires_at: string
}

export interface RevokedSince {
  readonly revoked_at: string
}

/** Asks what somebody may in a room: whoever is here under `user`, a `subject` of whose token nothing else is known, or a guest. */
export interface ExplainRequest {
  /** Who asks; must be an administrator. */
  readonly identity: Identity | null
  readonly room: string
  readonly user?: string | undefined
  readonly subject?: string | undefined
  readonly issuer?: string | undefined
}

export interface Considered {
  readonly source: string
  readonly rule: string | null
  readonly outcome: string
  readonly message: string
}

export interface Explained {
  readonly room: string
  readonly username: string | null
  readonly subject: string | null
  readonly issuer: string | null
  readonly may: readonly Action[]
  readonly decided_by: { readonly source: string; readonly rule: string | null }
  /** In the order in which they are asked. */
  readonly considered: readonly Considered[]
}

export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  /** Milliseconds since the check last ran. */
  readonly age_ms: number
}

export interface ChatService {
  /** The same service, whose refusals and explanations speak this language; `attach` goes by what the request says. Default: that of the server. */
  inLanguage(lang: Lang): ChatService
  /** Names the history that numbers belong to. */
  readonly epoch: string
  /** Why no new connection of this address is taken now, with `retryAfterMs`; `null` when it is, and counts. Each call may name another delay. */
  refusal(address: string): Refusal | null
  /** A socket came from this address. Answers what to call when it is a connection or gone, however often; `null` when there are too many that are neither. */
  arrive(address: string): (() => void) | null
  /** Counts a request over HTTP, of an address or of whoever has shown a token. Throws `Refusal` (`rate_limited`). */
  admit(requester: Requester): void
  /** Who shows this token; `null` for a guest. Throws `Refusal` (`unauthorized`, `banned`, `unavailable`). `address`: from which it comes. */
  identify(token: string | null, address?: string | null): Promise<Identity | null>
  /** The same for a ticket, which is shown by that. */
  redeem(ticket: string, address?: string | null): Promise<Identity | null>
  /**
   * Takes over an upgraded socket. Every refusal after this point is an error frame and a close.
   * The transport then reports to the returned events.
   */
  attach(socket: Socket, request: Attach): SocketEvents
  /** Without `room`: the whole server. `who` asks, by default a guest, from `address`, by default not known. Throws `Refusal` (`invalid_room`, `forbidden`). */
  status(room?: string, who?: Identity | null, address?: string | null): Status
  /** Rooms that hold entries or people, by name, behind `after`, as far as `who` may read them from that address. Throws `Refusal`. */
  rooms(after: string, limit: number, who?: Identity | null, address?: string | null): Promise<RoomList>
  /** Throws `Refusal` (`invalid_room`, `forbidden`). */
  members(room: string, who?: Identity | null, address?: string | null): Members
  /** Throws `Refusal` (`invalid_room`, `forbidden`, `unavailable`). */
  history(
    room: string,
    range: Range,
    limit: number,
    who?: Identity | null,
    address?: string | null,
  ): Promise<HistoryPage>
  /** Throws `Refusal`. Resolves after the commit. */
  publish(request: PublishRequest): Promise<Published>
  /** Something to show instead of a token, once and soon. Throws `Refusal` (`forbidden`, `unauthorized`, `too_large`, `unavailable`). */
  issueTicket(identity: Identity | null): Promise<IssuedTicket>
  /** Throws `Refusal` (`forbidden`, `bad_message`, `unavailable`). Resolves after the commit; other nodes follow within seconds. */
  revoke(request: RevokeRequest): Promise<RevokedSince>
  /** Nodes, and at most so many rooms. Throws `Refusal` (`unavailable`). Whom it may be told is for the caller to judge. */
  overview(limit: number): Promise<Overview>
  /** Throws `Refusal` (`forbidden`, `invalid_room`, `bad_message`, `user_not_found`). */
  explain(request: ExplainRequest): Promise<Explained>
  /**
   * A moderator does something. `room` of the request is not checked yet. Throws `Refusal`. Resolves after the commit, when it holds here; other nodes follow
   * within seconds.
   */
  moderate(request: ModerationRequest, who: Identity | null, address: string | null): Promise<Moderated>
  /** What moderators did in a room, or on the server (`EVERYWHERE`), below the number `before`, and what holds now; for those who may moderate there. Throws `Refusal`. */
  moderation(
    room: string,
    before: number,
    limit: number,
    who: Identity | null,
    address?: string | null,
  ): Promise<AuditPage>
  /** Whether this node should get traffic, and why not. */
  readiness(): Promise<readonly Check[]>
}
