/** Server-sent events (HTML Living Standard, section 9.2) as frames of the core. */
import type { FrameEncoder } from '../../../ports/socket.ts'

/** The last entry that a reader has, as the `id` of an event tells it. */
export interface Position {
  readonly epoch: string
  readonly seq: number
}

/** Every frame begins with its type. */
const TYPE = /^\{"type":"([a-z_]+)"/
const RETRY_AFTER = /"retry_after_ms":([0-9]+)/
const DATA = '\ndata: '
const END = '\n\n'

/** A line that says nothing: a sign of life. */
export const COMMENT = Buffer.from(`:${END}`)

/** Longest id that is looked at, in characters. */
const MAX_ID_LENGTH = 128

/** Frames are whole events: `event` is the type, `id` tells epoch and number of an entry. */
export function createEventEncoder(epoch: string): FrameEncoder {
  return {
    name: 'server-sent events',
    encode(json, seq) {
      const type = TYPE.exec(json)?.[1] ?? 'message'
      const id = seq === undefined ? '' : `id: ${epoch}:${seq}\n`
      return Buffer.from(`${id}${retryOf(type, json)}event: ${eventName(type)}${DATA}${json}${END}`)
    },
    decode(frame) {
      const text = Buffer.from(frame).toString()
      return text.slice(text.indexOf(DATA) + DATA.length, -END.length)
    },
    encodeBinary() {
      throw new TypeError('server-sent events are text')
    },
    join: (parts, size) => Buffer.concat(parts, size),
  }
}

const REFUSAL = 'event: refusal\n'

/** Whether the bytes are an error frame. */
export function isRefusal(frame: Uint8Array): boolean {
  return Buffer.from(frame.subarray(0, REFUSAL.length)).toString() === REFUSAL
}

/** An event called `error` would be taken for a failure of the connection. */
function eventName(type: string): string {
  return type === 'error' ? 'refusal' : type
}

/** An `EventSource` waits so long before it connects again. */
function retryOf(type: string, json: string): string {
  const ms = type === 'going_away' ? RETRY_AFTER.exec(json)?.[1] : undefined
  return ms === undefined ? '' : `retry: ${ms}\n`
}

/** Reads an id back; `null` for none. One that is none of ours is of no epoch of ours either. */
export function positionOf(id: string | undefined): Position | null {
  if (id === undefined || id === '') return null
  const at = id.lastIndexOf(':')
  const digits = id.slice(at + 1)
  const known = at > 0 && id.length <= MAX_ID_LENGTH && /^[0-9]{1,15}$/.test(digits)
  return known ? { epoch: id.slice(0, at), seq: Number(digits) } : { epoch: '', seq: 0 }
}
