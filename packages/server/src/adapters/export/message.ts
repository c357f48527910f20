/** What an export says of a message: as it is now, with all that was done to it. */
export interface ExportedMessage {
  readonly room: string
  readonly seq: number
  readonly id: string
  readonly username: string
  /** RFC 3339. */
  readonly timestamp: string
  /** `''` when it was deleted. */
  readonly message: string
  readonly edited: boolean
  readonly deleted: boolean
  /** What it answers; `seq` is `null` when this room does not hold it. */
  readonly replyTo: { readonly id: string; readonly seq: number | null } | null
  readonly reactions: readonly ExportedReaction[]
}

export interface ExportedReaction {
  readonly emoji: string
  /** In the order in which they came. */
  readonly usernames: readonly string[]
}

export interface ExportedRoom {
  readonly name: string
  /** Counted from 1. */
  readonly number: number
}

/** The pieces of a file, in their order. Each is complete: nothing of what people wrote can end it. */
export interface ExportFormat {
  /** `at`: RFC 3339. */
  begin(at: string): string
  /** For each room, before the first message. */
  announce(room: ExportedRoom): string
  beginRooms(): string
  beginRoom(room: ExportedRoom): string
  message(message: ExportedMessage, room: ExportedRoom): string
  endRoom(): string
  end(): string
}
