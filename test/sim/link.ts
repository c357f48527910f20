import type { SocketLike } from '../../packages/client/src/transport.ts'
import type { FrameEncoder, Socket, SocketEvents } from '../../packages/server/src/ports/socket.ts'
import type { Chance } from './chance.ts'
import type { Coverage } from './coverage.ts'
import { framesOf, simEncoder, type WireFrame } from './frames.ts'
import type { Process, World } from './world.ts'

/** What a connection's way is like. */
export interface Conditions {
  /** Milliseconds that something takes one way. */
  readonly delay: () => number
  /** Bytes that the way itself holds; beyond them they wait at the server. */
  readonly pipeBytes: number
  /** Bytes that may wait at the server before its socket says that it is full. */
  readonly fullBytes: number
  /** Probability that what was written at once arrives in two pieces. */
  readonly splits: number
  /** Probability that an entry gets lost on the way: a proxy that lies. */
  readonly loses: number
}

/** What stands between the core and the way: looks at, or changes, what is written. */
export type Tap = (frames: readonly WireFrame[]) => readonly WireFrame[]

/** Milliseconds that a peer has for its close frame before the server cuts it off. */
const CLOSE_TIMEOUT_MS = 5_000

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3

interface Downward {
  readonly size: number
  /** Virtual time before which it cannot be there, however fast the way is. */
  readonly earliest: number
  readonly arrive: () => void
}

type ClientListener = (event: never) => void

/** One connection: TCP as its two ends know it. In order or not at all; either end may notice its end, or neither. */
export class Link {
  readonly name: string
  readonly client: Process
  readonly clientEnd: ClientEnd
  readonly serverEnd: ServerEnd
  readonly conditions: Conditions
  readonly chance: Chance
  readonly coverage: Coverage
  tap: Tap = (frames) => frames
  /** What becomes of what the client sends, before the core reads it. */
  heard = (text: string): string => text
  server: Process | null = null
  events: SocketEvents | null = null
  /** Something can cross. */
  up = true
  stalledUntil = 0
  #bytesPerMs = Infinity
  /** Bytes that are on their way down or wait for it. */
  queued = 0
  peakQueued = 0
  #down: Downward[] = []
  #arrived = 0
  /** Virtual time of the last arrival. */
  #lastDown = 0
  /** Counts what the way was told to carry: what was told before is of no use when its speed has changed. */
  #carried = 0
  #lastUp = 0
  #held: (() => void)[] = []
  paused = false

  constructor(init: {
    name: string
    client: Process
    conditions: Conditions
    chance: Chance
    coverage: Coverage
  }) {
    this.name = init.name
    this.client = init.client
    this.conditions = init.conditions
    this.chance = init.chance
    this.coverage = init.coverage
    this.clientEnd = new ClientEnd(this)
    this.serverEnd = new ServerEnd(this)
  }

  get world(): World {
    return this.client.world
  }

  /** Bytes that wait at the server. */
  get buffered(): number {
    return Math.max(0, this.queued - this.conditions.pipeBytes)
  }

  /** Sends something towards the client, behind everything before it. */
  down(size: number, arrive: () => void): void {
    if (!this.up) {
      // The system takes it and tries to send it; nobody will ever get it.
      this.queued += size
      this.peakQueued = Math.max(this.peakQueued, this.queued)
      return
    }
    const { now } = this.world
    this.queued += size
    this.peakQueued = Math.max(this.peakQueued, this.queued)
    this.#down.push({ size, earliest: now + this.conditions.delay(), arrive })
    if (this.#arrived === this.#down.length - 1) this.#carry()
  }

  /** How fast the way down is from now on, for what is on it too. */
  set bytesPerMs(bytes: number) {
    this.#bytesPerMs = bytes
    if (this.up) this.#carry()
  }

  /** Brings the first of what is on its way to the other end, and then the next. */
  #carry(): void {
    const next = this.#down[this.#arrived]
    if (next === undefined) return
    const carried = ++this.#carried
    const at = Math.max(next.earliest, this.#lastDown) + next.size / this.#bytesPerMs
    this.world.plan(Math.max(this.world.now, at), () => {
      if (!this.up || carried !== this.#carried) return
      this.#arrived++
      this.#lastDown = this.world.now
      this.#carry()
      if (this.world.now >= this.stalledUntil) this.#arrive()
    })
  }

  readonly #arrive = (): void => {
    while (this.#arrived > 0 && this.up) {
      this.#arrived--
      const { size, arrive } = this.#down.shift() as Downward
      this.queued -= size
      arrive()
    }
    if (this.up && this.buffered === 0) this.serverEnd.drain()
  }

  /** Sends something towards the server. */
  toServer(arrive: () => void): void {
    if (!this.up) return
    this.#lastUp = Math.max(this.world.now + this.conditions.delay(), this.#lastUp, this.stalledUntil)
    this.world.plan(this.#lastUp, () => {
      if (!this.up || this.server === null) return
      this.server.post(this.world.now, () => {
        if (this.paused) this.#held.push(arrive)
        else arrive()
      })
    })
  }

  resume(): void {
    this.paused = false
    const held = this.#held
    this.#held = []
    for (const arrive of held)
      this.server?.post(this.world.now, () => (this.paused ? this.#held.push(arrive) : arrive()))
  }

  /** Nothing reaches the client, and nothing comes from it, until then. */
  stall(until: number): void {
    if (!this.up || until <= this.stalledUntil) return
    this.stalledUntil = until
    this.world.plan(until, () => {
      if (this.world.now >= this.stalledUntil) this.#arrive()
    })
  }

  /** The way is gone. Each end notices after so many milliseconds, or never by itself. */
  cut(noticed: { client: number | null; server: number | null }): void {
    if (this.up) {
      this.up = false
      this.#down = []
      this.#arrived = 0
    }
    const { now } = this.world
    if (noticed.client !== null) this.client.post(now + noticed.client, () => this.clientEnd.closed(1006, ''))
    if (noticed.server !== null) this.server?.post(now + noticed.server, () => this.serverClosed(1006))
  }

  serverClosed(code: number): void {
    const { events } = this
    if (events !== null) this.world.trace?.(`${this.name} gone ${code}`)
    this.events = null
    this.serverEnd.open = false
    events?.onClosed(code)
  }

  /** The server says goodbye. */
  closeFromServer(code: number, reason: string): void {
    const { world } = this
    this.down(0, () => {
      this.up = false
      this.client.post(world.now, () => this.clientEnd.closed(code, reason))
      this.server?.post(world.now + this.conditions.delay(), () => this.serverClosed(code))
    })
    this.server?.post(world.now + CLOSE_TIMEOUT_MS, () => {
      if (this.events === null) return
      const known = this.up ? Math.max(0, this.stalledUntil - world.now) + this.conditions.delay() : null
      this.cut({ client: known, server: null })
      this.serverClosed(1006)
    })
  }
}

/** The client's socket: the part of the standard WebSocket that the SDK uses. */
class ClientEnd implements SocketLike {
  readyState = CONNECTING
  readonly #link: Link
  readonly #listeners = new Map<string, ClientListener[]>()

  constructor(link: Link) {
    this.#link = link
  }

  send(data: string): void {
    if (this.readyState === CONNECTING) throw new Error('InvalidStateError')
    this.#link.world.trace?.(`${this.#link.name} -> ${data}`)
    if (this.readyState === OPEN) this.#link.toServer(() => this.#link.events?.onText(this.#link.heard(data)))
  }

  close(code?: number): void {
    if (this.readyState >= CLOSING) return
    this.readyState = CLOSING
    const link = this.#link
    link.toServer(() => {
      link.cut({ client: link.conditions.delay(), server: null })
      link.serverClosed(code ?? 1005)
    })
  }

  addEventListener(type: string, listener: ClientListener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  opened(): void {
    if (this.readyState === CONNECTING) this.readyState = OPEN
  }

  message(data: string): void {
    if (this.readyState === OPEN) this.#tell('message', { data })
  }

  closed(code: number, reason: string): void {
    if (this.readyState === CLOSED) return
    this.#link.world.trace?.(`${this.#link.name} closed ${code} ${reason}`)
    if (code === 1006) this.#link.coverage.noteClose(code)
    this.readyState = CLOSED
    this.#tell('close', { code, reason })
  }

  #tell(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never)
  }
}

/** The server's socket. */
class ServerEnd implements Socket {
  readonly encoder: FrameEncoder = simEncoder
  readonly sharedEncoder: FrameEncoder = simEncoder
  open = true
  #full = false
  readonly #link: Link

  constructor(link: Link) {
    this.#link = link
  }

  get buffered(): number {
    return this.#link.buffered
  }

  send(bytes: Uint8Array): boolean {
    const link = this.#link
    if (!this.open) return false
    const frames = link.tap(framesOf(bytes))
    for (const { text } of frames) link.world.trace?.(`${link.name} <- ${text}`)
    const { chance, conditions } = link
    const split =
      frames.length > 1 && chance.chance(conditions.splits) ? chance.between(1, frames.length - 1) : 0
    if (split > 0) this.#write(frames.slice(0, split))
    this.#write(split > 0 ? frames.slice(split) : frames)
    if (link.buffered < conditions.fullBytes) return true
    if (!this.#full) link.coverage.note('socket full')
    this.#full = true
    return false
  }

  #write(frames: readonly WireFrame[]): void {
    const link = this.#link
    let size = 0
    for (const { text } of frames) size += text.length + 1
    link.down(size, () => link.client.post(link.world.now, () => this.#deliver(frames)))
  }

  #deliver(frames: readonly WireFrame[]): void {
    const { chance, conditions, coverage, clientEnd } = this.#link
    for (const { text, fields } of frames) {
      const entry = fields.seq !== undefined && fields.type !== 'ack'
      if (entry && conditions.loses > 0 && chance.chance(conditions.loses))
        coverage.note('frame lost on the way')
      else clientEnd.message(text)
    }
  }

  /** Nothing waits any more. */
  drain(): void {
    const link = this.#link
    if (!this.#full) return
    this.#full = false
    link.server?.post(link.world.now, () => {
      if (link.events === null) return
      link.coverage.note('socket drained')
      link.events.onDrain()
    })
  }

  cork(): void {}

  uncork(): void {}

  pause(): void {
    this.#link.coverage.note('input paused')
    this.#link.paused = true
  }

  resume(): void {
    this.#link.resume()
  }

  /** A browser answers below the page, so a frozen one answers too. */
  ping(): void {
    const link = this.#link
    if (this.open) link.down(0, () => link.toServer(() => link.events?.onActivity()))
  }

  close(code: number, reason: string): void {
    if (!this.open) return
    this.open = false
    this.#link.coverage.noteClose(code)
    this.#link.closeFromServer(code, reason)
  }

  terminate(): void {
    if (!this.open) return
    this.open = false
    this.#link.cut({ client: 0, server: 0 })
  }
}
