import type { Client } from '../../packages/client/src/api.ts'
import { ClientError } from '../../packages/client/src/client-error.ts'
import { ask, isReaction } from './changes.ts'
import type { Findings } from './findings.ts'
import type { Acked, Sent } from './transcript.ts'

/** What it sees of its app. */
interface App {
  readonly name: string
  readonly client: Client | null
  readonly sent: readonly Sent[]
  readonly acked: Acked[]
  isGone(log: string, seq: number): boolean
  isRemoved(id: string): boolean
  expect(error: unknown, wanted?: string): void
}

/** What one app says a second time under a client id that was acknowledged. */
export class Repeats {
  readonly #app: App
  readonly #findings: Findings
  /** Client ids for which a further answer may come. */
  readonly #asking = new Set<string>()

  constructor(app: App, findings: Findings) {
    this.#app = app
    this.#findings = findings
  }

  /** It was sent and got no answer, which may come yet. */
  unanswered(clientId: string): void {
    this.#asking.add(clientId)
  }

  /** Says again what was acknowledged, the newest of it or so many before that: the answer must be the same. */
  repeat(lost: ReadonlySet<string>, back = 0): void {
    const { client, acked } = this.#app
    const [sent] = this.#acked(lost, back)
    if (sent === undefined || client === null) return
    this.#asking.add(sent.clientId)
    ask(client, sent, sent.says)
      .then(
        ({ id, seq, room }) => acked.push({ text: sent.text, log: room, seq, id }),
        (error: unknown) => this.#app.expect(error),
      )
      .finally(() => this.#asking.delete(sent.clientId))
  }

  /** Says something else under the id of what was acknowledged: it must be refused, unless the server does not know the text any more. */
  contradict(lost: ReadonlySet<string>): void {
    const { client, name, acked } = this.#app
    const [sent, first] = this.#acked(lost, 0)
    if (sent === undefined || first === undefined || client === null) return
    // What an edit said goes with what it has changed.
    const isUnknown = () =>
      [first.seq, sent.about?.seq].some((seq) => seq !== undefined && this.#app.isGone(first.log, seq))
    this.#asking.add(sent.clientId)
    ask(client, sent, `${sent.says}, or not`).then(
      ({ id, seq, room }) => {
        if (isUnknown()) acked.push({ text: sent.text, log: room, seq, id })
        else this.#findings.add('answer', `${name} was allowed to reuse the id of ${sent.text}`)
      },
      (error: unknown) => {
        this.#app.expect(error, 'conflict')
        // Without an answer there may come one yet.
        if (error instanceof ClientError && error.code === 'conflict') this.#asking.delete(sent.clientId)
      },
    )
  }

  /**
   * What was acknowledged, unless an operator has lost it, or it is to be deleted, or what it has changed (nobody can say then what it was), or it was said a second time without an answer: two answers for
   * one id could not be told apart.
   */
  #acked(lost: ReadonlySet<string>, back: number): readonly [Sent, Acked] | readonly [] {
    const ack = this.#app.acked.at(-1 - back)
    if (ack === undefined || lost.has(ack.id) || this.#app.isRemoved(ack.id)) return []
    const sent = this.#app.sent.find(({ text }) => text === ack.text)
    if (sent === undefined || sent.says === '' || (sent.about && isReaction(sent.about.kind))) return []
    if (sent.about !== undefined && this.#app.isRemoved(sent.about.id)) return []
    return this.#asking.has(sent.clientId) ? [] : [sent, ack]
  }
}
