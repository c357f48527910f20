import type { Hub } from '../../../packages/server/src/core/hub.ts'
import type { Attach } from '../../../packages/server/src/ports/service.ts'
import type { FrameEncoder, Socket, SocketEvents } from '../../../packages/server/src/ports/socket.ts'
import { closeFault, type Heard, readServerText } from './oracle.ts'
import type { Tally } from './tally.ts'

const NEWLINE = '\n'

/** One for all, as a transport has: what many get is encoded once. */
const ENCODER: FrameEncoder = {
  name: 'fuzz',
  encode: (json) => Buffer.from(json + NEWLINE),
  decode: (bytes) => Buffer.from(bytes).toString().slice(0, -1),
  encodeBinary: (bytes) => Buffer.concat([bytes, Buffer.from(NEWLINE)]),
  join: (parts, size) => Buffer.concat(parts, size),
}

/** What was read once need not be read for each who got it. */
const known = new WeakMap<Uint8Array, Readonly<Record<'classic' | 'v1', readonly (Heard | string)[]>>>()

function framesOf(bytes: Uint8Array, dialect: 'classic' | 'v1'): readonly (Heard | string)[] {
  const before = known.get(bytes)
  if (before !== undefined && before[dialect].length > 0) return before[dialect]
  const lines = Buffer.from(bytes).toString().split(NEWLINE).slice(0, -1)
  const frames = lines.map((line) => readServerText(line, dialect))
  known.set(bytes, { classic: [], v1: [], ...before, [dialect]: frames })
  return frames
}

/** A peer that judges all that it is sent. */
export class FuzzSocket implements Socket {
  readonly encoder = ENCODER
  readonly sharedEncoder = ENCODER
  readonly buffered = 0
  readonly events: SocketEvents
  /** What it said last, for the report. */
  said = ''
  isOpen = true
  readonly #dialect: 'classic' | 'v1'
  readonly #tally: Tally
  #writes: Uint8Array[] = []
  #isAsked = false

  constructor(hub: Hub, request: Partial<Extract<Attach, { endpoint: 'chat' }>>, tally: Tally) {
    this.#dialect = request.dialect ?? 'classic'
    this.#tally = tally
    this.events = hub.attach(this, {
      endpoint: 'chat',
      address: '192.0.2.1',
      dialect: 'classic',
      username: null,
      heartbeat: false,
      room: null,
      lang: null,
      resumeToken: null,
      shown: { token: null, ticket: null, awaitsToken: false },
      ...request,
    })
  }

  send(frames: Uint8Array): boolean {
    if (this.isOpen) this.#writes.push(frames)
    return this.isOpen
  }

  close(code: number): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#tally.outcome(`close ${code}`)
    const fault = closeFault(code)
    if (fault !== null) this.#tally.fault(`${fault}; it said ${this.said.slice(0, 500)}`)
    this.events.onClosed(code)
  }

  terminate(): void {
    this.close(1006)
  }

  hangUp(): void {
    if (this.isOpen) this.events.onClosed(1000)
    this.isOpen = false
  }

  /** What came since the last time. A ping is answered. */
  read(): Heard[] {
    if (this.#isAsked && this.isOpen) this.events.onActivity()
    this.#isAsked = false
    const heard: Heard[] = []
    for (const bytes of this.#writes.splice(0))
      for (const frame of framesOf(bytes, this.#dialect)) {
        if (typeof frame === 'string') this.#tally.fault(`${frame}; it said ${this.said.slice(0, 500)}`)
        else heard.push(frame)
      }
    for (const { type, code } of heard) this.#tally.outcome(type === 'error' ? `error ${String(code)}` : type)
    return heard
  }

  cork(): void {}
  uncork(): void {}
  pause(): void {}
  resume(): void {}
  ping(): void {
    this.#isAsked = true
  }
}
