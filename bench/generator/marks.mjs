/**
 * Finding messages in a byte stream without parsing frames. Each text that the generator sends begins with a head: the
 * mark, four digits for the sender, ten for the time in microseconds at which it was to be sent. The mark is a
 * single byte that occurs nowhere else in what the servers send, so no border between two chunks can split it.
 */
const MARK = 0x5e // ^
const SENDER_DIGITS = 4
const STAMP_DIGITS = 10
const HEAD_DIGITS = SENDER_DIGITS + STAMP_DIGITS
const STAMP_RANGE = 10 ** STAMP_DIGITS

/** Bytes in a head, the mark included. */
export const HEAD_BYTES = 1 + HEAD_DIGITS

/** Where the stamp begins in a head. */
export const STAMP_AT = 1 + SENDER_DIGITS

/** @param {number} sender @param {number} stamp microseconds */
export const headText = (sender, stamp) =>
  `^${String(sender).padStart(SENDER_DIGITS, '0')}${String(stamp).padStart(STAMP_DIGITS, '0')}`

/** Bytes by which the learnt distance is shortened, against frames that are shorter than all that were seen. */
const MARGIN = 4
const ENOUGH = 100

/**
 * How far two marks are apart at least. It is learnt while the servers warm up; from then on readers jump over that many
 * bytes behind each mark and look at only a few.
 */
export class Spacing {
  learning = true
  /** Bytes to jump behind a mark. */
  stride = 1
  #least = Infinity
  #seen = 0

  /** @param {number} distance */
  see(distance) {
    this.#seen += 1
    if (distance < this.#least) this.#least = distance
  }

  /** Ends the learning. All frames that follow must be as long as those before, or longer. */
  settle() {
    this.learning = false
    if (this.#seen >= ENOUGH) this.stride = Math.max(1, this.#least - MARGIN)
  }
}

/** @typedef {(sender: number, stamp: number) => void} OnMessage */

/** Finds the messages in one connection's bytes. */
export class MarkReader {
  #spacing
  #onMessage
  /** Bytes of the next chunk that cannot hold a mark. */
  #skip = 0
  /** Position of the last mark, counted from the start of the next chunk. */
  #last = -Infinity
  #digitsLeft = 0
  #head = 0

  /**
   * @param {Spacing} spacing shared by all readers of a run
   * @param {OnMessage | null} onMessage without it messages are only counted, which is cheaper
   */
  constructor(spacing, onMessage) {
    this.#spacing = spacing
    this.#onMessage = onMessage
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} length how many of them are new
   * @returns {number} messages that began in these bytes
   */
  read(bytes, length) {
    const { stride, learning } = this.#spacing
    const heads = this.#onMessage !== null
    if (this.#digitsLeft > 0) this.#readHead(bytes, 0, length)
    let count = 0
    let at = this.#skip
    while (at < length) {
      if (bytes[at] !== MARK) {
        at += 1
        continue
      }
      count += 1
      if (learning) this.#learn(at)
      if (heads) {
        this.#digitsLeft = HEAD_DIGITS
        this.#head = 0
        this.#readHead(bytes, at + 1, length)
      }
      at += stride
    }
    this.#skip = at - length
    this.#last -= length
    return count
  }

  /** @param {number} at */
  #learn(at) {
    this.#spacing.see(at - this.#last)
    this.#last = at
  }

  /** Reads on in a head that may lie in several chunks. @param {Uint8Array} bytes @param {number} from @param {number} length */
  #readHead(bytes, from, length) {
    const to = Math.min(length, from + this.#digitsLeft)
    let head = this.#head
    for (let at = from; at < to; at++) head = head * 10 + (bytes[at] ?? 0) - 48
    this.#head = head
    this.#digitsLeft -= Math.max(0, to - from)
    if (this.#digitsLeft === 0) this.#onMessage?.(Math.floor(head / STAMP_RANGE), head % STAMP_RANGE)
  }
}
