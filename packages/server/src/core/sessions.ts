import {
  checkUsername,
  CLOSES,
  type CloseName,
  DEFAULT_ROOM,
  type ErrorCode,
  ERRORS,
  nameKey,
} from '@roomful/protocol'
import type { Attach } from '../ports/service.ts'
import type { Socket, SocketEvents } from '../ports/socket.ts'
import type { Identity } from '../ports/auth.ts'
import { admit, admitUnproven, closeAsTooManyRooms, closeIfTooMany, FULL_RETRY } from './admission.ts'
import { Audiences } from './audience.ts'
import { authenticate, closeIfRevoked, hearUnproven, validFor } from './authentication.ts'
import { claimFromGuests } from './bearer.ts'
import { Connection, type ConnectionOwner, type Open } from './connection.ts'
import type { Context } from './context.ts'
import { cursorsOf } from './cursors.ts'
import { dispatch } from './dispatch.ts'
import { privateLogName } from './frames.ts'
import { countError } from './inbound.ts'
import { listen } from './listening.ts'
import type { Cursor, Log } from './log.ts'
import { onceJudged } from './moderation/guard.ts'
import { marksOf } from './moderation/marks.ts'
import type { Claim } from './people.ts'
import { closedAtDoor, roomToEnter } from './permit.ts'
import type { Person } from './person.ts'
import { tellPresence } from './presence.ts'
import { SessionEvents, type SessionListener } from './session-events.ts'
import { shown } from './shown.ts'
import { welcomeJson } from './welcome.ts'

/** Random bytes of a connection's id. */
const CONNECTION_ID_BYTES = 12

type ChatAttach = Extract<Attach, { endpoint: 'chat' }>
type EchoAttach = Extract<Attach, { endpoint: 'echo' }>

/** Opens, feeds and ends the connections of the chat endpoints. */
export class Sessions implements ConnectionOwner, SessionListener {
  readonly #context: () => Context
  readonly #audiences = new Audiences()

  /** The context holds the sessions' own wheel, so it is asked for when it is needed. */
  constructor(context: () => Context) {
    this.#context = context
  }

  attach(socket: Socket, request: Attach): SocketEvents {
    const context = this.#context()
    const connection = this.#connectionFor(context, socket, request)
    if (admit(context, connection)) this.#letIn(context, connection, request)
    return new SessionEvents(this, context, connection)
  }

  #letIn(context: Context, connection: Connection, request: Attach): void {
    const letIn = (identity: Identity | null): void =>
      onceJudged(context, connection, identity, () => {
        if (request.endpoint === 'chat') return this.#open(context, connection, request, identity)
        if (identity !== null && closeIfTooMany(context, connection, identity.person)) return
        if (request.endpoint === 'events') void listen(context, connection, request)
        else this.#echo(connection, request)
      })
    if (request.endpoint === 'events') {
      connection.identity = request.identity
      if (!closeIfRevoked(context, connection)) letIn(request.identity)
      return
    }
    authenticate(context, connection, request.shown, (identity) => {
      context.limits.proven(connection)
      letIn(identity)
    })
    if (connection.state.phase === 'unproven') admitUnproven(context, connection)
  }

  #connectionFor(context: Context, socket: Socket, request: Attach): Connection {
    const { address, endpoint } = request
    const lang = (endpoint === 'echo' ? null : request.lang) ?? context.options.lang
    const dialect = endpoint === 'chat' ? request.dialect : endpoint === 'events' ? 'v1' : 'classic'
    const heartbeat = endpoint === 'chat' && request.heartbeat && request.username !== null
    const audience = this.#audiences.of(dialect, lang, socket.sharedEncoder)
    const { options, wheel, random } = context
    return new Connection({
      id: random.token(CONNECTION_ID_BYTES),
      socket,
      endpoint,
      address,
      audience,
      heartbeat,
      now: wheel.now,
      pingIn: options.heartbeatIntervalMs,
      maxReplyBytes: options.maxReplyBytes,
      accounts: context.limits.accountsOf(address),
      owner: this,
    })
  }

  #echo(connection: Connection, { echoPrefix }: EchoAttach): void {
    connection.state = { phase: 'echo', prefix: echoPrefix }
    this.inputResumed(connection)
  }

  /** Checks name and room, claims the name, and enters once the logs are open. */
  #open(context: Context, connection: Connection, request: ChatAttach, identity: Identity | null): void {
    const room = roomToEnter(context, connection, request.room ?? DEFAULT_ROOM)
    if (room === null) return
    const username = request.username ?? identity?.name ?? null
    if (identity !== null && username !== null && nameKey(username) !== nameKey(identity.name))
      return connection.close('invalid_name', {
        code: 'forbidden',
        message: connection.texts.notThisName(shown(identity.name)),
        details: { field: 'username' },
      })
    if (username !== null) {
      const proof = identity === null ? request.resumeToken : identity
      return this.#claim(context, connection, identity?.name ?? username, proof, room)
    }
    void this.#openLogs(context, connection, context.people.anonymous(), room, false)
  }

  async #openLogs(context: Context, connection: Connection, person: Person, room: string, known: boolean) {
    const { logs } = context
    const inbox = privateLogName(person.id)
    // A person who was never here has no private log to look up.
    if (person.name !== null && !known) logs.create(inbox, 0)
    const guestNames = person.name === null || connection.identity !== null ? null : context.bearerNames
    const opened = await Promise.allSettled([
      logs.open(room),
      person.name === null ? null : logs.open(inbox),
      guestNames === null ? null : guestNames.open(person.key),
    ])
    const failed = opened.find(({ status }) => status === 'rejected')
    const [roomLog, ...others] = opened.map((log) => (log.status === 'fulfilled' ? log.value : null))
    if (failed === undefined && roomLog != null) {
      this.#enter(context, connection, person, roomLog, others)
    } else {
      context.people.release(person)
      this.#unavailable(context, connection, failed?.status === 'rejected' ? failed.reason : null)
    }
    for (const log of opened) if (log.status === 'fulfilled' && log.value !== null) logs.release(log.value)
  }

  #claim(
    context: Context,
    connection: Connection,
    username: string,
    proof: string | Identity | null,
    room: string,
  ): void {
    const { texts } = connection
    const name = checkUsername(username)
    if (!name.ok) {
      const message = texts.invalidName[name.fault]
      return connection.close('invalid_name', {
        code: 'invalid_name',
        message,
        details: { field: 'username' },
      })
    }
    const { bearerNames } = context
    const claim =
      bearerNames !== null && typeof proof === 'object' && proof !== null
        ? claimFromGuests(context, bearerNames, name.name, proof)
        : context.people.claim(name.name, name.key, proof)
    if (!(claim instanceof Promise)) return this.#claimed(context, connection, name.name, claim, room)
    claim.then(
      (answer) => this.#claimed(context, connection, name.name, answer, room),
      (error: unknown) => this.#unavailable(context, connection, error),
    )
  }

  #claimed(context: Context, connection: Connection, name: string, claim: Claim, room: string): void {
    if (claim === 'taken') return closeAsTaken(connection, name)
    const { person, known } = claim
    if (connection.state.phase === 'opening' && !closeIfTooMany(context, connection, person.id))
      return void this.#openLogs(context, connection, person, room, known)
    context.people.release(person)
  }

  #unavailable({ logger }: Context, connection: Connection, cause: unknown): void {
    logger.warn('open_failed', { connection: connection.id }, cause)
    const message = connection.texts.unavailable
    connection.close('overload', { code: 'unavailable', message, details: FULL_RETRY })
  }

  #enter(
    context: Context,
    connection: Connection,
    person: Person,
    roomLog: Log,
    [inboxLog = null, nameLog = null]: readonly (Log | null)[],
  ): void {
    const { state } = connection
    if (state.phase !== 'opening' || person.isLost) {
      context.people.release(person)
      return closeAsLost(context, connection, person)
    }
    if (nameLog !== null && nameLog.head > 0) {
      context.people.release(person)
      return closeAsTaken(connection, person.name ?? '')
    }
    connection.marks = marksOf(person, connection.identity)
    if (closedAtDoor(context, connection, roomLog.name, person)) return context.people.release(person)
    if (context.limits.hasNoRoomFor(person, roomLog.name)) {
      context.people.release(person)
      return closeAsTooManyRooms(connection, context.options.maxRoomsPerUser)
    }
    const write = context.permissions.judge(connection, roomLog.name, 'write')
    const membership = context.rooms.enter(roomLog, person, connection, write)
    const open: Open = {
      phase: 'open',
      person,
      home: roomLog.name,
      memberships: new Map([[roomLog.name, membership]]),
      inbox: inboxLog === null ? null : inboxLog.open(connection),
      nameLog,
      away: false,
    }
    connection.state = open
    if (nameLog !== null) context.bearerNames?.guard(nameLog, person.key)
    context.grace.returned(person, membership.room)
    tellPresence(context, person)
    connection.reply(welcomeJson(context, connection, open, membership))
    this.inputResumed(connection)
  }

  text(context: Context, connection: Connection, text: string): void {
    const { state } = connection
    if (state.phase === 'unproven') return hearUnproven(context, connection, state, text)
    if (connection.hold(text)) return
    if (state.phase === 'echo') return connection.reply(state.prefix + text)
    if (state.phase !== 'open') return
    try {
      dispatch(context, connection, state, text)
    } catch (error) {
      context.logger.error('handler_failed', { connection: connection.id }, error)
      connection.close('internal', { code: 'internal', message: connection.texts.internal })
    }
  }

  /** What was held back is handled in order; a frame in it may hold back those behind it again. */
  inputResumed(connection: Connection): void {
    for (const text of connection.takeHeld()) this.text(this.#context(), connection, text)
  }

  replying(connection: Connection): void {
    this.#context().fanOut.replying(connection)
  }

  /** Its cursors that are behind move on, unless it is going. */
  mayAdvance(connection: Connection): void {
    const { fanOut, connections } = this.#context()
    if (connections.has(connection)) fanOut.drained(cursorsOf(connection.state))
  }

  becameFull(connection: Connection): void {
    const context = this.#context()
    const { wheel, options } = context
    connection.stuckBytes = connection.socket.buffered
    connection.stuckSince = wheel.now
    if (connection.slot < 0) return
    wheel.remove(connection)
    wheel.add(
      connection,
      Math.min(options.slowTimeoutMs, options.heartbeatIntervalMs, validFor(context, connection)),
    )
  }

  refused(connection: Connection, code: ErrorCode): void {
    const context = this.#context()
    context.counts.refusals[code]++
    // Neither the server's own trouble nor the rate is a fault of the peer's.
    if (!ERRORS[code].retryable) countError(context, connection)
  }

  closing(connection: Connection, name: CloseName): void {
    const { counts, logger } = this.#context()
    counts.closes[name]++
    logger.debug('connection_closed', { connection: connection.id, code: CLOSES[name].code, reason: name })
    this.released(connection, name === 'inactive')
  }

  /** Closes everybody, by id, whose name is somebody else's on another node by now. */
  closeLost(people: ReadonlySet<string>): void {
    const context = this.#context()
    context.people.lose(people)
    for (const connection of [...context.connections]) {
      const { state } = connection
      if (state.phase === 'open' && state.person.isLost) closeAsLost(context, connection, state.person)
    }
  }

  /** AU3: closes guests whose name, by its key, is a bearer's by now. */
  closeGuests(key: string): void {
    for (const connection of [...this.#context().connections]) {
      const { state, identity } = connection
      if (identity === null && state.phase === 'open' && state.person.key === key)
        closeAsTaken(connection, state.person.name ?? '')
    }
  }

  /** Closes everybody whose token is revoked by now, or its key. */
  closeRevoked(): void {
    const context = this.#context()
    for (const connection of [...context.connections]) closeIfRevoked(context, connection)
  }

  /**
   * Gives back everything that the connection held: places and cursors at once, rooms and the name after the grace where there is one.
   * `isLost`: its peer was not heard of any more.
   */
  released(connection: Connection, isLost: boolean): void {
    const context = this.#context()
    if (!context.connections.delete(connection)) return
    context.census.tell(context.connections.size)
    context.wheel.remove(connection)
    context.limits.left(connection)
    context.moderation.left(connection)
    context.turnQueue.remove(connection)
    const { state } = connection
    if (state.phase === 'listening') return this.#closeCursor(context, state.cursor)
    if (state.phase !== 'open') return
    const { person, memberships, inbox, nameLog, away } = state
    if (inbox !== null) this.#closeCursor(context, inbox)
    if (nameLog !== null) context.logs.release(nameLog)
    if (isLost && hasGrace(context, connection, person)) {
      for (const membership of memberships.values()) context.rooms.stopReading(membership)
      const rooms = [...memberships.values()].map(({ room }) => room)
      return context.grace.begin(person, rooms, away)
    }
    for (const membership of memberships.values()) context.rooms.exit(membership, person)
    letGoOf(context, person, away)
  }

  #closeCursor({ logs }: Context, cursor: Cursor): void {
    cursor.log.close(cursor)
    logs.forgetIdle(cursor.log)
  }
}

/** A client that can resume as the same person may be back before anybody need be told. */
function hasGrace({ grace, drain }: Context, { audience }: Connection, { name }: Person): boolean {
  return grace.isGiven && !drain.begun && audience.dialect === 'v1' && name !== null
}

/** One of a person's connections counts no more. */
export function letGoOf(context: Context, person: Person, away: boolean): void {
  if (away) person.awayConnections--
  context.people.release(person)
  tellPresence(context, person)
}

function closeAsTaken(connection: Connection, name: string): void {
  const message = connection.texts.nameTaken(name)
  connection.close('name_taken', { code: 'name_taken', message, details: { field: 'username' } })
}

/** Where names are shared, whoever comes back is let in as the person who has it now. */
function closeAsLost({ options }: Context, connection: Connection, { name }: Person): void {
  if (options.names === 'exclusive') return closeAsTaken(connection, name ?? '')
  const message = connection.texts.unavailable
  connection.close('overload', { code: 'unavailable', message, details: FULL_RETRY })
}
