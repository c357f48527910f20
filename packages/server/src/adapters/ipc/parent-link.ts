import type { Duplex } from 'node:stream'
import type { Bus } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Metrics } from '../../ports/metrics.ts'
import { NodeReplaced, type Registry } from '../../ports/registry.ts'
import { type Store, StoreUnavailable } from '../../ports/store.ts'
import { busFamilies, noHints } from '../metrics/bus-counts.ts'
import { FramePipe } from './frame-pipe.ts'
import {
  type Answer,
  type CallName,
  type Calls,
  decodeAnswered,
  decodeFailed,
  decodeHint,
  encodeQuestion,
  FRAME,
  type Question,
} from './messages.ts'
import { RemoteBus } from './remote-bus.ts'
import { RemoteRegistry } from './remote-registry.ts'
import { RemoteStore } from './remote-store.ts'

export interface ParentLinkOptions {
  /** To the parent, where an `Exchange` has the other end. */
  readonly stream: Duplex
  /** Of the parent's store. */
  readonly epoch: string
  /** What this worker is called on the bus and in the registry. */
  readonly node: string
  readonly logger: Logger
  readonly metrics: Metrics
}

/** What a worker has of its parent. */
export interface ParentLink {
  readonly store: Store
  readonly bus: Bus
  readonly registry: Registry
}

/** A worker's way to the store and the registry that its parent owns, and to the other workers. When the parent is gone, every call rejects. */
export function linkToParent({ stream, epoch, node, logger, metrics }: ParentLinkOptions): ParentLink {
  const caller = new Caller(node)
  const pipe = new FramePipe(stream, {
    onFrame(kind, content) {
      if (kind === FRAME.answer) caller.resolve(content)
      else if (kind === FRAME.failure) caller.reject(content)
      else if (kind === FRAME.hint) bus.hear(decodeHint(content))
    },
    onEnd: () => caller.lose(),
  })
  caller.ask = (question) => pipe.send(FRAME.call, encodeQuestion(question))
  const counts = noHints()
  metrics.add(() => busFamilies(counts))
  const bus = new RemoteBus({ node, pipe, logger, counts })
  return { store: new RemoteStore(epoch, caller), bus, registry: new RemoteRegistry(node, caller) }
}

interface Pending {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: StoreUnavailable | NodeReplaced) => void
}

/** Calls to the parent, each answered once. */
class Caller {
  readonly #node: string
  readonly #pending = new Map<number, Pending>()
  #lastNumber = 0
  #isLost = false
  ask: (question: Question) => void = () => {}

  constructor(node: string) {
    this.#node = node
  }

  call<Name extends CallName>(name: Name, ask: Calls[Name]['ask']): Promise<Calls[Name]['answer']> {
    if (this.#isLost) return Promise.reject(parentLost())
    return new Promise<Calls[Name]['answer']>((resolve, reject) => {
      const number = ++this.#lastNumber
      this.#pending.set(number, { resolve, reject })
      this.ask({ number, name, ask } as Question)
    })
  }

  resolve(content: Buffer): void {
    const { number, answer } = decodeAnswered(content)
    this.#take(number)?.resolve(answer)
  }

  reject(content: Buffer): void {
    const { number, message, isReplaced } = decodeFailed(content)
    this.#take(number)?.reject(isReplaced ? new NodeReplaced(this.#node) : new StoreUnavailable(message))
  }

  lose(): void {
    this.#isLost = true
    for (const { reject } of this.#pending.values()) reject(parentLost())
    this.#pending.clear()
  }

  #take(number: number): Pending | undefined {
    const pending = this.#pending.get(number)
    this.#pending.delete(number)
    return pending
  }
}

function parentLost(): StoreUnavailable {
  return new StoreUnavailable('The parent process is gone.')
}
