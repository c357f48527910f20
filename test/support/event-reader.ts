/** A reader of server-sent events that can stop reading; parsed by the HTML standard, section 9.2.6. */
import { Inbox } from './inbox.ts'

export interface StreamEvent {
  readonly event: string
  /** `undefined` where the event has no id. */
  readonly id: string | undefined
  readonly data: Readonly<Record<string, unknown>>
}

const opened = new Set<EventReader>()

/** Cuts every reader that is still open. */
export function cutReaders(): void {
  for (const reader of opened) reader.cut()
}

export class EventReader {
  readonly inbox = new Inbox<StreamEvent>((item) => JSON.stringify(item))
  readonly headers: Headers
  /** Each value of a `retry` line. */
  readonly retries: number[] = []
  comments = 0
  lastEventId = ''
  #paused: Promise<void> | null = null
  #resume: () => void = () => {}
  readonly #abort: AbortController

  /** Opens the stream; rejects with the status and the problem when the answer is none. */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    const abort = new AbortController()
    const response = await fetch(url, { headers, signal: abort.signal })
    if (response.status !== 200 || response.body === null)
      throw new Error(`${response.status} ${await response.text()}`)
    return new EventReader(response.headers, response.body, abort)
  }

  private constructor(headers: Headers, body: ReadableStream<Uint8Array>, abort: AbortController) {
    this.headers = headers
    this.#abort = abort
    opened.add(this)
    void this.#read(body).finally(() => {
      opened.delete(this)
      this.inbox.end('the stream has ended')
    })
  }

  /** Reads on to the next event that fits. */
  next(event: string, fits: (item: StreamEvent) => boolean = () => true): Promise<StreamEvent> {
    return this.inbox.next((item) => item.event === event && fits(item), `an event ${event}`)
  }

  /** Numbers of the entries that came. */
  get seqs(): unknown[] {
    return this.inbox.all.flatMap(({ event, data }) => (event === 'message' ? [data['seq']] : []))
  }

  /** Waits for the end of the stream. */
  async ended(): Promise<void> {
    await this.inbox
      .until(() => !opened.has(this), 'the end of the stream')
      .catch((cause: unknown) => {
        if (opened.has(this)) throw cause
      })
  }

  pause(): void {
    this.#paused = new Promise((resolve) => {
      this.#resume = resolve
    })
  }

  resume(): void {
    this.#paused = null
    this.#resume()
  }

  cut(): void {
    this.resume()
    this.#abort.abort()
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    let text = ''
    try {
      for await (const chunk of body) {
        text += decoder.decode(chunk, { stream: true })
        const blocks = text.split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) this.#take(block)
        if (this.#paused !== null) await this.#paused
      }
    } catch {
      // Cut.
    }
  }

  #take(block: string): void {
    const fields = new Map<string, string>()
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':')
      if (colon === 0) this.comments += 1
      else fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''))
    }
    const retry = fields.get('retry')
    if (retry !== undefined) this.retries.push(Number(retry))
    const id = fields.get('id')
    if (id !== undefined) this.lastEventId = id
    const data = fields.get('data')
    if (data === undefined) return this.inbox.wake()
    const parsed: unknown = JSON.parse(data)
    if (typeof parsed !== 'object' || parsed === null) throw new Error(`no object: ${data}`)
    this.inbox.add({ event: fields.get('event') ?? 'message', id, data: { ...parsed } })
  }
}
