import { checkRoom, checkUsername, DEFAULT_ROOM, type NameCheck } from '@roomful/protocol'
import type { Attach } from '../ports/service.ts'
import type { Socket, SocketEvents } from '../ports/socket.ts'
import { type Audience, Audiences } from './audience.ts'
import { Connection, type ConnectionOwner, type Open } from './connection.ts'
import type { Context } from './context.ts'
import { dispatch } from './dispatch.ts'
import { privateLogName } from './frames.ts'
import { admitFrame, countError } from './inbound.ts'
import type { Log } from './log.ts'
import type { Person } from './people.ts'
import { welcomeJson } from './welcome.ts'

/** Random bytes of a connection's id. */
const CONNECTION_ID_BYTES = 12

/** Frames that are kept while a connection opens, which is one look into the store. */
const MAX_EARLY_FRAMES = 100

type ChatAttach = Extract<Attach, { endpoint: 'chat' }>
type EchoAttach = Extract<Attach, { endpoint: 'echo' }>

/** Opens, feeds and ends the connections of the chat endpoints. */
export class Sessions implements ConnectionOwner {
  readonly #context: () => Context
  readonly #perAddress = new Map<string, number>()
  readonly #audiences = new Audiences()

  /** The context holds the sessions' own wheel, so it is asked for when it is needed. */
  constructor(context: () => Context) {
    this.#context = context
  }

  attach(socket: Socket, request: Attach): SocketEvents {
    const context = this.#context()
    const connection =
      request.endpoint === 'chat'
        ? this.#chatConnection(context, socket, request)
        : this.#echoConnection(context, socket, request)
    if (this.#admit(context, connection)) {
      if (request.endpoint === 'chat') this.#open(context, connection, request)
      else connection.state = { phase: 'echo', prefix: request.echoPrefix }
    }
    return this.#events(context, connection)
  }

  #chatConnection(context: Context, socket: Socket, request: ChatAttach): Connection {
    const audience = this.#audiences.of(
      request.dialect,
      request.lang ?? context.options.lang,
      socket.sharedEncoder,
    )
    return this.#connection(
      context,
      socket,
      request.address,
      audience,
      request.heartbeat && request.username !== null,
    )
  }

  #echoConnection(context: Context, socket: Socket, request: EchoAttach): Connection {
    return this.#connection(
      context,
      socket,
      request.address,
      this.#audiences.of('classic', context.options.lang, socket.sharedEncoder),
      false,
    )
  }

  #connection(
    context: Context,
    socket: Socket,
    address: string,
    audience: Audience,
    heartbeat: boolean,
  ): Connection {
    const { options, wheel, random } = context
    return new Connection({
      id: random.token(CONNECTION_ID_BYTES),
      socket,
      address,
      audience,
      heartbeat,
      now: wheel.now,
      pingIn: options.heartbeatIntervalMs,
      maxReplyBytes: options.maxReplyBytes,
      owner: this,
    })
  }

  /** Takes a place, or closes. */
  #admit(context: Context, connection: Connection): boolean {
    const { options, connections, wheel } = context
    const { texts, address } = connection
    const ofAddress = this.#perAddress.get(address) ?? 0
    const full =
      connections.size >= options.maxConnections ||
      (options.maxConnectionsPerAddress !== null && ofAddress >= options.maxConnectionsPerAddress)
    if (full) {
      connection.close('server_full', { code: 'server_full', message: texts.serverFull, details: FULL_RETRY })
      return false
    }
    connections.add(connection)
    this.#perAddress.set(address, ofAddress + 1)
    wheel.add(connection, options.heartbeatIntervalMs)
    return true
  }

  /** Checks name and room, claims the name, and enters once the logs are open. */
  #open(context: Context, connection: Connection, request: ChatAttach): void {
    const { texts } = connection
    const room: NameCheck = checkRoom(request.room ?? DEFAULT_ROOM)
    if (!room.ok)
      return connection.close('invalid_name', {
        code: 'invalid_room',
        message: texts.invalidRoom,
        details: { field: 'room' },
      })
    const claimed =
      request.username === null
        ? anonymous(context)
        : this.#claim(context, connection, request.username, request)
    if (claimed === null) return
    const { person, known } = claimed
    const roomLog = context.logs.get(room.name)
    const inboxName = privateLogName(person.id)
    const inbox =
      person.name === null
        ? null
        : (context.logs.get(inboxName) ?? (known ? undefined : context.logs.create(inboxName, 0)))
    if (roomLog && inbox !== undefined) return this.#enter(context, connection, person, roomLog, inbox)
    Promise.all([
      context.logs.open(room.name),
      person.name === null ? null : context.logs.open(inboxName),
    ]).then(
      ([openedRoom, openedInbox]) => this.#enter(context, connection, person, openedRoom, openedInbox),
      (error: unknown) => {
        context.logger.warn('open_failed', { connection: connection.id }, error)
        context.people.release(person)
        connection.close('overload', { code: 'unavailable', message: texts.unavailable, details: FULL_RETRY })
      },
    )
  }

  #claim(context: Context, connection: Connection, username: string, request: ChatAttach) {
    const { texts } = connection
    const name = checkUsername(username)
    if (!name.ok) {
      const message = texts.invalidName[name.fault]
      connection.close('invalid_name', { code: 'invalid_name', message, details: { field: 'username' } })
      return null
    }
    const claim = context.people.claim(name.name, name.key, request.resumeToken)
    if (claim === 'taken') {
      connection.close('name_taken', {
        code: 'name_taken',
        message: texts.nameTaken(name.name),
        details: { field: 'username' },
      })
      return null
    }
    const { maxConnectionsPerUser } = context.options
    if (claim.person.connections > maxConnectionsPerUser) {
      context.people.release(claim.person)
      const message = texts.tooManyConnections(maxConnectionsPerUser)
      connection.close('server_full', { code: 'server_full', message, details: FULL_RETRY })
      return null
    }
    return claim
  }

  #enter(context: Context, connection: Connection, person: Person, roomLog: Log, inboxLog: Log | null): void {
    const { state } = connection
    if (state.phase !== 'opening') {
      context.people.release(person)
      context.logs.forgetIdle(roomLog)
      if (inboxLog !== null) context.logs.forgetIdle(inboxLog)
      return
    }
    if (inboxLog !== null) context.logs.adopt(inboxLog)
    const membership = context.rooms.enter(roomLog, person, connection)
    const open: Open = {
      phase: 'open',
      person,
      home: roomLog.name,
      memberships: new Map([[roomLog.name, membership]]),
      inbox: inboxLog === null ? null : inboxLog.open(connection),
    }
    connection.state = open
    connection.reply(welcomeJson(context, connection, open, membership))
    for (const text of state.early) this.#text(context, connection, text)
  }

  #events(context: Context, connection: Connection): SocketEvents {
    return {
      onText: (text) => {
        if (connection.live && admitFrame(context, connection, text)) this.#text(context, connection, text)
      },
      onBinary: (bytes) => {
        if (!connection.live || !admitFrame(context, connection)) return
        const { texts, state } = connection
        if (state.phase === 'echo') connection.replyBytes(connection.encoder.encodeBinary(bytes))
        else connection.close('unsupported_data', { code: 'unsupported_data', message: texts.textOnly })
      },
      onActivity: () => {
        if (connection.live) admitFrame(context, connection)
      },
      onDrain: () => {
        if (connection.full) connection.lastActivity = context.wheel.now
        connection.drained()
        const { state } = connection
        if (state.phase === 'open') context.fanOut.drained(cursorsOf(state))
      },
      onClosed: () => {
        if (connection.live) this.released(connection)
        connection.state = { phase: 'closed' }
      },
    }
  }

  #text(context: Context, connection: Connection, text: string): void {
    const { state } = connection
    if (state.phase === 'open') {
      try {
        dispatch(context, connection, state, text)
      } catch (error) {
        context.logger.error('handler_failed', { connection: connection.id }, error)
        connection.close('internal', { code: 'internal', message: connection.texts.internal })
      }
    } else if (state.phase === 'echo') {
      connection.reply(state.prefix + text)
    } else if (state.phase === 'opening' && state.early.push(text) > MAX_EARLY_FRAMES) {
      connection.close('rate_limited', { code: 'rate_limited', message: connection.texts.rateLimited })
    }
  }

  replying(connection: Connection): void {
    this.#context().fanOut.replying(connection)
  }

  becameFull(connection: Connection): void {
    const { wheel, options } = this.#context()
    connection.stuckBytes = connection.socket.buffered
    connection.stuckSince = wheel.now
    if (connection.slot < 0) return
    wheel.remove(connection)
    wheel.add(connection, Math.min(options.slowTimeoutMs, options.heartbeatIntervalMs))
  }

  refused(connection: Connection): void {
    countError(this.#context(), connection)
  }

  /** Gives back everything that the connection held: places, cursors, rooms, the name. */
  released(connection: Connection): void {
    const context = this.#context()
    if (!context.connections.delete(connection)) return
    context.wheel.remove(connection)
    const left = (this.#perAddress.get(connection.address) ?? 1) - 1
    if (left === 0) this.#perAddress.delete(connection.address)
    else this.#perAddress.set(connection.address, left)
    const { state } = connection
    if (state.phase !== 'open') return
    for (const membership of state.memberships.values()) context.rooms.exit(membership, state.person)
    if (state.inbox !== null) {
      state.inbox.log.close(state.inbox)
      context.logs.forgetIdle(state.inbox.log)
    }
    context.people.release(state.person)
  }
}

const FULL_RETRY = { retry_after_ms: 5000 }

function anonymous(context: Context): { person: Person; known: boolean } {
  return { person: context.people.anonymous(), known: false }
}

function* cursorsOf(open: Open) {
  for (const { cursor } of open.memberships.values()) yield cursor
  if (open.inbox !== null) yield open.inbox
}
