import type { Lang } from '@roomful/protocol'
import type { Dialect } from '../ports/service.ts'
import type { FrameEncoder } from '../ports/socket.ts'
import type { Audience } from './audience.ts'

/** In the place of a number: a notice is no entry; a signal is none either and, once flushed, is nothing any more. */
export const NOTICE = 0
export const SIGNAL = -1

/** Finished bytes of a frame for a further audience; `lang` is `null` when they are the same in every language. */
interface Variant {
  readonly encoder: FrameEncoder
  readonly lang: Lang | null
  readonly bytes: Uint8Array
}

/**
 * One frame of a log as its readers get it: the same for all, or one text per language.
 *
 * Many are kept, so each is kept small: once there are bytes, a text that is the same for all is let go, and the
 * bytes of one turn lie in one block that its frames share. What a garbage collector copies is then one object a frame.
 */
export class Frame {
  /** Number of the entry; `NOTICE` or `SIGNAL` for what is none. */
  readonly seq: number
  /** The only dialect that gets it; `null`: both. */
  readonly only: Dialect | null
  /** Number of the entry whose text it changes; 0 for all others, and where that entry is not kept any more. */
  readonly edits: number
  /** Characters of its JSON, about the bytes of the finished frame. */
  readonly size: number
  #json: string | Readonly<Record<Lang, string>> | null
  /** The first finished bytes, nearly always the only ones: `#length` bytes from `#start` of the block. */
  #block: Uint8Array | null = null
  #start = 0
  #length = 0
  #encoder: FrameEncoder | null = null
  /** Language of those bytes; `null` when they are the same in every one. */
  #lang: Lang | null = null
  #others: Variant[] | null = null

  constructor(
    seq: number,
    json: string | Readonly<Record<Lang, string>>,
    only: Dialect | null = null,
    edits = 0,
  ) {
    this.seq = seq
    this.#json = json
    this.only = only
    this.edits = edits
    this.size = typeof json === 'string' ? json.length : json.en.length
  }

  /** The finished bytes, made once per audience that differs. */
  bytes({ encoder, lang }: Audience): Uint8Array {
    if (this.#block === null) return this.#encode(encoder, lang)
    if (this.#encoder === encoder && (this.#lang === null || this.#lang === lang))
      return this.#view(this.#block)
    for (const other of this.#others ?? [])
      if (other.encoder === encoder && (other.lang === null || other.lang === lang)) return other.bytes
    const json = this.#json === null ? this.#text(this.#block) : this.#json
    const same = typeof json === 'string'
    const bytes = encoder.encode(same ? json : json[lang], this.seq > 0 ? this.seq : undefined)
    ;(this.#others ??= []).push({ encoder, lang: same ? null : lang, bytes })
    return bytes
  }

  #encode(encoder: FrameEncoder, lang: Lang): Uint8Array {
    const json = this.#json as string | Readonly<Record<Lang, string>>
    const bytes = encoder.encode(
      typeof json === 'string' ? json : json[lang],
      this.seq > 0 ? this.seq : undefined,
    )
    this.#block = bytes
    this.#length = bytes.length
    this.#encoder = encoder
    if (typeof json === 'string') this.#json = null
    else this.#lang = lang
    return bytes
  }

  #view(block: Uint8Array): Uint8Array {
    return this.#length === block.length ? block : block.subarray(this.#start, this.#start + this.#length)
  }

  #text(block: Uint8Array): string {
    return (this.#encoder as FrameEncoder).decode(this.#view(block))
  }

  /** This frame with another text in every language. */
  changed(change: (json: string) => string, edits = this.edits): Frame {
    const json = this.#json ?? this.#text(this.#block as Uint8Array)
    const changed =
      typeof json === 'string' ? change(json) : { 'zh-Hant': change(json['zh-Hant']), en: change(json.en) }
    return new Frame(this.seq, changed, this.only, edits)
  }

  /** Its `bytes` lie in `block` too, from `start`: there they are kept from now on. */
  moveTo(block: Uint8Array, start: number, bytes: Uint8Array): void {
    if (this.#block !== bytes) return
    this.#block = block
    this.#start = start
  }
}

/** In the place of a signal that was flushed: of no use to those who come later. Its size is what its place costs. */
const SPENT = new Frame(SIGNAL, ' '.repeat(64), 'v1')

/**
 * The newest frames of a log. A position counts frames, notices included, from the moment the log was opened;
 * it is never given twice. What is not flushed yet is never dropped.
 */
export class Tail {
  readonly #limit: number
  #frames: Frame[] = []
  /** Index in `#frames` of the oldest frame that is kept. */
  #first = 0
  /** Position of `#frames[#first]`. */
  #start = 0
  #size = 0
  /** Position up to which live cursors were served. */
  flushed = 0
  /** Highest `seq` below `flushed`. */
  flushedSeq = 0

  /** `limit` in characters of JSON, about the bytes of the finished frames. */
  constructor(limit: number, seq: number) {
    this.#limit = limit
    this.flushedSeq = seq
  }

  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.#start + this.#frames.length - this.#first
  }

  push(frame: Frame): void {
    this.#frames.push(frame)
    this.#size += frame.size
  }

  /** Marks everything as served and drops the oldest frames beyond the limit. */
  markFlushed(): void {
    for (let i = this.flushed - this.#start + this.#first; i < this.#frames.length; i++) {
      const { seq, size } = this.#frames[i] as Frame
      if (seq > 0) this.flushedSeq = seq
      else if (seq === SIGNAL) {
        this.#frames[i] = SPENT
        this.#size += SPENT.size - size
      }
    }
    this.flushed = this.end
    while (this.#size > this.#limit && this.#first < this.#frames.length - 1) this.#dropFirst()
    this.#compact()
  }

  /** Drops what was served of the entries below `seq`, and the notices before them: the store has let go of those entries. */
  dropBelow(seq: number): void {
    let oldest = this.#start
    for (let position = this.#start; position < this.flushed; position++) {
      const entry = this.at(position).seq
      if (entry >= seq) break
      if (entry > 0) oldest = position + 1
    }
    while (this.#start < oldest) this.#dropFirst()
    this.#compact()
  }

  /** Drops everything, and goes on behind the entry `seq` at a position that no cursor has. */
  skipTo(seq: number): void {
    this.#start = this.end + 1
    this.#frames = []
    this.#first = 0
    this.#size = 0
    this.flushed = this.#start
    this.flushedSeq = seq
  }

  #dropFirst(): void {
    this.#size -= (this.#frames[this.#first] as Frame).size
    // Its place stays until many can be given up at once; it itself must not.
    this.#frames[this.#first] = SPENT
    this.#first++
    this.#start++
  }

  #compact(): void {
    if (this.#first > 1024 && this.#first * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#first)
      this.#first = 0
    }
  }

  /** Changes the edits of entries below `seq`, once. */
  changeEditsBelow(seq: number, change: (json: string) => string): void {
    for (let i = this.#first; i < this.#frames.length; i++) {
      const frame = this.#frames[i] as Frame
      if (frame.edits > 0 && frame.edits < seq) this.#replace(i, frame.changed(change, 0))
    }
  }

  /** Changes the entry `seq` and the edits of it, where they are kept: whoever is served from here gets them so. */
  change(seq: number, change: (json: string) => string): void {
    for (let i = this.#first; i < this.#frames.length; i++) {
      const frame = this.#frames[i] as Frame
      if (frame.seq !== seq && frame.edits !== seq) continue
      this.#replace(i, frame.changed(change))
    }
  }

  #replace(index: number, frame: Frame): void {
    this.#size += frame.size - (this.#frames[index] as Frame).size
    this.#frames[index] = frame
  }

  /** The frame at a position that is kept. */
  at(position: number): Frame {
    return this.#frames[position - this.#start + this.#first] as Frame
  }

  /**
   * Position behind the entry `seq`; the start when everything here is newer; `null` when entries above it were dropped.
   * Numbers have no holes and an entry takes one place at least, so it leaps from entry to entry.
   */
  positionBehind(seq: number): number | null {
    const { end } = this
    let position = this.#start
    let found = false
    while (position < end) {
      const entry = this.at(position).seq
      if (entry > seq) return entry === seq + 1 ? this.#start : null
      if (entry > 0 && entry === seq) return position + 1
      found ||= entry > 0
      position += entry > 0 ? seq - entry : 1
    }
    if (found) return end
    return seq >= this.flushedSeq ? this.#start : null
  }

  /**
   * Joins the frames from `from` to the end, or to the first that would pass `maxBytes` (at least one is taken),
   * into one buffer for one audience, without the notices below `noticesFrom`. `bytes` is `null` when it gets none of them.
   */
  join(from: number, to: number, audience: Audience, maxBytes = Infinity, noticesFrom = 0): Joined {
    if (to - from === 1 && from >= noticesFrom) return joinOne(this.at(from), to, audience)
    const frames: Frame[] = []
    const parts: Uint8Array[] = []
    let size = 0
    let position = from
    let seq = 0
    for (; position < to; position++) {
      const frame = this.at(position)
      const due = frame.seq > 0 || (position >= noticesFrom && frame !== SPENT)
      if (due && (frame.only === null || frame.only === audience.dialect)) {
        const bytes = frame.bytes(audience)
        if (size > 0 && size + bytes.length > maxBytes) break
        frames.push(frame)
        parts.push(bytes)
        size += bytes.length
      }
      if (frame.seq > 0) seq = frame.seq
    }
    if (parts.length < 2) return { bytes: parts[0] ?? null, position, seq }
    const bytes = audience.encoder.join(parts, size)
    if (from >= this.flushed) settle(frames, parts, bytes)
    return { bytes, position, seq }
  }
}

/** The block of a turn is what stays of its frames' bytes. */
function settle(frames: readonly Frame[], parts: readonly Uint8Array[], block: Uint8Array): void {
  let start = 0
  for (let i = 0; i < frames.length; i++) {
    const bytes = parts[i] as Uint8Array
    ;(frames[i] as Frame).moveTo(block, start, bytes)
    start += bytes.length
  }
}

export interface Joined {
  readonly bytes: Uint8Array | null
  /** Position behind the last frame that was taken. */
  readonly position: number
  /** Highest number among them, 0 without an entry. */
  readonly seq: number
}

/** Most turns of most rooms bring one frame. */
function joinOne(frame: Frame, position: number, audience: Audience): Joined {
  const visible = frame !== SPENT && (frame.only === null || frame.only === audience.dialect)
  return { bytes: visible ? frame.bytes(audience) : null, position, seq: frame.seq }
}
