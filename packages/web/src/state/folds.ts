import type { OutboxEntry } from '@roomful/client'
import { nameKey } from '@roomful/protocol'
import { changeOf, type Held } from './held.ts'
import type { Change } from './log.ts'

/** One emoji on a message, and who put it there. */
export interface Reaction {
  readonly emoji: string
  /** In the order in which they came; never empty. */
  readonly names: readonly string[]
  readonly own: boolean
}

/** What has become of a message since it was said. */
export interface Fold {
  /** The text that holds; null: the first one. */
  readonly text: string | null
  readonly deleted: boolean
  /** Who deleted it, where that is known. */
  readonly deletedBy: string | null
  readonly reactions: readonly Reaction[]
  /** One's own change that is not with the server yet; of reactions none. */
  readonly pending: OutboxEntry | null
}

interface Growing {
  text: string | null
  deleted: boolean
  deletedBy: string | null
  pending: OutboxEntry | null
  /** By emoji, then by person. */
  readonly reactions: Map<string, Map<string, string>>
}

/** What all changes have made of the messages that they are about, by the id of the message. Own ones hold before they are acknowledged. */
export function foldChanges(
  held: Held,
  own: { readonly ownKey: string; readonly ownName: string },
): ReadonlyMap<string, Fold> {
  const growing = new Map<string, Growing>()
  const of = (id: string): Growing => {
    const fold = growing.get(id) ?? {
      text: null,
      deleted: false,
      deletedBy: null,
      pending: null,
      reactions: new Map(),
    }
    growing.set(id, fold)
    return fold
  }
  for (const { entries } of [held.room, held.private])
    for (const { change, author } of entries) if (change !== null) apply(of(change.target), change, author)
  for (const mine of held.outgoing) {
    const change = changeOf(held, mine)
    if (change === null) continue
    const target = of(change.target)
    const { phase } = mine.state
    // What was refused for good stands beside the message, not in its place.
    if (phase !== 'failed' || change.kind === 'edit') apply(target, change, own.ownName)
    if (change.kind !== 'reaction' && phase !== 'sent') target.pending = mine
  }
  return new Map([...growing].map(([id, fold]) => [id, finished(fold, own.ownKey)]))
}

function apply(target: Growing, change: Change, author: string): void {
  if (change.kind === 'delete') {
    target.deleted = true
    if (!change.untold) target.deletedBy ??= author
  } else if (change.kind === 'edit') target.text = change.text
  else {
    const people = target.reactions.get(change.emoji) ?? new Map<string, string>()
    target.reactions.set(change.emoji, people)
    if (change.removed) people.delete(nameKey(author))
    else people.set(nameKey(author), author)
  }
}

function finished({ reactions, ...known }: Growing, ownKey: string): Fold {
  return {
    ...known,
    reactions: [...reactions].flatMap(([emoji, people]) =>
      people.size === 0 ? [] : [{ emoji, names: [...people.values()], own: people.has(ownKey) }],
    ),
  }
}
