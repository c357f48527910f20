import type { NameFault } from '@roomful/protocol'
import type { ShutReason, StopReason } from '../state/connection.ts'
import type { Failure } from '../state/failure.ts'
import type { Group } from '../state/notices.ts'

/** Languages of the page. */
export type PageLang = 'zh-Hant' | 'en'

/** Formats of one language, handed to its sentences. */
export interface Formats {
  number(value: number): string
  /** `Ann, Ben and 3 others`. */
  people(group: Group): string
  plural(value: number): Intl.LDMLPluralRule
}

/** Every sentence of the page. A language is complete when it has this type. */
export interface Dictionary {
  readonly tagline: string
  readonly pageTitle: (room: string) => string

  // Joining
  readonly nameLabel: string
  readonly nameHint: string
  readonly roomLabel: string
  readonly roomHint: string
  readonly signedInAs: (name: string) => string
  readonly signOut: string
  readonly useToken: string
  readonly connect: string
  readonly connecting: string
  readonly cancel: string
  readonly language: string
  readonly nameFault: Readonly<Record<NameFault, string>>
  readonly roomFault: string
  readonly unsentBefore: string
  readonly unsentOf: (count: number, name: string, room: string) => string

  // Connection
  readonly online: string
  readonly offline: string
  readonly reconnecting: string
  readonly lost: string
  readonly nextTry: (seconds: number) => string
  readonly retryNow: string
  readonly rejoin: string
  readonly announceLost: string
  readonly announceBack: string
  readonly serverFull: string
  readonly unreachable: string
  readonly stopped: Readonly<Record<Exclude<StopReason, ShutReason>, string>>

  // The room
  readonly disconnect: string
  readonly share: string
  readonly more: string
  readonly close: string
  readonly peopleHere: (count: number) => string
  readonly people: string
  readonly you: string
  readonly unlisted: (count: number) => string
  readonly anonymous: (count: number) => string
  readonly peopleOf: (room: string) => string
  readonly hasDraft: string
  readonly away: string
  readonly isAway: string

  // The transcript
  readonly transcript: string
  readonly loading: string
  readonly loadOlder: string
  readonly start: (room: string) => string
  readonly startHint: string
  readonly gap: (count: number) => string
  readonly gapLost: string
  readonly load: string
  readonly latest: string
  readonly newMessages: string
  readonly edited: string
  readonly recalled: (author: string) => string
  readonly ownRecalled: string
  readonly removed: (moderator: string) => string
  readonly quoted: (number: string) => string
  readonly quoteDeleted: string
  readonly toolsOf: (author: string) => string
  readonly reply: string
  readonly edit: string
  readonly recall: string
  readonly recallSure: string
  readonly linkTo: string
  readonly reactWith: (emoji: string) => string
  readonly reactedBy: (emoji: string, who: Group) => string
  readonly noSuchMessage: string
  readonly checking: string
  readonly missing: (count: number) => string
  readonly upTo: (number: string, ago: string) => string
  readonly checkNow: string
  readonly justNow: string
  readonly latestCount: (count: number) => string
  readonly queued: string
  readonly sending: string
  readonly sent: string
  readonly failed: string
  readonly retry: string
  readonly editAgain: string
  readonly discard: string
  readonly failure: Readonly<Record<Exclude<Failure, 'refused'>, string>>
  /** In the words of the server. */
  readonly refused: (message: string) => string
  readonly privateTo: (name: string) => string
  readonly privateFrom: (name: string) => string
  readonly replyPrivately: string
  readonly welcome: (name: string) => string
  readonly joined: (who: Group) => string
  readonly left: (who: Group) => string
  readonly returned: (who: Group) => string
  readonly passed: (who: Group) => string
  /** Between two sentences about different people. */
  readonly partBreak: string
  readonly someoneJoined: string
  readonly someoneLeft: string
  readonly showEach: string
  readonly hideEach: string
  readonly today: string
  readonly yesterday: string

  // Announcements
  readonly announceMessage: (author: string, text: string) => string
  readonly announcePrivate: (author: string, text: string) => string
  readonly announceSeveral: (count: number) => string

  // Writing
  readonly messageLabel: string
  readonly messagePlaceholder: (room: string) => string
  readonly send: string
  readonly save: string
  readonly editing: string
  readonly replyingTo: (author: string) => string
  readonly typing: (who: Group) => string
  readonly whisperTo: (name: string) => string
  readonly whisperOnly: (name: string) => string
  readonly whisperPlaceholder: (name: string) => string
  readonly whisperSend: string
  readonly whisperEnd: string
  readonly whisperGone: (name: string) => string
  readonly whisperBack: (name: string) => string
  readonly whisperConfirm: (name: string) => string
  readonly offlineHint: string
  readonly unkept: string
  readonly leaveSure: (count: number) => string
  readonly keptHint: string
  readonly tooLong: (over: number) => string
  readonly bytesLeft: (left: number) => string
  readonly copied: string
}
