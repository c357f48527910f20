/** MO12: who is muted or banned, as a moderator is told over HTTP. */
import type { Moderation } from '@roomful/client'
import { ANONYMOUS, EVERYWHERE, nameKey } from '@roomful/protocol'

/** A mute or ban that holds. */
export interface Sanction {
  /** Number in the audit trail. */
  readonly seq: number
  readonly action: 'mute' | 'ban'
  /** `*`: it holds on the whole server. */
  readonly room: string
  /** `null`: somebody without a name, or an address that nobody knows but whoever named it. */
  readonly username: string | null
  /** Number of the message by which its author was meant. */
  readonly messageSeq: number | null
  /** Of the whole server: the room in which it has that number. */
  readonly saidIn: string | undefined
  readonly by: string
  readonly reason: string
  readonly withAddress: boolean
  /** Milliseconds of the page's clock; `Infinity`: for good. */
  readonly endsAt: number
}

export interface Sanctions {
  /** Newest first, those of the whole server last. */
  readonly all: readonly Sanction[]
  /** More hold than are listed. */
  readonly truncated: boolean
}

/** The answer of the server, as far as it is read. */
interface Answer {
  readonly sanctions: readonly {
    readonly seq: number
    readonly action: Sanction['action']
    readonly username?: string
    readonly message_seq?: number
    readonly said_in?: string
    readonly by: string
    readonly reason?: string
    readonly by_address?: true
    readonly until?: string
  }[]
  readonly truncated?: true
}

export interface Asking {
  /** Those of the whole server are for administrators. */
  readonly rooms: readonly string[]
  readonly token: string | null
  /** BCP 47: in it the server says why it tells nothing. */
  readonly tag: string
}

/** Longest wait for the server in milliseconds. */
const PATIENCE_MS = 10_000

/** What lifts it; `null` where nothing tells of whom: of an address alone. */
export function liftOf({ action: held, room, username, messageSeq, saidIn }: Sanction): Moderation | null {
  const action = `un${held}` as const
  if (username !== null) return { action, room, user: username }
  return messageSeq === null ? null : { action, room, seq: messageSeq, saidIn }
}

/** Whether it mutes, in this room alone, whoever is shown under this name. */
export function isMuteOf({ action, room, username }: Sanction, name: string): boolean {
  return action === 'mute' && room !== EVERYWHERE && nameKey(username ?? ANONYMOUS) === nameKey(name)
}

/** Rejects with an `Error` that says why, when the server tells nothing. */
export async function loadSanctions({ rooms, token, tag }: Asking): Promise<Sanctions> {
  const lists = await Promise.all(rooms.map((room) => loadOf(room, token, tag)))
  return {
    all: lists.flatMap(({ all }) => all),
    truncated: lists.some(({ truncated }) => truncated),
  }
}

async function loadOf(room: string, token: string | null, tag: string): Promise<Sanctions> {
  const place = room === EVERYWHERE ? '' : `rooms/${encodeURIComponent(room)}/`
  const response = await fetch(`/api/v1/${place}moderation?limit=1`, {
    headers: { 'accept-language': tag, ...(token !== null && { authorization: `Bearer ${token}` }) },
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
  if (!response.ok) throw new Error(((await response.json()) as { readonly detail: string }).detail)
  const { sanctions, truncated = false } = (await response.json()) as Answer
  // Two clocks: what counts is how long it still holds.
  const skew = Date.now() - (Date.parse(response.headers.get('date') ?? '') || Date.now())
  return {
    truncated,
    all: sanctions.map(
      ({
        seq,
        action,
        username = null,
        message_seq = null,
        said_in,
        by,
        reason = '',
        by_address,
        until,
      }) => ({
        seq,
        action,
        room,
        username,
        messageSeq: message_seq,
        saidIn: said_in,
        by,
        reason,
        withAddress: by_address === true,
        endsAt: until === undefined ? Infinity : Date.parse(until) + skew,
      }),
    ),
  }
}
