/** JSON texts of the frames that carry data, built by hand: each is made once and shared by all who get it. */
import { type ErrorCode, ERRORS, PRIVATE_LOG, type ServerMessageOf } from '@roomful/protocol'
import type { Entry } from '../ports/store.ts'
import { Frame } from './tail.ts'

/** Name of a person's private log in the store. No room name begins so. */
export function privateLogName(personId: string): string {
  return `@${personId}`
}

export function isPrivateLog(log: string): boolean {
  return log.startsWith('@')
}

/**
 * The frame of an entry. Only v1 gets a private message in its author's own log, which is the author's copy, and what is about
 * other entries.
 */
export function entryFrame(entry: Entry): Frame {
  const { kind, authorId } = entry
  if (kind !== 'message' && kind !== 'private')
    return new Frame(entry.seq, entryJson(entry), 'v1', kind === 'edit' ? (entry.about?.seq ?? 0) : 0)
  const own = kind === 'private' && authorId !== null && entry.log === privateLogName(authorId)
  return new Frame(entry.seq, entryJson(entry), own && entry.target !== entry.author ? 'v1' : null)
}

export function entryJson(entry: Entry): string {
  const { kind, about } = entry
  const author = JSON.stringify(entry.author)
  const place = `,"timestamp":"${entry.timestamp}","id":"${entry.id}","seq":${entry.seq},"room":${isPrivateLog(entry.log) ? PRIVATE_ROOM : JSON.stringify(entry.log)}`
  const target =
    about === null ? '' : `:{"id":"${about.id}"${about.seq === null ? '' : `,"seq":${about.seq}`}}`
  switch (kind) {
    case 'message':
      return `{"type":"message","username":${author},"message":${JSON.stringify(entry.text)}${place}${about === null ? '' : `,"reply_to"${target}`}${entry.text === '' ? DELETED : ''}}`
    case 'private':
      return `{"type":"private","from":${author},"to":${JSON.stringify(entry.target)},"message":${JSON.stringify(entry.text)}${place}${about === null ? '' : `,"reply_to"${target}`}${entry.text === '' ? DELETED : ''}}`
    case 'edit':
      return `{"type":"edit","username":${author},"message":${JSON.stringify(entry.text)},"target"${target}${place}${entry.text === '' ? DELETED : ''}}`
    case 'delete':
      return `{"type":"delete","username":${author},"target"${target}${place}}`
    case 'reaction':
      return `{"type":"reaction","username":${author},"emoji":${JSON.stringify(entry.text)},"target"${target}${place}}`
    case 'unreaction':
      return `{"type":"reaction","username":${author},"emoji":${JSON.stringify(entry.text)},"removed":true,"target"${target}${place}}`
    default:
      return kind satisfies never
  }
}

const PRIVATE_ROOM = JSON.stringify(PRIVATE_LOG)
const DELETED = ',"deleted":true'

/** The same frame after its author deleted it. */
export function deletedJson(json: string): string {
  return JSON.stringify({ ...(JSON.parse(json) as object), message: '', deleted: true })
}

type ErrorFrame = ServerMessageOf<'error'>

/** Fields that a refusal may carry besides code and message: those that the schema of the frame describes. */
export type ErrorDetails = {
  readonly [Name in Exclude<keyof ErrorFrame, 'type' | 'code' | 'message'>]?: ErrorFrame[Name] | undefined
}

export function errorJson(code: ErrorCode, message: string, details?: ErrorDetails): string {
  const { retryable } = ERRORS[code]
  return JSON.stringify({ type: 'error', message, code, ...(retryable ? { retryable } : null), ...details })
}
