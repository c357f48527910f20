import type { OutboxClient } from '../../packages/client/src/api.ts'
import { createClient } from '../../packages/client/src/client.ts'
import { ClientError } from '../../packages/client/src/client-error.ts'
import type { Gap } from '../../packages/client/src/log-order.ts'
import type { WebSocketLike } from '../../packages/client/src/transport.ts'
import type { LogFrame, ServerMessageOf } from '../../packages/protocol/src/messages.ts'
import type { Chance } from './chance.ts'
import { storedOutbox } from '../../packages/client/src/outbox.ts'
import type { OutboxEntry } from '../../packages/client/src/outbox-entry.ts'
import { ask, Changes, type Draft as NewDraft } from './changes.ts'
import type { Coverage } from './coverage.ts'
import type { Findings } from './findings.ts'
import { HOME, PRIVATE, SIDE } from './logs.ts'
import type { OutboxUser } from './outbox-user.ts'
import { Repeats } from './repeats.ts'
import { type Acked, type Sent, type Told, toldOf, Transcript } from './transcript.ts'
import { Process, type World } from './world.ts'

interface Draft extends Sent {
  flying: boolean
  /** It was sent again while the connection was the same, since no answer came in time. */
  doubled: boolean
}

/** Milliseconds after which an app tries again what failed, beyond what the server asks for. */
const RETRY_MS = 400

/** Messages that an app has under way at a time. */
const MAX_FLYING = 10

/**
 * What somebody builds on the SDK: sends, sends again until it is acknowledged, keeps what it was told, and reads from history
 * what a new life of the page has missed.
 */
export class App {
  readonly name: string
  readonly world: World
  process: Process
  readonly chance: Chance
  readonly sent: Sent[] = []
  readonly acked: Acked[] = []
  /** Refused for good. */
  readonly refused: Sent[] = []
  readonly transcripts: ReadonlyMap<string, Transcript>
  readonly tokens = new Map<string, string>()
  client: OutboxClient | null = null
  /** Functions to call when the device wakes. */
  readonly wakers = new Set<() => void>()
  readonly #WebSocket: WebSocketLike
  readonly #coverage: Coverage
  readonly #findings: Findings
  readonly #outbox = new Map<string, Draft>()
  readonly #changes = new Changes(this)
  readonly repeats: Repeats
  /** Rooms beside the first that it wants to be in. */
  readonly #wanted = new Set<string>()
  #flying = 0
  #leaving = false
  /** `null`: it keeps what waits by itself and does without the SDK's outbox. */
  readonly outboxUser: OutboxUser | null
  /** Whether entries may be lost. */
  readonly mayGap: () => boolean
  /** Whether the server has let go of an entry. */
  readonly isGone: (log: string, seq: number) => boolean

  constructor(init: {
    name: string
    world: World
    chance: Chance
    WebSocket: (process: () => Process) => WebSocketLike
    coverage: Coverage
    findings: Findings
    mayGap: () => boolean
    isGone: (log: string, seq: number) => boolean
    outboxUser: OutboxUser | null
  }) {
    this.name = init.name
    this.world = init.world
    this.chance = init.chance
    this.process = new Process(init.world)
    this.#WebSocket = init.WebSocket(() => this.process)
    this.#coverage = init.coverage
    this.#findings = init.findings
    this.mayGap = init.mayGap
    this.isGone = init.isGone
    this.repeats = new Repeats(this, init.findings)
    this.outboxUser = init.outboxUser
    this.transcripts = new Map(
      [HOME, SIDE, PRIVATE].map((log) => [
        log,
        new Transcript(
          log,
          (error) => this.expect(error),
          (seq) => this.isGone(log, seq),
        ),
      ]),
    )
  }

  get online(): boolean {
    return this.client?.state.phase === 'online'
  }

  /** Nothing waits to be acknowledged, and nothing is being read. */
  get settled(): boolean {
    return this.waiting === 0 && [...this.transcripts.values()].every(({ reading }) => !reading)
  }

  get waiting(): number {
    return this.#outbox.size + (this.client?.outbox.entries.length ?? 0)
  }

  /** Opens the page: a new SDK, which knows nothing but its token. */
  open(): void {
    const { process } = this
    const client = createClient({
      url: 'ws://sim.test',
      username: this.name,
      WebSocket: this.#WebSocket,
      clock: process.clientClock(),
      random: this.chance.next,
      outbox: storedOutbox(this.outboxUser?.openIn(process) ?? null),
      storage: {
        get: (key) => this.tokens.get(key) ?? null,
        set: (key, value) => void this.tokens.set(key, value),
        remove: (key) => void this.tokens.delete(key),
      },
      environment: {
        onWake: (listener) => {
          this.wakers.add(listener)
          return () => void this.wakers.delete(listener)
        },
      },
    })
    this.client = client
    this.#leaving = false
    this.#forget()
    client.onState(({ phase }) => phase === 'online' && this.#flush())
    const tell = (entry: LogFrame): void => this.#told(entry.room, toldOf(entry))
    client.onMessage(tell)
    client.onPrivate(tell)
    client.onChange(tell)
    client.onSystem((welcome) => this.#welcomed(welcome))
    client.onGap((gap) => this.#gap(gap))
    client.outbox.onChange((entry) => this.#outboxChanged(client, entry))
    client.connect()
  }

  /** The page is gone without a word, and opened again. What it had said and written down it has still. */
  reload(): void {
    const { wallOffset } = this.process
    this.outboxUser?.pageDies()
    this.process.dead = true
    this.process = new Process(this.world)
    this.process.wallOffset = wallOffset
    this.wakers.clear()
    for (const draft of this.#outbox.values()) draft.flying = false
    this.#flying = 0
    this.open()
  }

  // ---- what it does

  say(room: string, text: string): void {
    if (room !== HOME && !this.#wanted.has(room)) return
    this.#draft({ text, says: text, room, to: null })
  }

  whisper(to: string, text: string): void {
    this.#draft({ text, says: text, room: null, to })
  }

  edit(text: string, lost: ReadonlySet<string>, inPrivate = false): void {
    this.#draft(this.#changes.edit(text, lost, inPrivate))
  }

  remove(lost: ReadonlySet<string>, inPrivate = false): void {
    this.#draft(this.#changes.remove(lost, inPrivate))
  }

  react = (lost: ReadonlySet<string>): void => this.#draft(this.#changes.react(lost))

  unreact = (lost: ReadonlySet<string>): void => this.#draft(this.#changes.unreact(lost))

  #draft(message: NewDraft | undefined): void {
    if (message === undefined) return
    const draft = { ...message, clientId: this.chance.uuid(), flying: false, doubled: false }
    this.sent.push(draft)
    if (this.outboxUser === null) {
      this.#outbox.set(draft.clientId, draft)
      this.#sendSome()
    } else if (this.client !== null) {
      const { says, clientId, room, to, about } = draft
      const change = about && {
        kind: about.kind === 'unreaction' ? ('reaction' as const) : about.kind,
        seq: about.seq,
        epoch: about.epoch,
        remove: about.kind === 'unreaction',
      }
      // What is about a private message is for both people without a name.
      const where = room === null ? { to: to ?? undefined } : { room }
      this.outboxUser.add(this.client, { text: says, clientId, ...where, ...change })
    }
  }

  #outboxChanged(client: OutboxClient, entry: OutboxEntry): void {
    const { clientId, kind, state } = entry
    const sent = this.sent.find((each) => each.clientId === clientId) as Sent
    const { text } = sent
    this.outboxUser?.told(entry)
    if (state.phase === 'sent') {
      const { room, seq, id } = state.ack
      this.#coverage.note('sent by the outbox')
      this.acked.push({ text, log: room, seq, id })
    } else if (state.phase === 'queued' && state.code === 'timeout') {
      this.repeats.unanswered(clientId)
    } else if (state.phase === 'failed') {
      const gone = state.code === 'not_found' && (kind === 'reaction' || this.#isAboutGone(sent))
      if (
        !gone &&
        state.code !== 'user_not_found' &&
        state.code !== 'not_in_room' &&
        !this.#isBehind(state.code)
      )
        this.#findings.add('answer', `the outbox of ${this.name} gave up ${text}: ${state.code}`)
      this.outboxUser?.discard(client, clientId)
    }
  }

  join(room: string): void {
    this.#wanted.add(room)
    // A leave whose answer is not there yet could not be told apart from one that comes after this join.
    if (!this.#leaving) this.#join(room)
  }

  #join(room: string): void {
    this.client?.join(room).catch((error: unknown) => {
      this.expect(error)
      this.process.after(RETRY_MS, () => {
        if (this.#wanted.has(room) && this.online) this.join(room)
      })
    })
  }

  leave(room: string): void {
    if (!this.#wanted.delete(room) || this.#leaving) return
    for (const draft of this.#outbox.values()) if (draft.room === room) this.#outbox.delete(draft.clientId)
    const { client } = this
    for (const entry of client?.outbox.entries ?? [])
      if (client && entry.room === room) this.outboxUser?.discard(client, entry.clientId)
    this.transcripts.get(room)?.forget()
    this.#leaving = true
    client
      ?.leave(room)
      .catch((error: unknown) => this.expect(error))
      .finally(() => {
        this.#leaving = false
        if (this.client === client && this.#wanted.has(room)) this.#join(room)
      })
  }

  disconnect(): void {
    this.client?.disconnect()
    this.#forget()
  }

  connect(): void {
    this.client?.connect()
  }

  wake(): void {
    for (const waker of [...this.wakers]) waker()
  }

  // ---- sending

  #flush(): void {
    for (const room of this.#wanted) if (this.transcripts.get(room)?.fresh) this.join(room)
    this.#sendSome()
  }

  /** Sends what waits, oldest first, a few at a time: the server closes on those who do not heed its rate. */
  #sendSome(): void {
    for (const draft of this.#outbox.values()) {
      if (this.#flying >= MAX_FLYING) return
      this.#send(draft)
    }
  }

  #send(draft: Draft): void {
    const { client } = this
    if (draft.flying || client === null || !this.online) return
    draft.flying = true
    this.#flying++
    ask(client, draft, draft.says).then(
      ({ id, seq, room }) => {
        this.#flying--
        this.#outbox.delete(draft.clientId)
        this.acked.push({ text: draft.text, log: room, seq, id })
        this.#sendSome()
      },
      (error: unknown) => {
        this.#flying--
        this.#failed(draft, error)
      },
    )
  }

  #failed(draft: Draft, error: unknown): void {
    const gone =
      error instanceof ClientError &&
      error.code === 'not_found' &&
      (this.#changes.mayBeGone(draft) || this.#isAboutGone(draft))
    this.expect(error, gone ? 'not_found' : undefined)
    if (!(error instanceof ClientError)) return
    if (gone || this.#isBehind(error.code)) this.#outbox.delete(draft.clientId)
    if (error.code === 'user_not_found') {
      this.#outbox.delete(draft.clientId)
      // With two copies under way, one may have been refused and the other one taken.
      if (!draft.doubled) this.refused.push(draft)
    }
    if (error.code === 'timeout') {
      draft.doubled = true
      this.repeats.unanswered(draft.clientId)
    }
    if (error.code === 'conflict')
      this.#findings.add('answer', `${draft.text} of ${this.name} was refused as a conflict`)
    this.process.after((error.retryAfterMs ?? 0) + RETRY_MS, () => {
      draft.flying = false
      this.#sendSome()
    })
  }

  isRemoved(id: string): boolean {
    return this.#changes.isRemoved(id)
  }

  #isAboutGone({ room, about }: NewDraft): boolean {
    return room !== null && about !== undefined && this.isGone(room, about.seq)
  }

  expect(error: unknown, wanted?: string): void {
    if (!(error instanceof ClientError)) this.#findings.add('error', String(error))
    else if (!EXPECTED.has(error.code) && error.code !== wanted && !this.#isBehind(error.code))
      this.#findings.add('answer', `${this.name}: ${error.code}: ${error.message}`)
  }

  /** A restored backup may have lost what was to be changed, or put another's message into its place. */
  #isBehind(code: string): boolean {
    return this.mayGap() && (code === 'not_found' || code === 'forbidden')
  }

  // ---- listening

  #told(log: string, entry: Told): void {
    this.transcripts.get(log)?.told(entry)
  }

  /** It has left, so what the server says until it has heard of that is of no interest: who enters again reads it. */
  isOut(log: string): boolean {
    return log === SIDE && (!this.#wanted.has(log) || this.#leaving)
  }

  #welcomed(welcome: ServerMessageOf<'system'>): void {
    const { client } = this
    if (welcome.event !== 'welcome' || client === null) return
    const { room = HOME, head_seq = 0, private_head_seq, epoch = '' } = welcome
    // While a leave is under way it answers an earlier join.
    if (this.isOut(room)) return
    this.transcripts.get(room)?.begin(client, head_seq, epoch)
    if (private_head_seq !== undefined) this.transcripts.get(PRIVATE)?.begin(client, private_head_seq, epoch)
  }

  #gap({ room, after, before }: Gap): void {
    this.#coverage.note('gap told')
    if (!this.mayGap() && !this.isGone(room, after + 1))
      this.#findings.add('false gap', `${this.name} in ${room}: ${after} to ${before}`)
    const { client } = this
    if (client?.state.phase !== 'online' || this.isOut(room)) return
    this.transcripts.get(room)?.gap(client, after, before, client.state.welcome.epoch ?? '')
  }

  #forget(): void {
    for (const transcript of this.transcripts.values()) transcript.forget()
  }
}

const PASSING = ['offline', 'closed', 'timeout', 'unavailable', 'rate_limited', 'going_away']
const EXPECTED = new Set([...PASSING, 'user_not_found', 'not_in_room'])
