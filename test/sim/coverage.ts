/** What must have happened for a run to say anything, and how often it did. */
export const EVENTS = [
  'message',
  'private',
  'edit',
  'delete',
  'reaction',
  'reaction taken back',
  'edit in private',
  'delete in private',
  'ack',
  'ack of a repeat',
  'let go',
  'ack of what was let go',
  'sent by the outbox',
  'conflict',
  'unavailable',
  'user_not_found',
  'not_in_room',
  'rate_limited',
  'resume full',
  'resume of nothing',
  'resume gap',
  'gap told',
  'catch-up from the store',
  'healing',
  'history',
  'socket full',
  'socket drained',
  'input paused',
  'commit refused',
  'crash',
  'crash: in flight, committed',
  'crash: in flight, not committed',
  'restart',
  'drain',
  'drain: the disk was too slow',
  'going away told',
  'refused because of the end',
  'restore',
  'half-open',
  'cut',
  'freeze',
  'sleep',
  'hidden tab',
  'offline',
  'stall',
  'reload',
  'left and back',
  'close 1006',
  'close 1012',
  'close 1013',
  'close 4009',
  'close 4010',
  'frame lost on the way',
] as const

export type Event = (typeof EVENTS)[number]

export class Coverage {
  readonly counts = new Map<Event, number>()

  note(event: Event, times = 1): void {
    this.counts.set(event, (this.counts.get(event) ?? 0) + times)
  }

  noteClose(code: number): void {
    const event = `close ${code}`
    if ((EVENTS as readonly string[]).includes(event)) this.note(event as Event)
  }

  add(other: Pick<Coverage, 'counts'>): void {
    for (const [event, times] of other.counts) this.note(event, times)
  }

  /** Events that never happened. */
  get missing(): Event[] {
    return EVENTS.filter((event) => !this.counts.has(event))
  }
}
