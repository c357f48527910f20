/** What moderators ask for, and what is told of it. */
import type { ModerationAction } from '@roomful/protocol'

/** What a moderator asks for (MO1-MO8). */
export interface ModerationRequest {
  readonly action: ModerationAction
  /** Name of the room, or `EVERYWHERE`. */
  readonly room: string
  /** Who is meant: one of these, where somebody is. */
  readonly target_user?: string | undefined
  readonly target_address?: string | undefined
  /** Number of the message whose author is meant, or that is deleted. */
  readonly seq?: number | undefined
  readonly epoch?: string | undefined
  /** Of the whole server: the room that has this number, or in which a name is looked for. */
  readonly said_in?: string | undefined
  /** Also a name that nobody has had yet. */
  readonly beforehand?: boolean | undefined
  readonly with_address?: boolean | undefined
  readonly seconds?: number | undefined
  readonly reason?: string | undefined
  readonly client_id?: string | undefined
}

export interface Moderated {
  readonly id: string
  /** Number in the audit trail. */
  readonly seq: number
  readonly room: string
  readonly action: ModerationAction
  readonly username?: string
  /** When it ends; missing where it holds for good. */
  readonly until?: string
  readonly timestamp: string
  /** False when `client_id` was known already and this is the first answer again. */
  readonly created: boolean
}

/** An act of a moderator in the audit trail, or what holds of it. */
export interface SanctionSummary {
  readonly id: string
  readonly seq: number
  readonly action: ModerationAction
  readonly username?: string
  readonly by: string
  readonly timestamp: string
  readonly seconds?: number
  readonly until?: string
  readonly reason?: string
  /** Number of the message that it is about. */
  readonly message_seq?: number
  /** Room in which it has that number, of what holds on the whole server. */
  readonly said_in?: string
  /** Addresses are banned too. */
  readonly by_address?: true
}

export interface AuditPage {
  readonly room: string
  readonly slow_seconds: number
  readonly locked: boolean
  readonly read_only: boolean
  /** Mutes and bans that hold, newest first. */
  readonly sanctions: readonly SanctionSummary[]
  /** More hold than are listed. */
  readonly truncated?: true
  /** What was done, newest first. */
  readonly acts: readonly SanctionSummary[]
  /** Where the next page begins; `null` when there is none. */
  readonly next_before: number | null
}
