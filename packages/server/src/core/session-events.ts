import type { SocketEvents } from '../ports/socket.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import { admitFrame } from './inbound.ts'

/** What a transport reports when the peer has sent no close frame. */
const NO_CLOSE_FRAME = 1006

/** What becomes of what a transport tells. */
export interface SessionListener {
  /** A text came in, and was let in. */
  text(context: Context, connection: Connection, text: string): void
  /** Cursors of the connection that are behind may move on. */
  mayAdvance(connection: Connection): void
  /** The connection is gone. `isLost`: its peer was not heard of any more. */
  released(connection: Connection, isLost: boolean): void
}

/** What the transport of one connection tells. A class, as closures for each connection take 350 bytes more of its memory. */
export class SessionEvents implements SocketEvents {
  readonly #listener: SessionListener
  readonly #context: Context
  readonly #connection: Connection

  constructor(listener: SessionListener, context: Context, connection: Connection) {
    this.#listener = listener
    this.#context = context
    this.#connection = connection
  }

  onText(text: string): void {
    const context = this.#context
    const connection = this.#connection
    if (connection.live && admitFrame(context, connection, text, Buffer.byteLength(text)))
      this.#listener.text(context, connection, text)
  }

  onBinary(bytes: Uint8Array): void {
    const connection = this.#connection
    if (!connection.live || !admitFrame(this.#context, connection, '', bytes.length)) return
    const { texts, state } = connection
    if (state.phase === 'echo') connection.replyBytes(connection.encoder.encodeBinary(bytes))
    else connection.close('unsupported_data', { code: 'unsupported_data', message: texts.textOnly })
  }

  onActivity(): void {
    const context = this.#context
    const connection = this.#connection
    // What the system took of a stream is no frame of the reader's.
    if (connection.state.phase === 'listening') connection.lastActivity = context.wheel.now
    else if (connection.live) admitFrame(context, connection, '', 0)
  }

  onDrain(): void {
    const connection = this.#connection
    if (connection.full) connection.lastActivity = this.#context.wheel.now
    connection.drained()
    this.#listener.mayAdvance(connection)
  }

  onClosed(code: number): void {
    const context = this.#context
    const connection = this.#connection
    if (connection.live) {
      context.counts.closedByPeer(code)
      context.logger.debug('connection_closed', { connection: connection.id, code, reason: 'peer' })
      this.#listener.released(connection, code === NO_CLOSE_FRAME)
    }
    connection.state = { phase: 'closed' }
  }
}
