import type { ModerationAction } from '@roomful/protocol'

/** What a moderator does. */
export interface Moderation {
  action: ModerationAction
  /** Default: the room that the client connects to; `*`: the whole server, for administrators. */
  room?: string | undefined
  /** Who is meant, by name, or as the author of message `seq` of that room. */
  user?: string | undefined
  seq?: number | undefined
  /** Epoch of the log in which that number was seen; default: as in the outbox. */
  epoch?: string | undefined
  /** With `*`: the room that has number `seq`, or in which `user` has said something. Default: the room that the client connects to. */
  saidIn?: string | undefined
  /** `mute` and `ban`: also a `user` who has never been here, else `user_not_found`. */
  beforehand?: boolean | undefined
  /** `ban` and `unban`: an IP address, without a person. */
  address?: string | undefined
  /** `ban`: the addresses from which the person is here, or was of late, too; `not_found` when none is known of somebody who is away. */
  withAddress?: boolean | undefined
  /** `mute`: default 600; `ban`: default for good; `slow`: between two messages, default 10, 0 ends it. */
  seconds?: number | undefined
  /** At most 200 characters; the room is told. */
  reason?: string | undefined
  /** The same again is carried out once. Default: a new UUID. */
  clientId?: string | undefined
}
