/** Timers of the page or of a test. */
export interface Timers {
  now(): number
  /** Returns what cancels it. */
  after(ms: number, run: () => void): () => void
}

/** What a screen reader is told, and how often. */
export interface Announcer {
  /** Something that happened to this page: the connection, a failed send. Said as soon as possible, never counted. */
  say(sentence: string): void
  /** A new message. Several within one second are told as a number. */
  message(sentence: string): void
  /** Forgets what was not said yet. */
  clear(): void
}

export interface AnnouncerOptions {
  readonly timers: Timers
  /** Puts a sentence where screen readers hear it. */
  readonly speak: (sentence: string) => void
  /** Words for several new messages at once. */
  readonly several: (count: number) => string
}

/** Least time between two sentences, in milliseconds. */
export const SENTENCE_MS = 1000

/** Sentences about the page itself that wait at most; older ones are passed over. */
const MAX_WAITING = 3

/** At most one sentence a second, however many messages come. */
export function createAnnouncer({ timers, speak, several }: AnnouncerOptions): Announcer {
  let spokenAt = Number.NEGATIVE_INFINITY
  let waiting: string[] = []
  let messages = 0
  let single = ''
  let cancel: (() => void) | null = null

  const speakNext = (): void => {
    cancel = null
    const sentence = waiting.shift() ?? takeMessages()
    if (sentence === null) return
    spokenAt = timers.now()
    speak(sentence)
    schedule()
  }
  const takeMessages = (): string | null => {
    if (messages === 0) return null
    const sentence = messages === 1 ? single : several(messages)
    messages = 0
    return sentence
  }
  const schedule = (): void => {
    if (cancel !== null || (waiting.length === 0 && messages === 0)) return
    const wait = Math.max(0, spokenAt + SENTENCE_MS - timers.now())
    if (wait === 0) speakNext()
    else cancel = timers.after(wait, speakNext)
  }
  return {
    say: (sentence) => {
      waiting = [...waiting, sentence].slice(-MAX_WAITING)
      schedule()
    },
    message: (sentence) => {
      messages++
      single = sentence
      schedule()
    },
    clear: () => {
      waiting = []
      messages = 0
      cancel?.()
      cancel = null
    },
  }
}
