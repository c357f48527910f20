import type { Client } from '../../packages/client/src/api.ts'
import type { ServerMessageOf } from '../../packages/protocol/src/messages.ts'
import type { Chance } from './chance.ts'
import { HOME, PRIVATE } from './logs.ts'
import { type Acked, type ChangeKind, changeText, type Sent, type Transcript } from './transcript.ts'

const EMOJI = ['👍', '❤️', '😂', '🎉', '🤔'] as const

/** Entries, counted from the last one, on which people put an emoji. */
const RECENT = 5

export type Draft = Omit<Sent, 'clientId'>

/** What it sees of its app. */
interface App {
  readonly name: string
  readonly chance: Chance
  readonly sent: readonly Sent[]
  readonly acked: readonly Acked[]
  readonly transcripts: ReadonlyMap<string, Transcript>
  isOut(log: string): boolean
}

/** What one app does to messages that were said: it thinks better of its own, and likes those of others. */
export class Changes {
  readonly #app: App
  /** Ids of messages that it wanted to be deleted. */
  readonly #removed = new Set<string>()

  constructor(app: App) {
    this.#app = app
  }

  isRemoved(id: string): boolean {
    return this.#removed.has(id)
  }

  /** Whether what this is about may have been deleted: by itself, or, when it likes something, by somebody else. */
  mayBeGone({ about }: Draft): boolean {
    return about !== undefined && (isReaction(about.kind) || this.#removed.has(about.id))
  }

  edit(says: string, lost: ReadonlySet<string>, inPrivate: boolean): Draft | undefined {
    const last = this.#lastMessage(lost, inPrivate)
    return last && this.#draft('edit', says, last.log, last)
  }

  remove(lost: ReadonlySet<string>, inPrivate: boolean): Draft | undefined {
    const last = this.#lastMessage(lost, inPrivate)
    if (last === undefined) return undefined
    this.#removed.add(last.id)
    return this.#draft('delete', '', last.log, last)
  }

  /** What it was told of may have been deleted since. */
  react(lost: ReadonlySet<string>): Draft | undefined {
    const { chance, sent, transcripts } = this.#app
    const told = (transcripts.get(HOME)?.entries ?? []).slice(-RECENT)
    const likeable = told.filter(({ id, isMessage }) => isMessage && !lost.has(id) && !this.#removed.has(id))
    if (likeable.length === 0) return undefined
    const draft = this.#draft('reaction', chance.pick(EMOJI), HOME, chance.pick(likeable))
    return sent.some(({ text }) => text === draft.text) ? undefined : draft
  }

  /** Takes back the emoji that it put on something last. */
  unreact(lost: ReadonlySet<string>): Draft | undefined {
    const { acked, sent } = this.#app
    const likes = new Map(
      sent.flatMap((each) => (each.about?.kind === 'reaction' ? [[each.text, each]] : [])),
    )
    const last = acked.findLast(({ text, id }) => likes.has(text) && !lost.has(id))
    const like = last && likes.get(last.text)
    if (like?.about === undefined || lost.has(like.about.id)) return undefined
    const draft = this.#draft('unreaction', like.says, HOME, like.about)
    return sent.some(({ text }) => text === draft.text) ? undefined : draft
  }

  /** What is about a private message is for whom that was for. */
  #draft(
    kind: ChangeKind,
    says: string,
    room: string,
    { seq, id, text }: Pick<Acked, 'seq' | 'id'> & { readonly text?: string },
  ): Draft {
    const to = room === PRIVATE ? (this.#app.sent.find((each) => each.text === text)?.to ?? null) : null
    const epoch = this.#app.transcripts.get(room)?.epoch ?? undefined
    return {
      text: changeText(kind, says, id, this.#app.name),
      says,
      room,
      to,
      about: { kind, seq, id, epoch },
    }
  }

  /** Its last message that is still there. */
  #lastMessage(lost: ReadonlySet<string>, inPrivate: boolean): Acked | undefined {
    const messages = new Set(this.#app.sent.flatMap(({ text, about }) => (about === undefined ? [text] : [])))
    return this.#app.acked.findLast(
      ({ log, id, text }) =>
        (log === PRIVATE) === inPrivate &&
        !this.#app.isOut(log) &&
        !lost.has(id) &&
        !this.#removed.has(id) &&
        messages.has(text),
    )
  }
}

/** Asks the SDK itself for it, without the outbox; `says` in place of its words. */
export function ask(
  client: Client,
  { clientId, room, to, about }: Sent,
  says: string,
): Promise<ServerMessageOf<'ack'>> {
  if (room === null) return client.whisper(to ?? '', says, { clientId })
  if (about === undefined) return client.send(says, { clientId, room })
  const { kind, seq, epoch } = about
  const options = { clientId, room, epoch }
  if (kind === 'edit') return client.edit(seq, says, options)
  if (kind === 'delete') return client.remove(seq, options)
  return client.react(seq, says, { ...options, remove: kind === 'unreaction' })
}

export function isReaction(kind: ChangeKind): boolean {
  return kind === 'reaction' || kind === 'unreaction'
}
