import type { ServerMessageOf } from '@roomful/protocol'
import type { Client } from './api.ts'
import type { StoredOutbox } from './outbox.ts'
import type { OutboxEntry, OutboxState } from './outbox-entry.ts'
import type { OutboxItem } from './outbox-items.ts'

type Tell = (entry: OutboxEntry, kept: boolean | undefined) => void

/** Another tab with the same storage has changed an entry; `kept`: it is in the storage. `tell` answers it. */
export function adopt(outbox: StoredOutbox, entry: OutboxEntry, kept: boolean, tell: Tell): void {
  const { items } = outbox
  const { clientId, state, at } = entry
  const mine = items.get(clientId)
  if (mine !== undefined && state.phase !== 'sent' && outbox.isSending(mine))
    return object(outbox, mine, state, tell)
  if (state.phase === 'sent') {
    if (mine !== undefined) items.release(mine)
  } else if (state.phase === 'discarded') {
    if (mine === undefined) return
    // Before this tab asks the storage again, whoever is the first to do it.
    outbox.forget(mine)
  } else {
    const isLast = mine === undefined ? at >= items.lastAt : at === mine.entry.at
    const item = mine ?? items.hold(entry, kept)
    item.entry = entry
    item.saved = true
    item.kept ||= kept
    if (!isLast) items.sort()
  }
  outbox.changes.emit(entry)
  outbox.flush()
}

/** It is on its way: another tab that says otherwise, or threw it away, was too late. */
function object(outbox: StoredOutbox, item: OutboxItem, { phase }: OutboxState, tell: Tell): void {
  if (phase === 'discarded') outbox.save(item)
  if (phase !== 'sending') tell(item.entry, item.kept)
}

/** The tab that sent is gone. */
export function takeOver(outbox: StoredOutbox): void {
  for (const item of outbox.items.all) if (item.entry.state.phase === 'sending') outbox.requeue(item)
  // Not what another tab puts there while it is read.
  const kept = outbox.items.all.filter((item) => item.kept)
  outbox.load((stored) => {
    // Sent or thrown away by a tab that this one did not hear.
    for (const item of outbox.items.all)
      if (kept.includes(item) && !stored.has(item.entry.clientId)) outbox.drop(item, { phase: 'discarded' })
  })
}

/** Does once what the entry says. */
export function deliver(client: Client, entry: OutboxEntry): Promise<ServerMessageOf<'ack'>> {
  const { kind, text, to, seq = 0 } = entry
  if (kind === 'edit') return client.edit(seq, text, entry)
  if (kind === 'delete') return client.remove(seq, entry)
  if (kind === 'reaction') return client.react(seq, text, entry)
  return to === undefined ? client.send(text, entry) : client.whisper(to, text, entry)
}
