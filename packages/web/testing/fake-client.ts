import type { ClientError, ConnectionState, Moderation, OutboxEntry } from '@roomful/client'
import type { ChangeFrame, LogFrame, ServerMessageOf } from '@roomful/protocol'
import type { ChatClient } from '../src/state/client.ts'
import { FakeOutbox, type Send } from './fake-outbox.ts'

type Welcome = ServerMessageOf<'system'>
export const START = Date.UTC(2024, 0, 1, 12)
const stamp = (seq: number): string => new Date(START + seq * 60_000).toISOString()
export const said = (seq: number, username = 'Bob', message = `m${seq}`): ServerMessageOf<'message'> => ({
  type: 'message',
  username,
  message,
  timestamp: stamp(seq),
  id: `i${seq}`,
  seq,
  room: 'lobby',
})
/** An entry about message number `about` of the room. */
export const changed = (
  seq: number,
  about: number,
  what:
    | { type: 'edit'; message: string; deleted?: true }
    | { type: 'delete' }
    | { type: 'reaction'; emoji: string; removed?: true },
  username = 'Bob',
): ChangeFrame => ({
  ...what,
  username,
  target: { id: `i${about}`, seq: about },
  timestamp: stamp(seq),
  id: `i${seq}`,
  seq,
  room: 'lobby',
})
export const whispered = (
  seq: number,
  at: number,
  from = 'Bob',
  to = 'Alice',
): ServerMessageOf<'private'> => ({
  type: 'private',
  from,
  to,
  message: `w${seq}`,
  timestamp: stamp(at),
  id: `p${seq}`,
  seq,
  room: '@me',
})

function nobody(): void {}

/** A server that holds two logs and answers as PROTOCOL.md says, by hand where order matters. */
export class FakeClient implements ChatClient {
  state: ConnectionState = { phase: 'idle' }
  room: LogFrame[] = []
  whispers: LogFrame[] = []
  /** Signals that were sent. */
  signals: string[] = []
  epoch = 'e1'
  asked: string[] = []
  /** Thrown by the next calls of `history`. */
  faults: ClientError[] = []
  statusAnswer: Partial<ServerMessageOf<'status'>> = {}
  readonly #on = {
    state: nobody as (state: ConnectionState) => void,
    message: nobody as (frame: LogFrame) => void,
    typing: nobody as (frame: ServerMessageOf<'typing'>) => void,
    read: nobody as (frame: ServerMessageOf<'read'>) => void,
    presence: nobody as (frame: ServerMessageOf<'presence'>) => void,
    system: nobody as (frame: Welcome) => void,
  }

  readonly outbox: FakeOutbox

  /** `kept`: what is in the outbox at first. */
  constructor(kept: readonly OutboxEntry[] = [], ids = 0) {
    this.outbox = new FakeOutbox(START, kept, ids)
  }

  /** What is on its way. */
  get sends(): Send[] {
    return this.outbox.sends
  }

  connect(): void {
    this.#state({ phase: 'connecting', attempt: 1 })
  }
  disconnect(): void {
    this.#state({ phase: 'idle' })
  }
  retryNow(): void {}
  typing({ room = '', to = '' } = {}): void {
    this.signals.push(`typing ${room}${to}`)
  }
  markRead(seq: number, { room = '' } = {}): void {
    this.signals.push(`read ${room} ${seq}`)
  }
  setAway(away: boolean): void {
    this.signals.push(away ? 'away' : 'back')
  }
  history({
    room,
    before,
    after,
    limit = 50,
  }: Parameters<ChatClient['history']>[0]): Promise<ServerMessageOf<'history'>> {
    this.asked.push(`${room} ${before === undefined ? `>${after}` : `<${before}`} ${limit}`)
    const fault = this.faults.shift()
    if (fault !== undefined) return Promise.reject(fault)
    const log = room === '@me' ? this.whispers : this.room
    const entries =
      before === undefined
        ? log.filter(({ seq }) => seq > (after ?? 0)).slice(0, limit)
        : log.filter(({ seq }) => seq < before).slice(-limit)
    const complete = before === undefined ? entries.at(-1) === log.at(-1) : entries[0] === log[0]
    return Promise.resolve({
      type: 'history',
      room: room ?? 'lobby',
      epoch: this.epoch,
      entries,
      head_seq: log.length,
      complete,
    })
  }
  status(): Promise<ServerMessageOf<'status'>> {
    return Promise.resolve({
      type: 'status',
      room: 'lobby',
      connected_count: 0,
      connected_users: [],
      heartbeat_timeout: 30,
      connections: [],
      status: 'active',
      ...this.statusAnswer,
    })
  }
  onState(listener: (state: ConnectionState) => void): () => void {
    this.#on.state = listener
    return () => {}
  }
  onMessage(listener: (frame: ServerMessageOf<'message'>) => void): () => void {
    this.#on.message = (frame) => frame.type === 'message' && listener(frame)
    return () => {}
  }
  onPrivate(listener: (frame: ServerMessageOf<'private'>) => void): () => void {
    const others = this.#on.message
    this.#on.message = (frame) => (frame.type === 'private' ? listener(frame) : others(frame))
    return () => {}
  }
  onChange(listener: (frame: ChangeFrame) => void): () => void {
    const others = this.#on.message
    this.#on.message = (frame) =>
      frame.type === 'message' || frame.type === 'private' ? others(frame) : listener(frame)
    return () => {}
  }
  onTyping(listener: (frame: ServerMessageOf<'typing'>) => void): () => void {
    this.#on.typing = listener
    return () => {}
  }
  onRead(listener: (frame: ServerMessageOf<'read'>) => void): () => void {
    this.#on.read = listener
    return () => {}
  }
  onPresence(listener: (frame: ServerMessageOf<'presence'>) => void): () => void {
    this.#on.presence = listener
    return () => {}
  }
  onModeration(listener: (frame: ServerMessageOf<'moderation'>) => void): () => void {
    this.moderated = listener
    return () => {}
  }
  /** A moderator has done something. */
  moderated: (frame: ServerMessageOf<'moderation'>) => void = () => {}
  /** What was to be done as a moderator. */
  readonly moderations: Moderation[] = []
  moderate(moderation: Moderation): Promise<ServerMessageOf<'ack'>> {
    this.moderations.push(moderation)
    return Promise.resolve({
      type: 'ack',
      client_id: '',
      id: 'x',
      room: 'lobby',
      seq: 1,
      timestamp: '2024-01-01T00:00:00Z',
      command: true,
    })
  }
  onSystem(listener: (frame: Welcome) => void): () => void {
    this.#on.system = listener
    return () => {}
  }

  #state(state: ConnectionState): void {
    this.state = state
    this.#on.state(state)
  }
  /** The connection is there. */
  up(fields: Partial<Welcome> = {}): void {
    const welcome: Welcome = {
      type: 'system',
      event: 'welcome',
      message: '…',
      room: 'lobby',
      username: 'Alice',
      connected_count: 2,
      connected_users: ['Bob', 'Alice'],
      epoch: this.epoch,
      head_seq: this.room.length,
      private_head_seq: this.whispers.length,
      ...fields,
    }
    this.#on.system(welcome)
    this.#state({ phase: 'online', since: 0, welcome })
    this.outbox.up()
  }
  /** The connection is gone, and with it every request. */
  down(): void {
    this.outbox.down()
    this.#state({ phase: 'waiting', attempt: 1, retryAt: 0, reason: { code: 1006, reason: '', error: null } })
  }
  /** Something is said while the page hears it. */
  live(...frames: LogFrame[]): void {
    for (const frame of frames) {
      ;(frame.room === '@me' ? this.whispers : this.room).push(frame)
      this.#on.message(frame)
    }
  }
  signal(frame: ServerMessageOf<'typing'> | ServerMessageOf<'read'> | ServerMessageOf<'presence'>): void {
    if (frame.type === 'typing') this.#on.typing(frame)
    else if (frame.type === 'read') this.#on.read(frame)
    else this.#on.presence(frame)
  }
  notice(fields: Partial<Welcome>): void {
    this.#on.system({ type: 'system', message: '…', room: 'lobby', ...fields })
  }
}
