import type { Duplex } from 'node:stream'
import type { Logger } from '../../ports/logger.ts'
import type { Metrics } from '../../ports/metrics.ts'
import { NodeReplaced, type Registry } from '../../ports/registry.ts'
import { type Store, StoreUnavailable } from '../../ports/store.ts'
import { busFamilies, noHints } from '../metrics/bus-counts.ts'
import { flattenPage, flattenResults, unflattenBatch } from '../store-codec.ts'
import { FramePipe } from './frame-pipe.ts'
import { HintOutlet } from './hint-outlet.ts'
import {
  type Answer,
  decodeQuestion,
  encodeAnswered,
  encodeFailed,
  FRAME,
  type Question,
} from './messages.ts'

export interface ExchangeOptions {
  readonly store: Store
  readonly logger: Logger
  readonly metrics: Metrics
}

/** The parent's side of all pipes: serves its workers' calls, and hands on what one tells the others without reading it. */
export class Exchange {
  readonly #store: Store
  readonly #logger: Logger
  readonly #members = new Set<Member>()
  readonly #counts = noHints()

  constructor({ store, logger, metrics }: ExchangeOptions) {
    metrics.add(() => busFamilies(this.#counts))
    this.#store = store
    this.#logger = logger
  }

  /**
   * Takes a worker in, until its end of the stream is gone or the returned function is called: then `registry`, which is its node's, is closed. What it
   * asked for by then is done all the same.
   */
  connect(stream: Duplex, registry: Registry): () => void {
    const end = (): void => {
      this.#members.delete(member)
      void registry.close()
    }
    const pipe = new FramePipe(stream, {
      onFrame: (kind, content) => {
        if (kind === FRAME.hint) this.#handOn(member, content)
        else if (kind === FRAME.call) void this.#serve(member, decodeQuestion(content))
      },
      onEnd: end,
    })
    const member: Member = { pipe, registry, hints: new HintOutlet(pipe, this.#logger, this.#counts) }
    this.#members.add(member)
    return end
  }

  #handOn(from: Member, hint: Buffer): void {
    for (const member of this.#members) if (member !== from) member.hints.offer(() => hint)
  }

  async #serve({ pipe, registry }: Member, question: Question): Promise<void> {
    const { number } = question
    try {
      const answer = await answerTo(this.#store, registry, question)
      pipe.send(FRAME.answer, encodeAnswered({ number, answer }))
    } catch (error) {
      const isReplaced = error instanceof NodeReplaced
      if (!isReplaced && !(error instanceof StoreUnavailable))
        this.#logger.error('call_failed', { call: question.name }, error)
      const message = error instanceof Error ? error.message : String(error)
      pipe.send(FRAME.failure, encodeFailed({ number, message, isReplaced }))
    }
  }
}

interface Member {
  readonly pipe: FramePipe
  readonly registry: Registry
  readonly hints: HintOutlet
}

/** Calls before it returns, so that calls are served in their order. */
async function answerTo(store: Store, registry: Registry, { name, ask }: Question): Promise<Answer> {
  switch (name) {
    case 'append':
      return flattenResults(await store.append(unflattenBatch(ask)))
    case 'read':
      return flattenPage(await store.read(ask.log, ask.range, ask.limit))
    case 'heads':
      return store.heads(ask)
    case 'firsts':
      return store.firsts(ask)
    case 'trim':
      return store.trim(ask.retention, ask.limit)
    case 'rooms':
      return store.rooms(ask.after, ask.limit)
    case 'check':
      await store.check()
      return null
    case 'claim':
      return registry.claim(ask)
    case 'release':
      await registry.release(ask)
      return null
    case 'find':
      return registry.find(ask)
    case 'beat':
      return registry.beat(ask)
    case 'leave':
      await registry.close()
      return null
  }
}
