import type { ServerMessageOf } from '@roomful/protocol'

export type Act = ServerMessageOf<'moderation'>

/** What a notice is made of. */
export type Noted = ServerMessageOf<'system'> | Act

/** Who came or went, as the server told it; put into words by the reader's side. */
export interface Notice {
  readonly key: string
  /** Page clock in milliseconds. */
  readonly at: number
  readonly event: 'welcome' | 'join' | 'leave' | 'moderation'
  /** Those whom it names; empty for an anonymous visitor. */
  readonly names: readonly string[]
  /** How many it stands for, the named ones included. */
  readonly count: number
  /** What a moderator did. */
  readonly act?: Act
}

/** Oldest ones go first; nobody scrolls back to read who left. */
export const MAX_NOTICES = 200

export function noticeOf(frame: Noted, key: string, at: number): Notice | null {
  if (frame.type === 'moderation') return { key, at, event: frame.type, names: [], count: 0, act: frame }
  const { event } = frame
  if (event === undefined) return null
  const names = frame.users ?? (frame.username === undefined ? [] : [frame.username])
  return { key, at, event, names, count: frame.count ?? 1 }
}

export function addNotice(notices: readonly Notice[], notice: Notice): readonly Notice[] {
  return [...notices, notice].slice(-MAX_NOTICES)
}

/** A run of notices in few words: what remains when coming and going cancel out. */
export interface NoticeSummary {
  readonly joined: Group
  readonly left: Group
  /** Were here before, and are again. */
  readonly returned: Group
  /** Came, and are gone again. */
  readonly passed: Group
}

export interface Group {
  readonly names: readonly string[]
  /** How many more than those named. */
  readonly others: number
}

export function summarize(notices: readonly Notice[]): NoticeSummary {
  const first = new Map<string, Notice['event']>()
  const last = new Map<string, Notice['event']>()
  const others = { join: 0, leave: 0 }
  for (const { event, names, count } of notices) {
    if (event === 'welcome' || event === 'moderation') continue
    others[event] += count - names.length
    for (const name of names) {
      if (!first.has(name)) first.set(name, event)
      last.set(name, event)
    }
  }
  const group = (from: Notice['event'], to: Notice['event'], more = 0): Group => ({
    names: [...first]
      .filter(([name, event]) => event === from && last.get(name) === to)
      .map(([name]) => name),
    others: more,
  })
  return {
    joined: group('join', 'join', others.join),
    left: group('leave', 'leave', others.leave),
    returned: group('leave', 'join'),
    passed: group('join', 'leave'),
  }
}

export function sizeOfGroup(group: Group): number {
  return group.names.length + group.others
}
